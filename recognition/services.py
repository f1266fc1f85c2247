"""What pages, API, admin and commands ask for. Each verb touches several tables or enqueues work."""

from typing import BinaryIO

from accounts.models import User
from recognition.models import Prediction


class QueueUnavailable(Exception):
    """The broker cannot be reached: nothing was accepted. Carries what the person is told and when to try again."""

    retry_after_seconds = 10

    def __init__(self) -> None:
        super().__init__("The queue cannot be reached just now, so the picture was not accepted. Try again in a moment.")


def request_prediction(*, owner: User, data: bytes, original_name: str = "") -> Prediction:
    """Check a picture, store it re-encoded, and queue it.

    Raises ``worker.ml.images.ImageError`` (a sentence for the person, and a ``code``) for a picture that cannot be
    read, and :class:`QueueUnavailable` if the broker is away; in both cases nothing is kept.
    """
    raise NotImplementedError


def wait_for_result(*, prediction: Prediction, seconds: float) -> Prediction:
    """Wait until the prediction is finished, ``seconds`` at most; returns it as it then is."""
    raise NotImplementedError
