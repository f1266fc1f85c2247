"""A zip file on its way into a data set."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from recognition.models.dataset import Dataset


def archive_path(upload: "DatasetImport", filename: str) -> str:
    """Where it waits. The client's file name is never part of it."""
    return f"imports/{upload.dataset.name}-{timezone.now():%Y%m%d%H%M%S%f}.zip"


class DatasetImport(models.Model):
    """An uploaded archive.

    States and transitions, each a compare-and-set that returns whether it took place::

        QUEUED --claim--> RUNNING --succeed--> SUCCEEDED
                             '------fail-----> FAILED

    A RUNNING one whose message comes again is claimed anew: its worker died, and the import goes on where it was.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being read"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="imports")
    archive = models.FileField(
        "zip file",
        upload_to=archive_path,
        help_text="With folders named after classes: A to Z, space, del, nothing. Above them, perhaps, one a signer.",
    )
    signer = models.SlugField(
        max_length=60, blank=True, help_text="Who signs, where no folder says so. Judging needs to know."
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    progress = models.CharField(max_length=200, blank=True)
    report = models.TextField(blank=True, help_text="What was added, and what was not, and why.")
    error = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"Import {self.pk} into {self.dataset}"

    @property
    def is_finished(self) -> bool:
        return self.state in (self.State.SUCCEEDED, self.State.FAILED)

    def _move(self, allowed: Q, **changes: Any) -> bool:
        """Change this row in the database if it is ``allowed``; then mirror the change in memory."""
        if DatasetImport.objects.filter(allowed, pk=self.pk).update(**changes) != 1:
            return False
        self.refresh_from_db(fields=list(changes))
        return True

    def claim(self, *, redelivered: bool = False) -> bool:
        """QUEUED -> RUNNING. A message that comes ``redelivered`` proves its first worker dead: it may take over."""
        states = [self.State.QUEUED, self.State.RUNNING] if redelivered else [self.State.QUEUED]
        return self._move(Q(state__in=states), state=self.State.RUNNING)

    def tell(self, line: str) -> bool:
        return self._move(Q(state=self.State.RUNNING), progress=line[:200])

    def succeed(self, report: str) -> bool:
        """RUNNING -> SUCCEEDED, with what became of each file, in words."""
        return self._move(
            Q(state=self.State.RUNNING), state=self.State.SUCCEEDED, report=report, finished_at=timezone.now()
        )

    def fail(self, error: str) -> bool:
        """RUNNING -> FAILED, with a sentence for staff."""
        return self._move(
            Q(state=self.State.RUNNING), state=self.State.FAILED, error=error[:500], finished_at=timezone.now()
        )
