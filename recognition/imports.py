"""Archives that staff upload into a data set."""

from functools import partial

from django.db import transaction

from accounts.models import User
from recognition.models import DatasetImport
from worker import tasks


def request_import(*, upload: DatasetImport, by: User) -> DatasetImport:
    """Store the archive and queue its import. Raises ``OSError`` if it cannot be stored; nothing is kept then."""
    upload.asked_by = by
    try:
        with transaction.atomic():
            upload.save()
            transaction.on_commit(partial(tasks.send, tasks.import_archive, upload.pk))
    except BaseException:
        if upload.archive.name:
            upload.archive.storage.delete(upload.archive.name)
        raise
    return upload
