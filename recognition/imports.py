"""Archives that staff upload into a data set."""

from functools import partial

from django.db import transaction

from accounts.models import User
from recognition.models import DatasetImport
from recognition.models.dataset_import import archive_path
from recognition.services import StorageFull
from worker import tasks
from worker.ml.full_disk import is_full


def request_import(*, upload: DatasetImport, by: User) -> DatasetImport:
    """Store the archive and queue its import. Raises :class:`StorageFull`, or another ``OSError`` if it cannot be
    stored; nothing is kept then."""
    upload.asked_by = by
    _store(upload)
    try:
        with transaction.atomic():
            upload.save()
            transaction.on_commit(partial(tasks.send, tasks.import_archive, upload.pk))
    except BaseException:
        upload.archive.delete(save=False)
        raise
    return upload


def _store(upload: DatasetImport) -> None:
    """Write the archive: all of it or none."""
    storage = upload.archive.storage
    name = storage.get_available_name(archive_path(upload, ""))
    try:
        upload.archive = storage.save(name, upload.archive.file)
    except OSError as error:
        storage.delete(name)
        if is_full(error):
            raise StorageFull from error
        raise
