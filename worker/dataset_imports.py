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
from worker.ml.refusal import Refusal, Remedy

logger = logging.getLogger(__name__)

REMEDIES: Final = {
    Remedy.NONE: "",
    Remedy.CHOOSE_OTHER: "Upload it again.",
    Remedy.REPACK: "Pack the folder as a zip file, and upload that.",
    Remedy.FETCH_AGAIN: "Pack or download it again, and upload that.",
    Remedy.DIVIDE: "Upload it in parts.",
    Remedy.RENAME: "Make a data set with another one, and upload it into that.",
    Remedy.WAIT: "Upload it again when that has ended.",
    Remedy.MAKE_ROOM: "Make room and upload it again.",
}
"""What the page advises: the archive has gone by then, whatever became of it."""


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
    from worker.ml.importing import import_pictures

    name, place = upload.dataset.name, Path(settings.MEDIA_ROOT) / "datasets"
    held = DatasetImport.objects.filter(pk=upload.pk, state=DatasetImport.State.RUNNING, attempts=upload.attempts)
    with beating(held):
        try:
            archive = Path(upload.archive.path)
            imported = import_pictures(archive, place, name, _RowWriter(upload), signer=upload.signer or None)
            ended = _end(upload, report=summary(name, imported))
        except Superseded:
            return
        except Refusal as error:
            ended = _end(upload, error=f"{error.what} {REMEDIES[error.remedy]}".rstrip())
        except ManifestError as error:
            ended = _end(upload, error=str(error))
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


def _end(upload: DatasetImport, *, report: str = "", error: str = "") -> bool:
    with transaction.atomic():
        ended = upload.fail(error) if error else upload.succeed(report)
        if ended:
            notices.tell_of_import(upload)
    return ended
