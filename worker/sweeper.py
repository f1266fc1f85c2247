"""Brings rows whose worker or message was lost to a true state, purges deleted ones, removes what trainings left that
ended without a worker, offers pictures for review, and tells the log when no picture is read.

May run twice at once.

A message that is sent once too often does no harm: the second one finds its row claimed.
"""

import logging
from datetime import timedelta

from django.conf import settings

from aslsite import broker
from recognition.models import DatasetImport, PersonalModel, Prediction, TrainingRun
from worker import dataset_imports, tasks, training_runs
from worker.collecting import collect_samples
from worker.stalling import STALLED_AFTER, predictions_stall

logger = logging.getLogger(__name__)

DEAD_AFTER = timedelta(seconds=settings.PREDICTION_HARD_LIMIT_SECONDS + 5)
"""A claim older than this: past the hard limit its process was killed, if it was not dead before."""

LOST_AFTER = timedelta(seconds=5)
"""While the queue is empty, a row that waits longer has no message: the broker lost it."""

OVERDUE_AFTER = timedelta(minutes=10)
"""While others wait in the queue, a row may wait that long before its message is taken for lost."""

STUCK_AFTER = timedelta(seconds=settings.PERSONAL_HARD_LIMIT_SECONDS + 5)
"""The same for who learns from a person's own pictures."""

FEW = 5
"""Personal models that are made anew in one round."""

SILENT_FOR = timedelta(seconds=30)
"""A training or an import that has given no sign of life for so long has lost its worker."""

BATCH = 500


class _Standstill:
    """Tells the log once that no picture is read, and once that it is over."""

    def __init__(self) -> None:
        self._lasts = False

    def look(self) -> None:
        lasts = predictions_stall()
        if lasts and not self._lasts:
            waiting = Prediction.objects.present().filter(state=Prediction.State.QUEUED).count()
            logger.error(
                "No picture was read for %d s, and %d wait: restart the worker of predictions, if it does not answer",
                STALLED_AFTER.total_seconds(),
                waiting,
            )
        if self._lasts and not lasts:
            logger.warning("Pictures no longer wait in vain")
        self._lasts = lasts


_standstill = _Standstill()


def sweep() -> None:
    """One round over the unfinished rows, then over the deleted ones, then over what may be offered for review."""
    _standstill.look()  # before rows that lost their worker come back to the queue, where they have waited for nobody
    _rescue_running()
    _resend_queued()
    _refresh_personal_models()
    _purge_deleted()
    _rescue_trainings()
    collect_samples()


def _rescue_running() -> None:
    for prediction in Prediction.objects.running_since(DEAD_AFTER)[:BATCH]:
        if prediction.requeue():
            logger.warning("Prediction %s lost its worker; it is queued again", prediction.pk)
            tasks.send(tasks.predict, str(prediction.pk))
        elif prediction.give_up():
            logger.error("Prediction %s lost its worker %d times; it failed", prediction.pk, prediction.attempts)


def _resend_queued() -> None:
    try:
        waiting = broker.waiting_messages(settings.PREDICTION_QUEUE)
    except broker.Unreachable:
        return  # nobody to send to; the rows stay, and go out when the broker is back
    age = LOST_AFTER if waiting == 0 else OVERDUE_AFTER
    for prediction in Prediction.objects.waiting_since(age).order_by("enqueued_at")[:BATCH]:
        if prediction.mark_enqueued() and not tasks.send(tasks.predict, str(prediction.pk)):
            return


def _refresh_personal_models() -> None:
    """Those that were lost, and those of another version than the active one: a few a round, as pictures come first."""
    for personal in PersonalModel.objects.running_since(STUCK_AFTER)[:BATCH]:
        if personal.requeue():
            tasks.send(tasks.personalise, personal.pk)
        elif personal.give_up():
            logger.error("Personal model %s lost its worker %d times; it failed", personal.pk, personal.attempts)
    try:
        waiting = broker.waiting_messages(settings.PREDICTION_QUEUE)
    except broker.Unreachable:
        return
    age = LOST_AFTER if waiting == 0 else OVERDUE_AFTER
    for personal in PersonalModel.objects.waiting_since(age).order_by("asked_at")[:FEW]:
        if personal.mark_enqueued():
            tasks.send(tasks.personalise, personal.pk)
    if waiting == 0:
        for personal in PersonalModel.objects.outdated().order_by("asked_at")[:FEW]:
            personal.ask()
            tasks.send(tasks.personalise, personal.pk)


def _rescue_trainings() -> None:
    for run in TrainingRun.objects.silent_since(SILENT_FOR):
        if run.requeue():
            logger.warning("Training %s lost its worker; it goes on after epoch %d", run.pk, len(run.history))
            tasks.send(tasks.train, run.pk)
        elif training_runs.end(run, run.give_up):
            logger.error("Training %s lost its worker %d times; it failed", run.pk, run.attempts)
    training_runs.remove_leftovers()
    for upload in DatasetImport.objects.silent_since(SILENT_FOR):
        if upload.requeue():
            logger.warning("Import %s lost its worker; it goes on where it was", upload.pk)
            tasks.send(tasks.import_archive, upload.pk)
        elif dataset_imports.give_up(upload):
            logger.error("Import %s lost its worker %d times; it failed", upload.pk, upload.attempts)
    try:
        is_empty = broker.waiting_messages(settings.TRAINING_QUEUE) == 0
    except broker.Unreachable:
        return
    if not is_empty:
        return
    _resend_imports()
    if not TrainingRun.objects.filter(state=TrainingRun.State.RUNNING).exists():
        for run in TrainingRun.objects.waiting_since(LOST_AFTER).order_by("pk"):
            if run.mark_enqueued():
                tasks.send(tasks.train, run.pk)


def _resend_imports() -> None:
    for upload in DatasetImport.objects.waiting_since(LOST_AFTER):
        if upload.mark_enqueued():
            tasks.send(tasks.import_archive, upload.pk)


def _purge_deleted() -> None:
    for prediction in Prediction.objects.to_purge()[:BATCH]:
        try:
            prediction.purge()
        except OSError:
            logger.exception("Prediction %s was deleted, but its files cannot be; it is tried again", prediction.pk)
