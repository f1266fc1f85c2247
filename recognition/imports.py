"""Archives that staff upload into a data set."""

from functools import partial

from django.db import transaction

from accounts.models import User
from recognition.models import DatasetImport
from recognition.models.dataset_import import archive_path
from recognition.services import keep_whole
from worker import tasks


def request_import(*, upload: DatasetImport, by: User) -> DatasetImport:
    """Store the archive and queue its import. Raises ``StorageFull``, or another ``OSError`` if it cannot be
    stored; nothing is kept then."""
    upload.asked_by = by
    keep_whole(upload.archive, archive_path(upload, ""), upload.archive.file)
    try:
        with transaction.atomic():
            upload.save()
            transaction.on_commit(partial(tasks.send, tasks.import_archive, upload.pk))
    except BaseException:
        upload.archive.delete(save=False)
        raise
    return upload
