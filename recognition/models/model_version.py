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
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
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
