"""What models are trained on: a collection under a name, and its frozen versions."""

from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.template.defaultfilters import pluralize

from recognition.models.sample import Sample
from worker.ml.manifest import MANIFEST_NAME, UNKNOWN_SIGNER


class Dataset(models.Model):
    """A collection that grows: accepted pictures of the site's people, and what was imported under its name."""

    name = models.SlugField(max_length=60, unique=True, help_text="Small letters, digits, - and _.")
    description = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="datasets"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def imported_path(self) -> Path:
        """The manifest of what was imported; it need not be there."""
        return Path(settings.MEDIA_ROOT) / "datasets" / self.name / MANIFEST_NAME


class Left(Exception):
    """Pictures of a version have left it meanwhile. A sentence for staff."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} of its pictures {pluralize(count, 'has,have')} left the data: a consent was withdrawn, or "
            "something deleted. Make a new version and train on that."
        )


class DatasetVersionQuerySet(models.QuerySet["DatasetVersion"]):
    def counting_present(self) -> Self:
        """With how many samples are still here, so that of a list each is not asked for what has left it."""
        present = Sample.objects.usable().order_by().filter(dataset_versions=OuterRef("pk")).values("dataset_versions")
        counted = present.annotate(count=Count("pk")).values("count")
        return self.annotate(present=Coalesce(Subquery(counted), 0))


class DatasetVersion(models.Model):
    """What a data set held at one moment. It never changes, but people may leave it.

    The manifest on disk names each picture with its checksum and class; ``samples`` are those that are still here.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 over classes and checksums of all pictures.")
    pictures = models.PositiveIntegerField()
    imported = models.PositiveIntegerField(default=0, help_text="Those that came by import, of nobody here.")
    by_class = models.JSONField(default=dict, help_text="Pictures of each class.")
    by_signer = models.JSONField(default=dict, help_text="Pictures of each class, by signer.")
    samples = models.ManyToManyField(Sample, related_name="dataset_versions")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    present: int | None = None
    """Samples that were still here when it was read by ``counting_present``."""

    objects = DatasetVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="one_version_a_number")]

    def __str__(self) -> str:
        return f"{self.dataset.name}, version {self.number}"

    @property
    def manifest_path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "dataset-versions" / str(self.pk) / MANIFEST_NAME

    @property
    def left(self) -> int:
        """How many of its pictures have left since: consent withdrawn, picture or account deleted."""
        present = self.samples.usable().count() if self.present is None else self.present
        return self.pictures - self.imported - present

    def refuse_if_left(self) -> None:
        """Raise :class:`Left` if any of its pictures have left since."""
        left = self.left
        if left > 0:
            raise Left(left)

    @property
    def signers(self) -> int:
        """How many are known."""
        return len(self.by_signer.keys() - {UNKNOWN_SIGNER})
