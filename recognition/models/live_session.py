"""Texts that people signed to the camera, and chose to keep."""

from typing import Any, Self

from django.conf import settings
from django.db import models


class LiveSessionQuerySet(models.QuerySet["LiveSession"]):
    def owned_by(self, user: Any) -> Self:
        return self.filter(owner=user)


class LiveSession(models.Model):
    """What was signed in one go: the text as its owner left it, and the signs with their times. No picture.

    ``signs`` are dictionaries in the order of signing: ``label``, one of the 29 classes; ``confidence`` (0..1), null
    where a key, a button or a movement wrote it; ``milliseconds`` since the first sign.
    """

    MAX_LENGTH = 5000
    MAX_SIGNS = 5000

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="live_sessions")
    text = models.TextField(max_length=MAX_LENGTH)
    signs = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LiveSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["owner", "-created_at", "-id"], name="live_session_newest")]

    def __str__(self) -> str:
        return f"Text of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def seconds(self) -> float:
        """From the first sign to the last."""
        return float(self.signs[-1]["milliseconds"]) / 1000 if self.signs else 0.0
