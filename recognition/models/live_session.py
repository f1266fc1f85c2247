"""Texts that people signed to the camera, and chose to keep."""

from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from accounts.models import User


class LiveSessionQuerySet(models.QuerySet["LiveSession"]):
    def owned_by(self, user: Any) -> Self:
        return self.filter(owner=user)

    def keep(
        self, *, owner: User, text: str, signs: list[dict[str, Any]], key: UUID | None = None
    ) -> tuple["LiveSession", bool]:
        """Save a text; returns it, and whether it is new.

        The same ``key`` again is the same text: it is there once, and says what was sent last. Without a key it is new.
        """
        if key is None:
            return self.create(owner=owner, text=text, signs=signs), True
        with transaction.atomic():
            said = {"text": text, "signs": signs}
            session, is_new = self.select_for_update().get_or_create(owner=owner, key=key, defaults=said)
            if not is_new and (session.text, session.signs) != (text, signs):
                session.text, session.signs, session.created_at = text, signs, timezone.now()
                session.save(update_fields=["text", "signs", "created_at"])
        return session, is_new


class LiveSession(models.Model):
    """What was signed in one go: the text as its owner left it, and the signs with their times. No picture.

    ``signs`` are dictionaries in the order of signing: ``label``, one of the 29 classes; ``confidence`` (0..1), null
    where a key, a button or a movement wrote it; ``milliseconds`` since the first sign.

    ``key`` is the page's name for the text, by which one that was sent twice, or went on after it was saved, is one;
    null where a program gave none. ``created_at`` is when what it says now was saved.
    """

    MAX_LENGTH = 5000
    MAX_SIGNS = 5000

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="live_sessions")
    key = models.UUIDField(null=True)
    text = models.TextField(max_length=MAX_LENGTH)
    signs = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LiveSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="one_live_session_of_a_key")]
        indexes = [models.Index(fields=["owner", "-created_at", "-id"], name="live_session_newest")]

    def __str__(self) -> str:
        return f"Text of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def seconds(self) -> float:
        """From the first sign to the last."""
        return float(self.signs[-1]["milliseconds"]) / 1000 if self.signs else 0.0
