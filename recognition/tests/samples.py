"""Samples as the sweeper makes them, for the tests of the loop from a correction to a model."""

import io
from typing import Any

from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from accounts.models import Consent, User
from recognition.models import Correction, Prediction, Sample
from recognition.tests.conftest import MakePrediction
from worker.collecting import collect_samples


def drawn(number: int) -> bytes:
    """A picture unlike those of other numbers."""
    picture = Image.new("RGB", (64, 48), (200, 140, 110))
    pen = ImageDraw.Draw(picture)
    for bit in range(8):
        if number >> bit & 1:
            pen.rectangle((8 * (7 - bit), 6 * (number % 8), 8 * (7 - bit) + 7, 47), fill=(20 * bit, 10, 60))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG")
    return buffer.getvalue()


def offered(
    make: MakePrediction, owner: User, *, word: str = "", guess: str = "L", number: int = 1, **fields: Any
) -> Sample:
    """A picture of ``owner``, who allows training and says ``word``; offered for review."""
    Consent.give(person=owner)
    prediction: Prediction = make(owner, label=guess, is_unsure=not word, **fields)
    prediction.image.save("", ContentFile(drawn(number)))
    if word:
        Correction.objects.create(prediction=prediction, label=word, by=owner)
    collect_samples()
    return Sample.objects.get(prediction=prediction)


def allow(user: User, *codenames: str) -> User:
    """The user, staff, with these permissions too; fresh, as permissions are remembered."""
    user.is_staff = True
    user.save()
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=user.pk)
