"""People and their keys to the REST API."""

import hashlib
import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """A person who signs in. A class of our own from the first migration, so that it can grow."""


class ApiToken(models.Model):
    """A named key to the REST API. Only its SHA-256 is stored: the key itself is shown once, when it is issued."""

    PREFIX = "asl_"

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(cls, *, owner: User, name: str) -> tuple["ApiToken", str]:
        """Make a token. Returns its row and the key, which cannot be had again."""
        key = cls.PREFIX + secrets.token_urlsafe(32)
        return cls.objects.create(owner=owner, name=name, digest=cls.digest_of(key)), key

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

    def mark_used(self) -> None:
        """Note the time, at most once a minute: a client that polls shall not write a row each time."""
        now = timezone.now()
        if self.last_used_at is None or (now - self.last_used_at).total_seconds() > 60:
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)
