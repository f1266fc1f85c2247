"""Trained models that the site knows."""

from typing import Self

from django.db import models, transaction


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> Self:
        return self.filter(state=ModelVersion.State.ACTIVE)


class ModelVersion(models.Model):
    """One artefact on disk that the workers can serve.

    States: CANDIDATE (trained, not served) -> ACTIVE (served; one at most) -> ARCHIVED (was served; may be again).
    """

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        ACTIVE = "active", "Active"
        ARCHIVED = "archived", "Archived"

    name = models.CharField(max_length=100, unique=True, help_text="Family, preset and fingerprint, as in its card.")
    family = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.CANDIDATE)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the artefact's list of files and checksums.")
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
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [("promote_models", "Can promote model versions and roll back")]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="active"), name="at_most_one_active_model_version"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def activate(self) -> None:
        """CANDIDATE or ARCHIVED -> ACTIVE; what was active becomes ARCHIVED in the same transaction."""
        with transaction.atomic():
            ModelVersion.objects.active().exclude(pk=self.pk).update(state=self.State.ARCHIVED)
            ModelVersion.objects.filter(pk=self.pk).update(state=self.State.ACTIVE)
        self.state = self.State.ACTIVE

    @classmethod
    def promote(cls, *, version: "ModelVersion", instead_of: "ModelVersion | None") -> bool:
        """CANDIDATE or ARCHIVED -> ACTIVE, if ``instead_of`` still is the active one: rolling back leads there."""
        with transaction.atomic():
            if not cls._archive(instead_of):
                return False
            promoted = cls.objects.exclude(state=cls.State.ACTIVE).filter(pk=version.pk)
            promoted.update(state=cls.State.ACTIVE, replaced=instead_of)
        version.refresh_from_db()
        return True

    @classmethod
    def roll_back(cls, *, version: "ModelVersion") -> bool:
        """ACTIVE -> ARCHIVED, and what it had replaced is ACTIVE again; False if it is no longer the active one."""
        with transaction.atomic():
            if version.replaced_id is None or not cls._archive(version):
                return False
            cls.objects.filter(pk=version.replaced_id).update(state=cls.State.ACTIVE)
        version.refresh_from_db()
        return True

    @classmethod
    def _archive(cls, version: "ModelVersion | None") -> bool:
        """Make room for another active one: of two who try at once, one succeeds."""
        if version is None:
            return not cls.objects.active().exists()
        return cls.objects.active().filter(pk=version.pk).update(state=cls.State.ARCHIVED) == 1
