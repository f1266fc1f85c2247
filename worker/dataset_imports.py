"""Carries out an import: the uploaded archive into the data set, its progress and report to the row."""

import io
import logging
from pathlib import Path

from django.conf import settings

from recognition.models import DatasetImport
from worker.ml.manifest import ManifestError

logger = logging.getLogger(__name__)


class _RowWriter(io.StringIO):
    """Takes an import's progress, a line at a time."""

    def __init__(self, upload: DatasetImport) -> None:
        super().__init__()
        self._upload = upload

    def write(self, text: str) -> int:
        if text.strip():
            self._upload.tell(text.strip())
        return len(text)


def carry_out(upload: DatasetImport) -> None:
    """RUNNING -> SUCCEEDED or FAILED. The archive goes: what could be read of it is in the data set."""
    from worker.ml.import_summary import summary
    from worker.ml.importing import DataError, import_pictures
    from worker.ml.sources import SourceError

    name, place = upload.dataset.name, Path(settings.MEDIA_ROOT) / "datasets"
    try:
        archive = Path(upload.archive.path)
        imported = import_pictures(archive, place, name, _RowWriter(upload), signer=upload.signer or None)
        upload.succeed(summary(name, imported).replace(f"{archive.name}/", ""))
    except (DataError, ManifestError, SourceError) as error:
        upload.fail(str(error).replace(str(upload.archive.path), "the archive"))
    except Exception as error:
        logger.exception("Import %s failed", upload.pk)
        upload.fail(f"It failed because of a fault on our side ({type(error).__name__}); the worker's log has more.")
    upload.archive.delete(save=False)
