"""Archives that staff upload into a data set."""

from contextlib import suppress
from functools import partial

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.models import User
from recognition.models import DatasetImport
from worker import tasks


def request_import(*, upload: DatasetImport, by: User) -> DatasetImport:
    """Store the archive and queue its import. Raises ``OSError`` if it cannot be stored; nothing is kept then."""
    upload.asked_by = by
    try:
        with transaction.atomic():
            upload.save()
            transaction.on_commit(partial(_send, upload))
    except BaseException:
        if upload.archive.name:
            upload.archive.storage.delete(upload.archive.name)
        raise
    return upload


def _send(upload: DatasetImport) -> None:
    """While the broker is away the row waits: the sweeper sends it."""
    with suppress(OperationalError):
        tasks.import_archive.apply_async((upload.pk,), queue=settings.TRAINING_QUEUE)
