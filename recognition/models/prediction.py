"""One picture, and what the recogniser said of it."""

import uuid
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from recognition.models.model_version import ModelVersion
from worker.ml.labels import NAMES, NOTHING
from worker.ml.recognition import Candidate, Recognition, contenders, one_of


def image_path(prediction: "Prediction", filename: str) -> str:
    """Where a picture is kept. The client's file name is never part of it."""
    return f"predictions/{prediction.pk.hex[:2]}/{prediction.pk.hex}.jpg"


def thumbnail_path(prediction: "Prediction", filename: str) -> str:
    return f"thumbnails/{prediction.pk.hex[:2]}/{prediction.pk.hex}.webp"


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def present(self) -> Self:
        """Without the deleted ones, which lie here until they are purged."""
        return self.filter(deleted_at=None)

    def owned_by(self, user: Any) -> Self:
        return self.present().filter(owner=user)

    def told_by(self, owner: Any) -> Self:
        """Their pictures of a hand whose letters they told themselves, newest first."""
        told = self.owned_by(owner).filter(state=Prediction.State.SUCCEEDED, hand__isnull=False, correction__by=owner)
        return told.exclude(correction__label=NOTHING).order_by("-created_at", "-pk")

    def readable_by(self, user: Any) -> Self:
        """Whose picture and answer may ``user`` see: their own; all for staff who may view predictions."""
        if user.is_staff and user.has_perm("recognition.view_prediction"):
            return self.present()
        return self.owned_by(user)

    def waiting_since(self, age: timedelta) -> Self:
        """QUEUED rows whose message was sent at least ``age`` ago."""
        return self.present().filter(state=Prediction.State.QUEUED, enqueued_at__lte=timezone.now() - age)

    def running_since(self, age: timedelta) -> Self:
        """RUNNING rows that were claimed at least ``age`` ago: past the hard time limit their worker is dead."""
        return self.present().filter(state=Prediction.State.RUNNING, claimed_at__lte=timezone.now() - age)

    def mark_deleted(self) -> int:
        """Present -> deleted, for each row of the query; returns how many were."""
        return self.present().update(deleted_at=timezone.now())

    def restorable(self) -> Self:
        """Deleted so recently that its owner can have it back."""
        return self.filter(deleted_at__gt=timezone.now() - Prediction.UNDO_WINDOW)

    def restore(self) -> int:
        """Deleted -> present, for rows that may still be had back. An unfinished one is sent again by the sweeper."""
        return self.restorable().update(deleted_at=None)

    def to_purge(self) -> Self:
        """Deleted so long ago that nobody can have them back, nor is just about to."""
        return self.filter(deleted_at__lte=timezone.now() - Prediction.UNDO_WINDOW - Prediction.PURGE_MARGIN)


