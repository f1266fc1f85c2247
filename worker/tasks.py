"""What the queue runs. Thin: claim the row, call the library, record by a transition.

Assume that every message comes twice, late, or after its row is gone.
"""

import base64
import logging
from typing import Any

from celery import Task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import OperationalError

from accounts.models import User
from aslsite.celery import app
from recognition.models import DatasetImport, ModelVersion, PersonalModel, Prediction, SecondReading, TrainingRun
from worker import dataset_imports, personal_models, registry, training_runs
from worker.cameras import Camera
from worker.ml.images import ImageError
from worker.thumbnails import make_thumbnail

logger = logging.getLogger(__name__)

NO_FILE = "The picture's file is no longer there. Send the picture again."
TOO_SLOW = "Reading this picture took too long and was stopped. Try a smaller or simpler picture."
OUR_FAULT = "The picture could not be read because of a fault on our side, which was noted. Send it again later."


@app.task(
    bind=True,
    name="worker.tasks.predict",
    soft_time_limit=settings.PREDICTION_SOFT_LIMIT_SECONDS,
    time_limit=settings.PREDICTION_HARD_LIMIT_SECONDS,
)
def predict(self: "Task[Any, Any]", prediction_id: str) -> None:
    """QUEUED -> RUNNING -> SUCCEEDED or FAILED. Does nothing for a row that is gone or that another worker has."""
    prediction = Prediction.objects.filter(pk=prediction_id).first()
    if prediction is None:
        return
    redelivered = bool((self.request.delivery_info or {}).get("redelivered"))
    if not prediction.claim(redelivered=redelivered):
        if redelivered:
            prediction.give_up()
            if prediction.is_finished:
                make_thumbnail(prediction)  # whoever answered it died before it had made one
        return
    try:
        _recognise(prediction)
    except ImageError as error:
        prediction.fail(str(error))
    except FileNotFoundError:
        prediction.fail(NO_FILE)
    except SoftTimeLimitExceeded:
        prediction.fail(TOO_SLOW)
    except registry.NoModelError as error:
        prediction.fail(str(error))
    except Exception:
        logger.exception("Prediction %s failed", prediction.pk)
        prediction.fail(OUR_FAULT)
    make_thumbnail(prediction)  # after the answer, for which somebody may be waiting


def _recognise(prediction: Prediction) -> None:
    with prediction.image.open("rb") as file:
        data = file.read()
    version, recogniser = registry.active()
    adaptation = personal_models.adaptation_of(prediction, version)
    if adaptation is not None:  # it was made for the active version, and belongs to no other
        said = recogniser.recognise(data, adaptation=adaptation)
        prediction.succeed(said, model_version=version, is_adapted=said.hand is not None)
    elif _candidate_answers(prediction, data):
        _read_again(prediction, data)
    else:
        prediction.succeed(recogniser.recognise(data), model_version=version)


@app.task(
    bind=True,
    name="worker.tasks.personalise",
    soft_time_limit=settings.PERSONAL_SOFT_LIMIT_SECONDS,
    time_limit=settings.PERSONAL_HARD_LIMIT_SECONDS,
)
def personalise(self: "Task[Any, Any]", personal_id: int) -> None:
    """QUEUED -> RUNNING -> READY or FAILED. Does nothing for a row that is gone or that another worker has."""
    personal = PersonalModel.objects.filter(pk=personal_id).first()
    redelivered = bool((self.request.delivery_info or {}).get("redelivered"))
    if personal is None:
        return
    if personal.claim(redelivered=redelivered):
        personal_models.carry_out(personal)
    elif redelivered:
        personal.give_up()


def _candidate_answers(prediction: Prediction, data: bytes) -> bool:
    """Whether a candidate on trial has answered. Whatever is wrong with it, the active version answers in its place;
    so it does from the second attempt on, since the first one's worker may have died of the candidate."""
    if prediction.attempts > 1:
        return False
    on_trial = registry.canary_for(prediction.pk)
    if on_trial is None:
        return False
    version, recogniser = on_trial
    try:
        said = recogniser.recognise(data)
    except ImageError:
        raise  # it is the picture's fault, and every version would say so
    except Exception as error:
        registry.refuse_canary(version, error)
        return False
    prediction.succeed(said, model_version=version)
    return True


