"""What pages, API, admin and commands ask for. Each verb touches several tables or enqueues work."""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction
from django.db.models.fields.files import FieldFile
from kombu.exceptions import OperationalError

from accounts.models import User
from recognition.models import Correction, PersonalModel, Prediction, Sample
from recognition.models.prediction import image_path
from recognition.practice import keep_round as keep_practice_round
from recognition.practice import progress_of as practice_progress_of
from recognition.statistics import Statistics, statistics_of
from worker import tasks
from worker.ml import images
from worker.ml.full_disk import is_full
from worker.ml.labels import INDEX

__all__ = [
    "NotCorrectable",
    "QueueUnavailable",
    "Statistics",
    "StorageFull",
    "TooManyWaiting",
    "Unavailable",
    "clean_form_name",
    "clean_name",
    "correct_prediction",
    "delete_predictions",
    "forget_personal_models",
    "keep_practice_round",
    "keep_whole",
    "place_to_wait",
    "practice_progress_of",
    "request_prediction",
    "restore_predictions",
    "statistics_of",
    "wait_for_result",
    "withdraw_correction",
]

_KEYED = UUID("7a0c6f0e-5b8e-4a53-9d27-5d1f6a5d6f3c")  # the space of names of keyed predictions
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORTEST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.1

_DECODING = threading.BoundedSemaphore(2)
"""A picture of the most pixels takes up to 950 MB while it is decoded: two at once, however many threads there are."""

_WAITING = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))
"""Half of the web's threads may wait for results; the others keep the pages answering."""


class Unavailable(Exception):
    """Pictures cannot be taken now: nothing was accepted. Carries what the person is told and when to try again."""

    retry_after_seconds = 10
    code: str
    sentence: str

    def __init__(self) -> None:
        super().__init__(self.sentence)


class QueueUnavailable(Unavailable):
    """The broker cannot be reached."""

    code = "queue_unavailable"
    sentence = "The queue cannot be reached just now, so the picture was not accepted. Try again in a moment."


class StorageFull(Unavailable):
    """The disk is full: that of the pictures or that of the database."""

    code = "storage_full"
    sentence = "There is no room for pictures just now, so this one was not accepted. Try again later."


class TooManyWaiting(Unavailable):
    """So many pictures of one person wait already that the others would wait for them."""

    code = "too_many_waiting"
    sentence = "So many of your pictures still wait to be read that this one was not accepted. Try again in a moment."


class NotCorrectable(Exception):
    """There is no answer that could be corrected, or the correction is none. Carries what the person is told."""


def request_prediction(
    *, owner: User, data: bytes, original_name: str = "", key: str = "", said: str = ""
) -> Prediction:
    """Check a picture, store it re-encoded, and queue it. With the same ``key`` the same picture is taken once only:
    whoever sends it again, in doubt or by a second click, gets the first prediction back. ``said`` is the class that it
    shows, if ``owner`` knows beforehand.

    Raises ``worker.ml.images.ImageError`` (a sentence for the person, and a ``code``) for a picture that cannot be
    read, and :class:`Unavailable` if the broker is away, the disk is full or too many of the person's wait; in all
    cases nothing is kept. Inside a transaction of the caller's the message is sent, and :class:`QueueUnavailable`
    raised, when that one commits.
    """
    with _DECODING:
        picture = images.decode(data, settings.IMAGE_LIMITS)
    prediction = Prediction(owner=owner, original_name=clean_name(original_name))
    if key:
        prediction.pk = uuid5(_KEYED, f"{owner.pk}:{key}:{hashlib.sha256(data).hexdigest()}")
    _refuse_if_too_many_wait(prediction)
    _store(prediction, images.encode_jpeg(picture))
    prediction.image_width, prediction.image_height = picture.size
    try:
        with transaction.atomic():
            prediction.save(force_insert=True)
            if said:
                Correction.objects.create(prediction=prediction, label=said, by=owner)
    except BaseException as error:
        prediction.image.delete(save=False)
        if is_full(error):  # the database's disk, which need not be that of the pictures
            raise StorageFull from error
        if not (key and isinstance(error, IntegrityError)):
            raise
        first = Prediction.objects.filter(pk=prediction.pk).first()
        if first is None:  # it was taken back just now
            raise QueueUnavailable from error
        if said:
            Correction.objects.get_or_create(prediction=first, defaults={"label": said, "by": owner})
        return first
    transaction.on_commit(partial(_send, prediction))
    return prediction


def wait_for_result(*, prediction: Prediction, seconds: float) -> Prediction:
    """Wait until the prediction is finished, ``seconds`` at most; returns it as it then is.

    The row is asked at growing intervals, outside any transaction. While half of the web's threads wait already, it
    returns at once. Raises ``Prediction.DoesNotExist`` if it was deleted meanwhile.
    """
    start = time.monotonic()
    states = Prediction.objects.present().filter(pk=prediction.pk).values_list("state", flat=True)
    with place_to_wait() as may_wait:
        while states.get() in (Prediction.State.QUEUED, Prediction.State.RUNNING) and may_wait:
            waited = time.monotonic() - start
            if waited >= seconds:
                break
            pause = min(max(_SHORTEST_PAUSE_SECONDS, waited / 20), _LONGEST_PAUSE_SECONDS)
            time.sleep(min(pause, seconds - waited))
    prediction.refresh_from_db()
    return prediction


