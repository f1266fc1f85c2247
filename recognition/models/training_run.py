"""One training, from the wish to the candidate."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Right
from django.utils import timezone

from recognition.models.dataset import DatasetVersion
from recognition.models.model_version import ModelVersion
from worker.ml.recipes import LANDMARKS, Recipe, most_epochs, stored


class TrainingRunQuerySet(models.QuerySet["TrainingRun"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=[TrainingRun.State.QUEUED, TrainingRun.State.RUNNING])

    def finished(self) -> Self:
        return self.exclude(state__in=[TrainingRun.State.QUEUED, TrainingRun.State.RUNNING])

    def silent_since(self, age: timedelta) -> Self:
        """RUNNING rows whose worker has given no sign of life for ``age``."""
        return self.filter(state=TrainingRun.State.RUNNING, heartbeat_at__lte=timezone.now() - age)

    def waiting_since(self, age: timedelta) -> Self:
        """QUEUED rows whose message was sent at least ``age`` ago."""
        return self.filter(state=TrainingRun.State.QUEUED, enqueued_at__lte=timezone.now() - age)


class TrainingRun(models.Model):
    """A training that somebody asked for.

    States and transitions, each a compare-and-set that returns whether it took place::

        QUEUED --claim--> RUNNING --succeed--> SUCCEEDED
           |                 |------fail-----> FAILED
           |                 |-----cancel----> CANCELLED   (asked for by ask_to_cancel; the worker hears of it)
           '--ask_to_cancel--|---------------> CANCELLED   (at once, while QUEUED)
                             |----requeue----> QUEUED      (its worker died; it goes on after its last epoch)
                             '----give_up----> FAILED      (its worker died MAX_ATTEMPTS times)

    Whoever holds a RUNNING row is known by ``attempts``: a worker that was taken for dead can change nothing.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Training"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    MAX_ATTEMPTS = 20
    LOG_CHARACTERS = 20_000

    data = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="training_runs")
    base = models.ForeignKey(
        ModelVersion,
        on_delete=models.PROTECT,
        related_name="further_runs",
        help_text="The version that was active: trained further by the preset landmarks, else only compared with.",
    )
    preset = models.CharField(max_length=20, default=LANDMARKS, help_text="The family that learns.")
    config = models.JSONField(default=dict, help_text="The settings of its recipe, as worker.ml.recipes has them.")
    key = models.CharField(max_length=64, db_index=True, editable=False, help_text="SHA-256 of what it depends on.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="training_runs"
    )

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    enqueued_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    stage = models.CharField(max_length=60, blank=True)
    epoch = models.PositiveIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0, help_text="Of an epoch, once it has begun.")
    history = models.JSONField(default=list, help_text="Loss and accuracy after each epoch.")
    log = models.TextField(blank=True)
    error = models.CharField(max_length=500, blank=True)
    note = models.CharField(max_length=300, blank=True)
    model_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="training_runs"
    )

    objects = TrainingRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [("train_models", "Can make data set versions and train on them")]

    def __str__(self) -> str:
        return f"Training {self.pk} on {self.data}"

    @property
    def is_finished(self) -> bool:
        return self.state not in (self.State.QUEUED, self.State.RUNNING)

    @property
    def work_folder(self) -> Path:
        """Where its checkpoints lie until it is finished."""
        return Path(settings.MEDIA_ROOT) / "training" / str(self.pk)

    @property
    def position(self) -> int:
        """How many are before it in the queue; 0 for the next."""
        return TrainingRun.objects.unfinished().filter(pk__lt=self.pk).count()

    @property
    def recipe(self) -> Recipe:
        return stored(self.preset, self.config)

    @property
    def trains_further(self) -> bool:
        """Whether it begins with the base's weights."""
        return self.preset == LANDMARKS

    @property
    def epochs(self) -> int:
        """At most: a family that no longer gains stops."""
        return most_epochs(self.recipe)

    @property
    def share_done(self) -> float:
        """0..1, by steps."""
        under_way = self.step / self.steps if self.steps and self.epoch > len(self.history) else 0.0
        return min(1.0, (len(self.history) + under_way) / self.epochs)

    @property
    def seconds_left(self) -> int | None:
        """By what it took so far; None while that says nothing."""
        if self.state != self.State.RUNNING or not self.claimed_at or self.share_done < 0.05:
            return None
        taken = (timezone.now() - self.claimed_at).total_seconds()
        return round(taken / self.share_done * (1 - self.share_done))

    def _move(self, allowed: Q, **changes: Any) -> bool:
        """Change this row in the database if it is ``allowed``; then mirror the change in memory."""
        if TrainingRun.objects.filter(allowed, pk=self.pk).update(**changes) != 1:
            return False
        self.refresh_from_db(fields=list(changes))
        return True

    @property
    def _held(self) -> Q:
        return Q(state=self.State.RUNNING, attempts=self.attempts)

    def claim(self) -> bool:
        """QUEUED -> RUNNING."""
        now = timezone.now()
        return self._move(
            Q(state=self.State.QUEUED, attempts__lt=self.MAX_ATTEMPTS),
            state=self.State.RUNNING,
            claimed_at=now,
            heartbeat_at=now,
            attempts=F("attempts") + 1,
        )

    def beat(self) -> bool:
        """A sign of life; False if the row is no longer ours or is to be cancelled."""
        alive = self._held & Q(cancel_asked_at=None)
        return TrainingRun.objects.filter(alive, pk=self.pk).update(heartbeat_at=timezone.now()) == 1

    def tell(self, line: str = "", **progress: Any) -> bool:
        """Note progress (``stage``, ``epoch``, ``step``, ``steps``, ``history``) and a line of the log.

        Of the log the end is kept.
        """
        if line:
            stamped = f"{timezone.localtime():%H:%M:%S} {line}\n"
            progress["log"] = Right(Concat(F("log"), Value(stamped)), self.LOG_CHARACTERS)
        return self._move(self._held, heartbeat_at=timezone.now(), **progress)

    def succeed(self, *, model_version: ModelVersion) -> bool:
        """RUNNING -> SUCCEEDED, with the candidate."""
        return self._move(
            self._held,
            state=self.State.SUCCEEDED,
            finished_at=timezone.now(),
            model_version=model_version,
            stage="",
        )

    def fail(self, error: str) -> bool:
        """RUNNING -> FAILED, with a sentence for staff."""
        return self._move(self._held, state=self.State.FAILED, finished_at=timezone.now(), error=error[:500], stage="")

    def cancel(self) -> bool:
        """RUNNING -> CANCELLED, by the worker that was asked to."""
        return self._move(self._held, state=self.State.CANCELLED, finished_at=timezone.now(), stage="")

    def ask_to_cancel(self) -> bool:
        """QUEUED -> CANCELLED; a RUNNING one is told to stop, and stops at its next sign of life."""
        now = timezone.now()
        if self._move(Q(state=self.State.QUEUED), state=self.State.CANCELLED, finished_at=now, stage=""):
            return True
        return self._move(Q(state=self.State.RUNNING, cancel_asked_at=None), cancel_asked_at=now)

    def requeue(self) -> bool:
        """RUNNING -> QUEUED, as its worker died; CANCELLED if that was asked for meanwhile."""
        now = timezone.now()
        unwanted = self._held & Q(cancel_asked_at__isnull=False)
        if self._move(unwanted, state=self.State.CANCELLED, finished_at=now, stage=""):
            return False
        left = self._held & Q(attempts__lt=self.MAX_ATTEMPTS)
        return self._move(left, state=self.State.QUEUED, enqueued_at=now)

    def give_up(self) -> bool:
        """RUNNING -> FAILED, as its worker died and it has no attempts left."""
        return self._move(
            self._held & Q(attempts__gte=self.MAX_ATTEMPTS),
            state=self.State.FAILED,
            finished_at=timezone.now(),
            error=f"Its worker died {self.MAX_ATTEMPTS} times. See the worker's log; too little memory is likely.",
            stage="",
        )

    def mark_enqueued(self) -> bool:
        """QUEUED -> QUEUED: its message was lost and is sent again. Of two that try at once, one succeeds."""
        return self._move(Q(state=self.State.QUEUED, enqueued_at=self.enqueued_at), enqueued_at=timezone.now())
