"""Trained models that the site knows."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.db import IntegrityError, models, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

if TYPE_CHECKING:
    from recognition.models.training_run import TrainingRun


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> Self:
        return self.filter(state=ModelVersion.State.ACTIVE)

    def canary(self) -> Self:
        """The candidate that answers a share of the pictures; one at most."""
        return self.filter(canary_share__gt=0)

    def end_trial(self) -> int:
        """For those of the query that are on trial; returns how many were."""
        return self.canary().update(canary_share=0, canary_until=timezone.now())


class ModelVersion(models.Model):
    """One artefact on disk that the workers can serve.

    States: CANDIDATE (trained, not served) -> ACTIVE (served; one at most) -> ARCHIVED (was served; may be again).

    A candidate may be on trial: as the canary it answers ``canary_share`` per cent of the new pictures, from
    ``canary_since`` until ``canary_until``. Whatever changes the active version ends the trial, as there is nothing
    left to compare with.
    """

    LARGEST_CANARY_SHARE = 50
    COMPARED_WITHIN = timedelta(minutes=30)
    """A comparison that has not ended by then was lost, and may be asked for anew."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        ACTIVE = "active", "Active"
        ARCHIVED = "archived", "Archived"

    name = models.CharField(max_length=100, unique=True, help_text="Family, preset and fingerprint, as in its card.")
    family = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.CANDIDATE)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of all in its artefact that decides on answers.")
    directory = models.CharField(
        max_length=500, help_text="Folder of the artefact on the workers' disk; empty: the shipped one.", blank=True
    )
    metrics = models.JSONField(default=dict)
    card = models.TextField(blank=True, help_text="The model card, in Markdown.")
    comparison = models.JSONField(
        default=dict, blank=True, help_text="Its answers beside those of the version that was active when it was made."
    )
    base = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="retrained",
        help_text="What it grew from.",
    )
    replaced = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Where rolling back leads.",
    )
    canary_share = models.PositiveSmallIntegerField(
        default=0, help_text="Per cent of the new pictures that it answers while it is on trial; 0: it is not."
    )
    canary_since = models.DateTimeField(null=True, blank=True)
    canary_until = models.DateTimeField(null=True, blank=True)
    canary_error = models.CharField(
        max_length=300, blank=True, help_text="Why it could not answer when it last should have."
    )
    comparison_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it waits to be compared with the active version again."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [
            ("promote_models", "Can promote model versions and roll back"),
            ("download_models", "Can download the files of model versions"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="active"), name="at_most_one_active_model_version"
            ),
            models.UniqueConstraint(Case(When(canary_share__gt=0, then=Value(1))), name="at_most_one_canary"),
            models.CheckConstraint(
                condition=Q(canary_share=0) | Q(state="candidate", canary_share__lte=50),
                name="a_canary_is_a_candidate",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def activate(self) -> None:
        """CANDIDATE or ARCHIVED -> ACTIVE; what was active becomes ARCHIVED in the same transaction."""
        with transaction.atomic():
            ModelVersion.objects.end_trial()
            ModelVersion.objects.active().exclude(pk=self.pk).update(state=self.State.ARCHIVED)
            ModelVersion.objects.filter(pk=self.pk).update(state=self.State.ACTIVE, canary_share=0)
        self.state = self.State.ACTIVE

    @classmethod
    def promote(cls, *, version: "ModelVersion", instead_of: "ModelVersion | None") -> bool:
        """CANDIDATE or ARCHIVED -> ACTIVE, if ``instead_of`` still is the active one: rolling back leads there."""
        with transaction.atomic():
            if not cls._archive(instead_of):
                return False
            cls.objects.end_trial()
            promoted = cls.objects.exclude(state=cls.State.ACTIVE).filter(pk=version.pk)
            promoted.update(state=cls.State.ACTIVE, replaced=instead_of, canary_share=0)  # if it was begun just now
        version.refresh_from_db()
        return True

    @classmethod
    def roll_back(cls, *, version: "ModelVersion") -> bool:
        """ACTIVE -> ARCHIVED, and what it had replaced is ACTIVE again; False if it is no longer the active one."""
        with transaction.atomic():
            if version.replaced_id is None or not cls._archive(version):
                return False
            cls.objects.end_trial()
            cls.objects.filter(pk=version.replaced_id).update(state=cls.State.ACTIVE)
        version.refresh_from_db()
        return True

    def start_canary(self, *, share: int) -> bool:
        """Let a CANDIDATE answer ``share`` per cent of the new pictures; a trial that is under way goes on with it.

        False if it is no candidate, or another one is on trial.
        """
        now = timezone.now()
        goes_on = When(canary_share__gt=0, then=F("canary_since"))
        try:
            with transaction.atomic():
                candidates = ModelVersion.objects.filter(pk=self.pk, state=self.State.CANDIDATE)
                begun = candidates.update(
                    canary_share=share,
                    canary_since=Case(goes_on, default=Value(now)),
                    canary_until=None,
                    canary_error="",
                )
        except IntegrityError:
            return False
        self.refresh_from_db()
        return begun == 1

    def tell_canary_error(self, error: str) -> None:
        """For the page on its trial."""
        ModelVersion.objects.filter(pk=self.pk).update(canary_error=error[:300])

    @property
    def made_by(self) -> "TrainingRun | None":
        """The training that made it; None for a version that came otherwise."""
        return self.training_runs.filter(note="").select_related("data__dataset").first()

    def ask_to_compare(self) -> bool:
        """Note that it waits to be compared again; False if it does so already and not for too long."""
        now = timezone.now()
        free = Q(comparison_asked_at=None) | Q(comparison_asked_at__lt=now - self.COMPARED_WITHIN)
        asked = ModelVersion.objects.filter(free, pk=self.pk).update(comparison_asked_at=now)
        self.refresh_from_db(fields=["comparison_asked_at"])
        return asked == 1

    @property
    def is_being_compared(self) -> bool:
        asked = self.comparison_asked_at
        return asked is not None and asked > timezone.now() - self.COMPARED_WITHIN

    @classmethod
    def _archive(cls, version: "ModelVersion | None") -> bool:
        """Make room for another active one: of two who try at once, one succeeds."""
        if version is None:
            return not cls.objects.active().exists()
        return cls.objects.active().filter(pk=version.pk).update(state=cls.State.ARCHIVED) == 1