@contextmanager
def place_to_wait() -> Iterator[bool]:
    """Whether this thread may wait for a worker: not while half of the web's threads do."""
    may_wait = _WAITING.acquire(blocking=False)
    try:
        yield may_wait
    finally:
        if may_wait:
            _WAITING.release()


def correct_prediction(*, prediction: Prediction, by: User, label: str) -> Correction:
    """Note which class the picture shows, as ``by`` says; the predicted one confirms the answer. A later word counts.

    Raises :class:`NotCorrectable` for a class that does not exist and for a prediction that has no answer.
    """
    if label not in INDEX:
        raise NotCorrectable("Choose one of the 29 answers.")
    with transaction.atomic():
        answered = Prediction.objects.present().filter(pk=prediction.pk, state=Prediction.State.SUCCEEDED)
        if not answered.select_for_update().exists():  # held, so that it is not purged meanwhile
            raise NotCorrectable("Only a picture that was read and is still there can be corrected.")
        said_before = Correction.objects.filter(prediction=prediction).values_list("label", flat=True).first()
        correction, _created = Correction.objects.update_or_create(
            prediction=prediction, defaults={"label": label, "by": by}
        )
        Sample.reopen(prediction=prediction)
        if said_before not in (None, label):
            forget_personal_models([prediction.pk])
    return correction


def withdraw_correction(*, prediction: Prediction, by: User) -> bool:
    """Take back what ``by`` said of a prediction; False if there is nothing to take back."""
    with transaction.atomic():
        deleted, _rows = Correction.objects.filter(prediction=prediction, by=by).delete()
        if deleted:
            Sample.reopen(prediction=prediction)
            forget_personal_models([prediction.pk])
    return deleted > 0


def delete_predictions(*, owner: User, ids: Iterable[UUID]) -> int:
    """Delete predictions of ``owner``; what is not theirs, or gone, is passed over. Returns how many were deleted.

    For ``Prediction.UNDO_WINDOW`` they can be restored; then the sweeper purges rows and files.
    """
    with transaction.atomic():
        own = list(Prediction.objects.owned_by(owner).filter(pk__in=list(ids)).values_list("pk", flat=True))
        deleted = Prediction.objects.filter(pk__in=own).mark_deleted()
        forget_personal_models(own)
    return deleted


def restore_predictions(*, owner: User, ids: Iterable[UUID]) -> int:
    """Undo a deletion. Returns how many came back; what was deleted too long ago does not."""
    return Prediction.objects.filter(owner=owner, pk__in=list(ids)).restore()


def forget_personal_models(ids: Iterable[UUID]) -> None:
    """Drop what was learnt from these pictures; it is learnt anew from what is left, when the transaction commits."""
    for personal in PersonalModel.objects.learning_from(ids):
        personal.forget()
        transaction.on_commit(partial(tasks.send, tasks.personalise, personal.pk))


def clean_name(name: str) -> str:
    """A client's file name, for display only: the last component, without control, direction and broken characters."""
    last = PurePosixPath(_CONTROL_CHARACTERS.sub("", name).replace("\\", "/")).name
    return last.strip()[:255]


def clean_form_name(name: str) -> str:
    """The same for a name in a form, where browsers and curl write %22 for a quote, %0D and %0A for a line's end."""
    return clean_name(name.replace("%22", '"').replace("%0D", " ").replace("%0A", " "))


def _refuse_if_too_many_wait(prediction: Prediction) -> None:
    """Counted without a lock: who sends many at the same moment may get a few more through."""
    waiting = Prediction.objects.owned_by(prediction.owner).filter(state=Prediction.State.QUEUED)
    if waiting.count() < settings.MAX_WAITING_PER_PERSON:
        return
    if not Prediction.objects.filter(pk=prediction.pk).exists():  # one that is sent again is there already
        raise TooManyWaiting


def _store(prediction: Prediction, jpeg: bytes) -> None:
    """Write the picture's file: all of it or none."""
    keep_whole(
        prediction.image,
        image_path(prediction, ""),
        ContentFile(jpeg),
        # The same picture, sent twice at once, has the name.
        is_anothers=lambda name: Prediction.objects.filter(image=name).exists(),
    )


def keep_whole(
    field: FieldFile, name: str, content: "File[Any]", is_anothers: Callable[[str], bool] = lambda name: False
) -> None:
    """Write a row's file under ``name``, or a free one like it: all of it or none. What ``is_anothers`` stays.

    Raises :class:`StorageFull`, or another ``OSError`` if it cannot be written.
    """
    free = field.storage.get_available_name(name)
    try:
        setattr(field.instance, field.field.name, field.storage.save(free, content))
    except OSError as error:
        if not is_anothers(free):
            field.storage.delete(free)
        if is_full(error):
            raise StorageFull from error
        raise


def _send(prediction: Prediction) -> None:
    """Hand the row to the queue; if there is none to take it, leave nothing behind."""
    try:
        tasks.predict.apply_async((str(prediction.pk),))
    except OperationalError as error:
        prediction.image.delete(save=False)
        prediction.delete()
        raise QueueUnavailable from error