class Prediction(models.Model):
    """A picture that somebody sent, on its way to a letter.

    States and transitions, each a compare-and-set that returns whether it took place::

        QUEUED --claim--> RUNNING --succeed--> SUCCEEDED
                             |------fail-----> FAILED      (also from QUEUED)
                             |----give_up----> FAILED      (its worker died, and it has no attempt left)
                             '----requeue----> QUEUED      (its worker died; at most MAX_ATTEMPTS times)

    Beside its state a row is present or deleted. A deleted one is in no list, answers to nobody and is taken up by no
    worker; its owner can have it back for a while, then the sweeper purges row and files.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being read"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"

    MAX_ATTEMPTS = 3
    USUAL_WAIT = timedelta(seconds=20)
    UNDO_WINDOW = timedelta(minutes=10)
    PURGE_MARGIN = timedelta(minutes=1)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="predictions")
    # Its size is kept by hand: told the fields, Django would open the file at every refresh, and fail if it is gone.
    image = models.ImageField(upload_to=image_path, max_length=200)
    image_width = models.PositiveIntegerField(editable=False)
    image_height = models.PositiveIntegerField(editable=False)
    thumbnail = models.ImageField(upload_to=thumbnail_path, max_length=200, blank=True, editable=False)
    original_name = models.CharField(
        max_length=255, blank=True, help_text="The file's name as the client gave it; for display only."
    )

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    enqueued_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    label = models.CharField(max_length=10, blank=True)
    confidence = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    is_unsure = models.BooleanField(
        default=False, help_text="Whether the confidence lies below what the model needs to be sure."
    )
    top = models.JSONField(default=list, help_text="The five likeliest classes, best first: label and confidence.")
    hand = models.JSONField(
        null=True, blank=True, help_text="Box, 21 landmarks, handedness and presence; null: no hand."
    )
    milliseconds = models.JSONField(default=dict, help_text="Wall-clock time in the worker by stage.")
    model_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="predictions"
    )
    is_adapted = models.BooleanField(default=False, help_text="Whether its owner's personal model had a say.")
    error = models.CharField(max_length=300, blank=True, help_text="Why it failed, as a sentence for the person.")

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="prediction_history"),
            models.Index(fields=["-created_at", "-id"], name="prediction_newest"),  # of everybody, for the admin
            models.Index(
                fields=["state", "enqueued_at"],
                condition=Q(state__in=["queued", "running"]),
                name="prediction_unfinished",
            ),
            models.Index(fields=["owner", "label", "-created_at", "-id"], name="prediction_by_label"),
            models.Index(fields=["owner", "state", "-created_at", "-id"], name="prediction_by_state"),
            models.Index(fields=["owner", "confidence", "id"], name="prediction_by_confidence"),
            models.Index(fields=["owner", "-created_at", "-id"], condition=Q(is_unsure=True), name="prediction_unsure"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="prediction_deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.question or self.label_name or self.get_state_display()} ({self.original_name or self.pk})"

    @property
    def is_finished(self) -> bool:
        return self.state in (self.State.SUCCEEDED, self.State.FAILED)

    @property
    def is_delayed(self) -> bool:
        """Whether it has been on its way for so long that a person would wonder."""
        return not self.is_finished and timezone.now() - self.created_at > self.USUAL_WAIT

    @property
    def label_name(self) -> str:
        """The answer as a sentence calls it; empty while there is none."""
        return NAMES.get(self.label, "")

    @property
    def certainty(self) -> str:
        """``sure`` or ``unsure``, as an answer is; empty while there is none."""
        if self.state != self.State.SUCCEEDED:
            return ""
        return "unsure" if self.is_unsure else "sure"

    @property
    def is_corrected(self) -> bool:
        """Whether somebody said that the picture shows something else than the answer."""
        correction = getattr(self, "correction", None)
        return correction is not None and not correction.is_confirmation

    @property
    def contenders(self) -> tuple[str, ...]:
        """The labels between which an unsure answer wavers, best first; none if it is sure, or there is none."""
        return contenders([Candidate(**candidate) for candidate in self.top]) if self.is_unsure else ()

    @property
    def question(self) -> str:
        """What an unsure answer asks: ``M, N or T?`` or ``Perhaps no hand, perhaps A?``; empty if it is sure."""
        wavering = self.contenders
        letters = one_of([NAMES[label] for label in wavering if label != NOTHING])
        if NOTHING not in wavering:
            return f"{letters}?" if letters else ""
        no_hand = NAMES[NOTHING].replace(" ", "\u00a0")
        sides = [no_hand, letters] if wavering[0] == NOTHING else [letters, no_hand]
        return f"Perhaps {', perhaps '.join(filter(None, sides))}?"

    def _move(self, allowed: Q, **changes: Any) -> bool:
        """Change this row in the database if it is in an ``allowed`` state; then mirror the change in memory."""
        if Prediction.objects.filter(allowed, pk=self.pk).update(**changes) != 1:
            return False
        self.refresh_from_db(fields=list(changes))
        return True

    def claim(self, *, redelivered: bool = False) -> bool:
        """QUEUED -> RUNNING. A message that comes ``redelivered`` proves its first worker dead: it may take over."""
        states = [self.State.QUEUED, self.State.RUNNING] if redelivered else [self.State.QUEUED]
        return self._move(
            Q(state__in=states, attempts__lt=self.MAX_ATTEMPTS, deleted_at=None),
            state=self.State.RUNNING,
            claimed_at=timezone.now(),
            attempts=F("attempts") + 1,
        )

    def succeed(self, recognition: Recognition, *, model_version: ModelVersion, is_adapted: bool = False) -> bool:
        """RUNNING -> SUCCEEDED, with all that the recogniser said."""
        said = recognition.as_dict()
        return self._move(
            Q(state=self.State.RUNNING),
            state=self.State.SUCCEEDED,
            finished_at=timezone.now(),
            model_version=model_version,
            is_adapted=is_adapted,
            error="",
            **said,
        )

    def fail(self, error: str) -> bool:
        """QUEUED or RUNNING -> FAILED, with a sentence for the person."""
        return self._move(
            Q(state__in=[self.State.QUEUED, self.State.RUNNING]),
            state=self.State.FAILED,
            finished_at=timezone.now(),
            error=error[:300],
        )

    def requeue(self) -> bool:
        """RUNNING -> QUEUED, for a row whose worker died and that has attempts left."""
        return self._move(
            Q(state=self.State.RUNNING, attempts__lt=self.MAX_ATTEMPTS),
            state=self.State.QUEUED,
            enqueued_at=timezone.now(),
        )

    def give_up(self) -> bool:
        """RUNNING -> FAILED, for a row whose worker died and that has no attempts left."""
        return self._move(
            Q(state=self.State.RUNNING, attempts__gte=self.MAX_ATTEMPTS),
            state=self.State.FAILED,
            finished_at=timezone.now(),
            error=f"Reading this picture stopped the recogniser {self.MAX_ATTEMPTS} times. Try another picture.",
        )

    def mark_enqueued(self) -> bool:
        """QUEUED -> QUEUED: its message was lost and is sent again. Of two that try at once, one succeeds."""
        return self._move(
            Q(state=self.State.QUEUED, enqueued_at=self.enqueued_at),
            enqueued_at=timezone.now(),
        )

    def keep_thumbnail(self, data: bytes) -> bool:
        """Store the small copy, unless there is one; leaves no file behind for a row that was purged meanwhile."""
        storage = self.thumbnail.storage
        name = storage.save(thumbnail_path(self, ""), ContentFile(data))
        if self._move(Q(thumbnail=""), thumbnail=name):
            return True
        storage.delete(name)
        return False

    def delete_files(self) -> None:
        """Take the pictures off the disk; it does no harm twice."""
        for file in (self.image, self.thumbnail):
            if file.name:
                file.storage.delete(file.name)

    def purge(self) -> None:
        """Deleted -> gone. The files go first: what dies in between is purged again."""
        self.delete_files()
        Prediction.objects.filter(pk=self.pk, deleted_at__isnull=False).delete()
