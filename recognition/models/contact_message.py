"""What people wrote to those who run the site."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone


class ContactMessageQuerySet(models.QuerySet["ContactMessage"]):
    def open(self) -> Self:
        return self.filter(handled_at=None)

    def mark_handled(self) -> int:
        """Open -> handled, for each row of the query; returns how many were open."""
        return self.open().update(handled_at=timezone.now())


class ContactMessage(models.Model):
    """A message from the contact page. States: open -> handled. It goes when its sender's account goes."""

    MAX_LENGTH = 5000
    SENT_TWICE = timedelta(minutes=10)

    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="contact_messages",
        help_text="Empty: somebody who was not signed in.",
    )
    email = models.EmailField(
        "email address", blank=True, help_text="Only if you want an answer. It is used for nothing else."
    )
    text = models.TextField("message", max_length=MAX_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ContactMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="contact_message_newest")]

    def __str__(self) -> str:
        return f"Message of {self.created_at:%Y-%m-%d %H:%M}"

    @classmethod
    def receive(cls, *, sender: Any, email: str, text: str) -> bool:
        """Store a message. The same one again, from the same sender a moment later, is a double click: not stored."""
        same = cls.objects.filter(sender=sender, email=email, text=text, created_at__gt=timezone.now() - cls.SENT_TWICE)
        if same.exists():
            return False
        cls.objects.create(sender=sender, email=email, text=text)
        return True
