"""Carries out an import: the uploaded archive into the data set, its progress and report to the row."""

import io
import logging
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from recognition.models import DatasetImport
from worker import notices
from worker.heartbeats import beating
from worker.ml.manifest import ManifestError

logger = logging.getLogger(__name__)

_FOR_THE_PAGE: Final = {
    "give the same command again: it goes on where it stopped": "upload it again",
    "is neither a folder nor a zip file. Unpack it, and name the folder.": "is no zip file. Pack the folder, and "
    "upload that.",
    "Download it again.": "Pack or download it again, and upload that.",
}


class Superseded(Exception):
    """This worker was taken for dead, and the import is another's by now."""


class _RowWriter(io.StringIO):
    """Takes an import's progress, a line at a time."""

    def __init__(self, upload: DatasetImport) -> None:
        super().__init__()
        self._upload = upload

    def write(self, text: str) -> int:
        if text.strip() and not self._upload.tell(text.strip()):
            raise Superseded
        return len(text)


def carry_out(upload: DatasetImport) -> None:
    """RUNNING -> SUCCEEDED or FAILED. The archive goes: what could be read of it is in the data set."""
    from worker.ml.import_summary import summary
    from worker.ml.importing import DataError, import_pictures
    from worker.ml.sources import SourceError

    name, place = upload.dataset.name, Path(settings.MEDIA_ROOT) / "datasets"
    held = DatasetImport.objects.filter(pk=upload.pk, state=DatasetImport.State.RUNNING, attempts=upload.attempts)
    with beating(held):
        try:
            archive = Path(upload.archive.path)
            imported = import_pictures(archive, place, name, _RowWriter(upload), signer=upload.signer or None)
            ended = _end(upload, report=summary(name, imported).replace(f"{archive.name}/", ""))
        except Superseded:
            return
        except (DataError, ManifestError, SourceError) as error:
            ended = _end(upload, error=_for_the_page(str(error), upload))
        except Exception as error:
            logger.exception("Import %s failed", upload.pk)
            fault = f"It failed because of a fault on our side ({type(error).__name__}); the worker's log has more."
            ended = _end(upload, error=fault)
    if ended:
        upload.archive.delete(save=False)


def give_up(upload: DatasetImport) -> bool:
    """RUNNING -> FAILED, as its worker died too often; its archive goes."""
    with transaction.atomic():
        ended = upload.give_up()
        if ended:
            notices.tell_of_import(upload)
    if ended:
        upload.archive.delete(save=False)
    return ended


def _for_the_page(text: str, upload: DatasetImport) -> str:
    """The library's words are for whoever gave a command; here the archive has gone, and is uploaded anew."""
    text = text.replace(str(upload.archive.path), "the archive")
    for in_a_shell, here in _FOR_THE_PAGE.items():
        text = text.replace(in_a_shell, here)
    return text[0].upper() + text[1:]


def _end(upload: DatasetImport, *, report: str = "", error: str = "") -> bool:
    with transaction.atomic():
        ended = upload.fail(error) if error else upload.succeed(report)
        if ended:
            notices.tell_of_import(upload)
    return ended