def _read_again(prediction: Prediction, data: bytes) -> None:
    """Keep what the active version says of a picture that the candidate has answered, after that answer is out."""
    if prediction.state != Prediction.State.SUCCEEDED:
        return  # the row was deleted, or is another worker's by now
    try:
        version, recogniser = registry.active()
        said = recogniser.recognise(data)
        SecondReading.objects.create(
            prediction=prediction, model_version=version, label=said.label, is_unsure=said.is_unsure
        )
    except Exception:
        logger.warning("Prediction %s was not read a second time", prediction.pk, exc_info=True)


@app.task(
    name="worker.tasks.read_frame",
    acks_late=False,  # a frame is not worth a second try: the next one is on its way
    soft_time_limit=settings.FRAME_SECONDS,
    time_limit=settings.FRAME_SECONDS + 5,
)
def read_frame(key: str, camera: str) -> None:
    """Read a frame of the live page that waits in the cache, and leave the answer there. Nothing once it is gone.

    ``camera`` names whose frame it is: their hand is followed from one to the next.
    """
    stored = cache.get(frame_place(key))
    if stored is None:
        return
    answer: dict[str, Any]
    try:
        version, recogniser = registry.active_lately()
        seen = Camera(camera)
        answer = recogniser.recognise(base64.b64decode(stored), film=seen.film).as_dict()
        seen.saw(answer["hand"])
        answer["model_version"] = version.name
    except ImageError as error:
        answer = {"code": error.code, "error": str(error)}
    except registry.NoModelError as error:
        answer = {"code": "", "error": str(error)}
    except Exception:
        logger.exception("A frame could not be read")
        answer = {"code": "", "error": OUR_FAULT}
    cache.set(frame_answer_place(key), answer, timeout=settings.FRAME_SECONDS)


def frame_place(key: str) -> str:
    """Where in the cache a frame waits, as base64."""
    return f"frame:{key}"


def frame_answer_place(key: str) -> str:
    """Where its answer is left: a ``Recognition`` as a dict, or an ``error``; its ``code`` is empty if it is ours."""
    return f"frame-answer:{key}"


@app.task(bind=True, name="worker.tasks.train", queue=settings.TRAINING_QUEUE)
def train(self: "Task[Any, Any]", run_id: int) -> None:
    """QUEUED -> RUNNING -> SUCCEEDED, FAILED or CANCELLED. Does nothing for a row that another worker has.

    A message that comes again does nothing either while the row is RUNNING: the sweeper queues it anew when its worker
    has been silent for long enough.
    """
    run = TrainingRun.objects.filter(pk=run_id).first()
    if run is not None and run.claim():
        training_runs.carry_out(run, in_own_process=not self.request.called_directly)


@app.task(bind=True, name="worker.tasks.compare", queue=settings.TRAINING_QUEUE)
def compare(self: "Task[Any, Any]", version_id: int, asked_by_id: int) -> None:
    """Compare a candidate with the active version anew. Done twice it does no harm."""
    version = ModelVersion.objects.filter(pk=version_id, comparison_asked_at__isnull=False).first()
    if version is not None:
        asked_by = User.objects.filter(pk=asked_by_id).first()
        training_runs.compare_again(version, asked_by, in_own_process=not self.request.called_directly)


@app.task(name="worker.tasks.import_archive", queue=settings.TRAINING_QUEUE)
def import_archive(import_id: int) -> None:
    """QUEUED -> RUNNING -> SUCCEEDED or FAILED. What was read before its worker died is not read again.

    Of a message that comes again the same holds as for a training.
    """
    upload = DatasetImport.objects.filter(pk=import_id).first()
    if upload is not None and upload.claim():
        dataset_imports.carry_out(upload)


def send(task: "Task[Any, Any]", *row: int | str) -> bool:
    """Hand keys of rows to a task's queue; False while the broker is away: the row then waits for the sweeper."""
    try:
        task.apply_async(row)
    except OperationalError:
        return False
    return True
