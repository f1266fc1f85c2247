"""Frames of the live page for which the browser needs the server: read through the queue, answered, and kept nowhere.

A frame waits in the shared cache and not in the tables, since it is nobody's history: seconds later it is gone, read or
not. Its message expires with it, so that a queue that is slow for a while does not grow.
"""

import base64
import time
import uuid
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import OperationalError

from accounts.models import User
from recognition.services import QueueUnavailable, Unavailable, place_to_wait
from worker import tasks
from worker.ml.config import ImageLimits
from worker.ml.images import ImageError, too_large

MAX_FRAME_BYTES: Final = 400_000
"""Of the encoded frame: a JPEG of 640 by 480 has 40,000 to 100,000."""

PATIENCE_SECONDS: Final = 3.0
_PAUSE_SECONDS: Final = 0.01
"""Between two questions whether it is read. Each takes time of the processors that read frames."""


class FrameInFlight(Unavailable):
    """One frame of a person at a time: the newest is worth more than many that wait."""

    retry_after_seconds = 1
    code = "frame_in_flight"
    sentence = "Your frame before this one is still being read. Send the newest one once that is answered."


class FrameTooLate(Unavailable):
    """No worker came to it in time, or would have: as many wait already as may."""

    retry_after_seconds = 1
    code = "too_busy"
    sentence = "The server is too busy to read this frame in time. It was dropped: send a newer one."


class FrameUnread(Unavailable):
    """The fault is ours, and not the frame's."""

    code = "not_read"

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__()


def read_frame(*, owner: User, data: bytes) -> dict[str, Any]:
    """What the recogniser says of a frame (``Recognition.as_dict``) and the name of its ``model_version``.

    Raises :class:`~worker.ml.images.ImageError` for a frame that cannot be read, and
    :class:`~recognition.services.Unavailable` if another one of the person's is being read, the queue is away, or it
    cannot be read within :data:`PATIENCE_SECONDS`.
    """
    if len(data) > MAX_FRAME_BYTES:
        raise too_large(len(data), ImageLimits(max_bytes=MAX_FRAME_BYTES))
    lock, key = f"frame-of:{owner.pk}", uuid.uuid4().hex
    if not cache.add(lock, 1, timeout=int(PATIENCE_SECONDS) + 2):
        raise FrameInFlight
    try:
        with place_to_wait() as may_wait:
            if not may_wait:
                raise FrameTooLate
            cache.set(tasks.frame_place(key), base64.b64encode(data).decode(), timeout=settings.FRAME_SECONDS)
            _send(key, camera=str(owner.pk))
            return _answer(key)
    finally:
        cache.delete_many([lock, tasks.frame_place(key), tasks.frame_answer_place(key)])


def _send(key: str, camera: str) -> None:
    try:
        tasks.read_frame.apply_async((key, camera), expires=PATIENCE_SECONDS)
    except OperationalError as error:
        raise QueueUnavailable from error


def _answer(key: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := cache.get(tasks.frame_answer_place(key))) is None:
        if time.monotonic() >= deadline:
            raise FrameTooLate
        time.sleep(_PAUSE_SECONDS)
    if "error" in answer:
        raise ImageError(answer["code"], answer["error"]) if answer["code"] else FrameUnread(answer["error"])
    return dict(answer)
