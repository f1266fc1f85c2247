"""Rounds of practice before the camera, and how each letter went in them."""

from typing import Any, Self

from django.conf import settings
from django.db import models

from worker.ml.labels import LETTERS


class PracticeRoundQuerySet(models.QuerySet["PracticeRound"]):
    def owned_by(self, user: Any) -> Self:
        return self.filter(owner=user)


class PracticeRound(models.Model):
    """A round, as the page told it when it ended. ``key`` is the page's name for it: a round sent twice is one."""

    class Mode(models.TextChoices):
        LETTERS = "letters", "Letters"
        WORDS = "words", "Words"

    MAX_ATTEMPTS = 1000
    MAX_LIMIT_SECONDS = 3600

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="practice_rounds")
    key = models.UUIDField()
    mode = models.CharField(max_length=10, choices=Mode)
    limit_seconds = models.PositiveSmallIntegerField(null=True)
    """How long it could take at most; null without a limit."""
    finished_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PracticeRoundQuerySet.as_manager()

    class Meta:
        ordering = ["-finished_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="one_practice_round_of_a_key")]
        indexes = [
            models.Index(fields=["owner", "-finished_at", "-id"], name="practice_round_latest"),
            models.Index(fields=["owner", "-created_at", "-id"], name="practice_round_newest"),
        ]

    def __str__(self) -> str:
        return f"Practice of {self.finished_at:%Y-%m-%d %H:%M}"


class PracticeAttempt(models.Model):
    """A letter that was asked for: signed or skipped, after how long, and what was held in its place before."""

    LETTERS = [(letter, letter) for letter in LETTERS]
    MAX_MISTAKES = 50

    round = models.ForeignKey(PracticeRound, on_delete=models.CASCADE, related_name="attempts")
    label = models.CharField(max_length=1, choices=LETTERS)
    is_signed = models.BooleanField()
    """Whether it was signed in the end. Else it was skipped."""
    was_shown = models.BooleanField()
    """Whether the drawing of the hand was in view."""
    mistakes = models.JSONField(default=list)
    """Other classes that were held before, in their order."""
    is_right = models.BooleanField()
    """Whether it was signed with nothing held before: by this, accuracy is counted."""
    milliseconds = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.label
