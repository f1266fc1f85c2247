"""A zip file on its way into a data set."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from recognition.models.dataset import Dataset


def archive_path(upload: "DatasetImport", filename: str) -> str:
    """Where it waits. The client's file name is never part of it."""
    return f"imports/{upload.dataset.name}-{timezone.now():%Y%m%d%H%M%S%f}.zip"


class DatasetImportQuerySet(models.QuerySet["DatasetImport"]):
    def silent_since(self, age: timedelta) -> Self:
        """RUNNING rows whose worker has given no sign of life for ``age``."""
        silent = Q(heartbeat_at=None) | Q(heartbeat_at__lte=timezone.now() - age)
        return self.filter(silent, state=DatasetImport.State.RUNNING)

    def waiting_since(self, age: timedelta) -> Self:
        """QUEUED rows whose message was sent at least ``age`` ago."""
        return self.filter(state=DatasetImport.State.QUEUED, enqueued_at__lte=timezone.now() - age)


class DatasetImport(models.Model):
    """An uploaded archive.

    States and transitions, each a compare-and-set that returns whether it took place::

        QUEUED --claim--> RUNNING --succeed--> SUCCEEDED
                             |------fail-----> FAILED
                             |----requeue----> QUEUED    (its worker died; it goes on where it was)
                             '----give_up----> FAILED    (its worker died MAX_ATTEMPTS times)

    Whoever holds a RUNNING row is known by ``attempts``: a worker that was taken for dead can change nothing.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being read"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"

    MAX_ATTEMPTS = 3

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
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    enqueued_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DatasetImportQuerySet.as_manager()

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

    @property
    def _held(self) -> Q:
        return Q(state=self.State.RUNNING, attempts=self.attempts)

    def claim(self) -> bool:
        """QUEUED -> RUNNING."""
        return self._move(
            Q(state=self.State.QUEUED, attempts__lt=self.MAX_ATTEMPTS),
            state=self.State.RUNNING,
            heartbeat_at=timezone.now(),
            attempts=F("attempts") + 1,
        )

    def tell(self, line: str) -> bool:
        """Note how far it is; False if the row is no longer ours."""
        return self._move(self._held, progress=line[:200], heartbeat_at=timezone.now())

    def succeed(self, report: str) -> bool:
        """RUNNING -> SUCCEEDED, with what became of each file, in words."""
        return self._move(self._held, state=self.State.SUCCEEDED, report=report, finished_at=timezone.now())

    def fail(self, error: str) -> bool:
        """RUNNING -> FAILED, with a sentence for staff."""
        return self._move(self._held, state=self.State.FAILED, error=error[:500], finished_at=timezone.now())

    def requeue(self) -> bool:
        """RUNNING -> QUEUED, as its worker died and it has attempts left."""
        return self._move(
            self._held & Q(attempts__lt=self.MAX_ATTEMPTS), state=self.State.QUEUED, enqueued_at=timezone.now()
        )

    def give_up(self) -> bool:
        """RUNNING -> FAILED, as its worker died and it has no attempts left."""
        return self._move(
            self._held & Q(attempts__gte=self.MAX_ATTEMPTS),
            state=self.State.FAILED,
            finished_at=timezone.now(),
            error=f"Its worker died {self.MAX_ATTEMPTS} times while it was read. See the worker's log; a picture or an "
            "archive that is too large for its memory is likely. What was read before is kept: upload the rest.",
        )

    def mark_enqueued(self) -> bool:
        """QUEUED -> QUEUED: its message was lost and is sent again. Of two that try at once, one succeeds."""
        return self._move(Q(state=self.State.QUEUED, enqueued_at=self.enqueued_at), enqueued_at=timezone.now())
