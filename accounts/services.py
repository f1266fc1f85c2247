"""What touches an account together with all that belongs to it."""

from django.core.files.storage import Storage
from django.db import models, transaction

from accounts.models import User
from recognition.models import Prediction


class LastAdministrator(Exception):
    """The only administrator cannot leave. Carries the sentence for the person."""

    def __init__(self) -> None:
        super().__init__(
            "You are the only administrator of this site. Make somebody else one first, then delete your account."
        )


def delete_account(*, user: User) -> int:
    """Delete a person with their predictions, their tokens, and the files of their pictures.

    Returns how many pictures there were. Messages that wait in the queue find no row and end. The files go before the
    transaction commits: if one cannot be removed the account stays, to be deleted again, and no picture is ever left
    on disk without an owner. Raises :class:`LastAdministrator`, and ``OSError`` if a file cannot be removed.
    """
    with transaction.atomic():
        # The lock keeps a picture that is being sent at this moment from slipping in between.
        person = User.objects.select_for_update().filter(pk=user.pk).first()
        if person is None:
            return 0  # deleted from another window meanwhile
        if person.is_superuser and not _has_other_administrators(person):
            raise LastAdministrator
        count = Prediction._base_manager.filter(owner=person).count()
        files = _files_of(person)
        person.delete()
        for storage, name in files:
            storage.delete(name)
    return count


def _has_other_administrators(person: User) -> bool:
    return User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk).exists()


def _files_of(person: User) -> list[tuple[Storage, str]]:
    """Every file that a prediction of theirs has, whichever field names it; none gets another one from here on."""
    predictions = Prediction._base_manager.filter(owner=person).select_for_update()
    fields = [field for field in Prediction._meta.fields if isinstance(field, models.FileField)]
    return [
        (field.storage, name)
        for field in fields
        for name in predictions.values_list(field.name, flat=True).iterator()
        if name
    ]
