"""What pages, API, admin and commands ask for. Each verb touches several tables or enqueues work."""

import re
import time
from functools import partial
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.models import User
from recognition.models import Prediction
from worker import tasks
from worker.ml import images

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORTEST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.1


class QueueUnavailable(Exception):
    """The broker cannot be reached: nothing was accepted. Carries what the person is told and when to try again."""

    retry_after_seconds = 10

    def __init__(self) -> None:
        super().__init__(
            "The queue cannot be reached just now, so the picture was not accepted. Try again in a moment."
        )


def request_prediction(*, owner: User, data: bytes, original_name: str = "") -> Prediction:
    """Check a picture, store it re-encoded, and queue it.

    Raises ``worker.ml.images.ImageError`` (a sentence for the person, and a ``code``) for a picture that cannot be
    read, and :class:`QueueUnavailable` if the broker is away; in both cases nothing is kept. Inside a transaction of
    the caller's the message is sent, and :class:`QueueUnavailable` raised, when that transaction commits.
    """
    picture = images.decode(data, settings.IMAGE_LIMITS)
    prediction = Prediction(owner=owner, original_name=clean_name(original_name))
    prediction.image.save("", ContentFile(images.encode_jpeg(picture)), save=False)
    prediction.image_width, prediction.image_height = picture.size
    try:
        prediction.save(force_insert=True)
    except BaseException:
        prediction.image.delete(save=False)
        raise
    transaction.on_commit(partial(_send, prediction))
    return prediction


def wait_for_result(*, prediction: Prediction, seconds: float) -> Prediction:
    """Wait until the prediction is finished, ``seconds`` at most; returns it as it then is.

    The row is asked at growing intervals, outside any transaction. Raises ``Prediction.DoesNotExist`` if it was deleted
    meanwhile.
    """
    start = time.monotonic()
    states = Prediction.objects.filter(pk=prediction.pk).values_list("state", flat=True)
    while states.get() in (Prediction.State.QUEUED, Prediction.State.RUNNING):
        waited = time.monotonic() - start
        if waited >= seconds:
            break
        pause = min(max(_SHORTEST_PAUSE_SECONDS, waited / 20), _LONGEST_PAUSE_SECONDS)
        time.sleep(min(pause, seconds - waited))
    prediction.refresh_from_db()
    return prediction


def clean_name(name: str) -> str:
    """A client's file name, for display only: the last component, without control, direction and broken characters."""
    last = PurePosixPath(_CONTROL_CHARACTERS.sub("", name).replace("\\", "/")).name
    return last.strip()[:255]


def _send(prediction: Prediction) -> None:
    """Hand the row to the queue; if there is none to take it, leave nothing behind."""
    try:
        tasks.predict.apply_async((str(prediction.pk),))
    except OperationalError as error:
        prediction.image.delete(save=False)
        prediction.delete()
        raise QueueUnavailable from error
