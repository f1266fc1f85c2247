"""People and their keys to the REST API."""

import hashlib
import logging
import secrets
from datetime import timedelta
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, OperationalError, models, transaction
from django.utils import timezone

from accounts.consents import TRAINING
from accounts.validators import refuse_control_characters

logger = logging.getLogger(__name__)


class User(AbstractUser):
    """A person who signs in."""

    class SigningHand(models.TextChoices):
        NOT_SAID = "", "I would rather not say"
        RIGHT = "right", "Right"
        LEFT = "left", "Left"
        BOTH = "both", "Either"

    class Appearance(models.TextChoices):
        SYSTEM = "system", "As my device has it"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    display_name = models.CharField(
        max_length=60,
        blank=True,
        validators=[refuse_control_characters],
        help_text="How the site calls you. Without one it uses your username.",
    )
    signing_hand = models.CharField(
        max_length=5,
        choices=SigningHand,
        blank=True,
        help_text="The hand you fingerspell with. Both are read alike; it helps to check that this is so.",
    )
    appearance = models.CharField(max_length=6, choices=Appearance, default=Appearance.SYSTEM)

    @property
    def shown_name(self) -> str:
        return self.display_name or self.username

    @property
    def allows_training(self) -> bool:
        """Whether this person's pictures may be used for training, under the present wording."""
        return self.consents.in_force().exists()


class ConsentQuerySet(models.QuerySet["Consent"]):
    def in_force(self) -> Self:
        return self.filter(withdrawn_at=None, text_version=TRAINING.version)


class Consent(models.Model):
    """That somebody agreed to training with their pictures: to which wording, from when, until when.

    States: in force -> withdrawn. Saying yes again makes a new row, so that the rows tell the whole story.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    text_version = models.CharField(max_length=20)
    given_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "text_version"],
                condition=models.Q(withdrawn_at=None),
                name="at_most_one_consent_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"Training, wording of {self.text_version}"

    @classmethod
    def give(cls, *, person: User) -> bool:
        """Record a yes to the present wording. Returns whether it is new."""
        try:
            with transaction.atomic():
                cls.objects.create(person=person, text_version=TRAINING.version)
        except IntegrityError:  # said before, or twice at once
            return False
        return True

    @classmethod
    def withdraw(cls, *, person: User) -> bool:
        """In force -> withdrawn, whichever wording it was. Returns whether there was any."""
        return cls.objects.filter(person=person, withdrawn_at=None).update(withdrawn_at=timezone.now()) > 0


class ApiToken(models.Model):
    """A named key to the REST API. Only its SHA-256 is stored: the key itself is shown once, when it is issued."""

    PREFIX = "asl_"
    ASKED_TWICE = timedelta(seconds=5)

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(cls, *, owner: User, name: str) -> tuple["ApiToken", str]:
        """Make a token. Returns its row and the key, which cannot be had again."""
        key = cls.PREFIX + secrets.token_urlsafe(32)
        return cls.objects.create(owner=owner, name=name, digest=cls.digest_of(key)), key

    @classmethod
    def was_just_issued(cls, *, owner: User, name: str) -> bool:
        """The same name, from the same person a moment later, is a double click."""
        return cls.objects.filter(owner=owner, name=name, created_at__gt=timezone.now() - cls.ASKED_TWICE).exists()

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

    def mark_used(self) -> None:
        """Note the time, at most once a minute: a client that polls shall not write a row each time.

        Where a full or busy database takes no row, it goes unnoted: what the client asked for may be readable.
        """
        now = timezone.now()
        if self.last_used_at is not None and (now - self.last_used_at).total_seconds() <= 60:
            return
        try:
            with transaction.atomic():
                ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)
        except OperationalError as error:
            logger.warning("The use of API token %s was not noted: %s", self.pk, error)
