"""What adapts the active model to one person's hand."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from recognition.models.model_version import ModelVersion
from recognition.models.prediction import Prediction


class PersonalModelQuerySet(models.QuerySet["PersonalModel"]):
    def parameters_for(self, *, owner: Any, version: ModelVersion) -> bytes:
        """What is to be applied to this person's pictures read by ``version``; empty if nothing is."""
        found = self.filter(owner=owner, base=version, is_on=True).values_list("parameters", flat=True).first()
        return bytes(found or b"")

    def learning_from(self, predictions: Iterable[UUID]) -> Self:
        """Those that learnt from one of these pictures, or may be about to."""
        ids = list(predictions)
        owners = Prediction.objects.filter(pk__in=ids).values("owner")
        learnt = PersonalModel.learnt_from.through.objects.filter(prediction__in=ids).values("personalmodel")
        return self.filter(Q(pk__in=learnt) | Q(owner__in=owners, state=PersonalModel.State.RUNNING))

    def outdated(self) -> Self:
        """Finished ones whose base is no longer the active version; each is tried again once a minute at most."""
        if not ModelVersion.objects.active().exists():
            return self.none()
        finished = self.filter(state__in=[PersonalModel.State.READY, PersonalModel.State.FAILED])
        of_another = finished.exclude(base__state=ModelVersion.State.ACTIVE)
        return of_another.filter(finished_at__lte=timezone.now() - PersonalModel.AGAIN_AFTER)

    def waiting_since(self, age: timedelta) -> Self:
        """QUEUED rows whose message was sent at least ``age`` ago."""
        return self.filter(state=PersonalModel.State.QUEUED, asked_at__lte=timezone.now() - age)

    def running_since(self, age: timedelta) -> Self:
        """RUNNING rows that were claimed at least ``age`` ago."""
        return self.filter(state=PersonalModel.State.RUNNING, claimed_at__lte=timezone.now() - age)


class PersonalModel(models.Model):
    """A person's private adaptation of one model version, learnt from pictures whose letters they told.

    States and transitions, each a compare-and-set that returns whether it took place::

        QUEUED --claim--> RUNNING --succeed--> READY
                             |-------fail----> FAILED    (too few pictures, say)
                             |-----give_up---> FAILED    (its worker died, and it has no attempt left)
                             '-----requeue---> QUEUED    (its worker died)
        any --ask--> QUEUED         (it stays in use until the new one is there)
        any --forget--> QUEUED      (a picture that it learnt from is gone, or shows something else: dropped at once)

    A request is known by ``asked_at``: a worker that carries out an older one can change nothing. ``parameters`` are
    applied while ``is_on`` and only to answers of ``base``; they are empty where an adaptation would not help.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be made"

    MAX_ATTEMPTS = 3
    AGAIN_AFTER = timedelta(minutes=1)

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="personal_model")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    is_on = models.BooleanField(default=True)
    base = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="personal_models"
    )
    parameters = models.BinaryField(default=b"", help_text="As worker.ml.personal writes them.")
    learnt_from = models.ManyToManyField(Prediction, related_name="+", blank=True)
    figures = models.JSONField(
        default=dict, blank=True, help_text="Samples, and how many of them were right before and after, by letter."
    )
    error = models.CharField(max_length=300, blank=True, help_text="Why there is none, as a sentence for the person.")

    objects = PersonalModelQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "asked_at"], name="personal_model_state")]

    def __str__(self) -> str:
        return f"Personal model of {self.owner_id}"

    @property
    def is_finished(self) -> bool:
        return self.state in (self.State.READY, self.State.FAILED)

    @property
    def helps(self) -> bool:
        """Whether there is anything to switch on: what was learnt was right more often on held-out samples."""
        return bool(self.parameters)

    def _move(self, allowed: Q, **changes: Any) -> bool:
        """Change this row if it is in an ``allowed`` state and carries out the same request; then mirror it here."""
        if PersonalModel.objects.filter(allowed, pk=self.pk, asked_at=self.asked_at).update(**changes) != 1:
            return False
        self.refresh_from_db(fields=list(changes))
        return True

    def ask(self) -> None:
        """Any state -> QUEUED: what is in use stays so until it is replaced."""
        self.asked_at = timezone.now()
        PersonalModel.objects.filter(pk=self.pk).update(
            state=self.State.QUEUED, asked_at=self.asked_at, attempts=0, error=""
        )
        self.refresh_from_db()

    def forget(self) -> None:
        """Any state -> QUEUED, and what was learnt is gone at once."""
        self.learnt_from.clear()
        PersonalModel.objects.filter(pk=self.pk).update(parameters=b"", figures={})
        self.ask()

    def switch(self, *, is_on: bool) -> None:
        """Apply it to what is read from now on, or not."""
        PersonalModel.objects.filter(pk=self.pk).update(is_on=is_on)
        self.is_on = is_on

    def claim(self, *, redelivered: bool = False) -> bool:
        """QUEUED -> RUNNING. A message that comes ``redelivered`` proves its first worker dead: it may take over."""
        states = [self.State.QUEUED, self.State.RUNNING] if redelivered else [self.State.QUEUED]
        return self._move(
            Q(state__in=states, attempts__lt=self.MAX_ATTEMPTS),
            state=self.State.RUNNING,
            claimed_at=timezone.now(),
            attempts=F("attempts") + 1,
        )

    def succeed(
        self,
        *,
        base: ModelVersion,
        parameters: bytes,
        figures: Mapping[str, Any],
        learnt_from: Iterable[Prediction],
    ) -> bool:
        """RUNNING -> READY. ``parameters`` are empty where they would not help."""
        with transaction.atomic():  # whoever deletes a picture sees either that it runs or what it learnt from
            done = self._move(
                Q(state=self.State.RUNNING),
                state=self.State.READY,
                finished_at=timezone.now(),
                base=base,
                parameters=parameters,
                figures=dict(figures),
                error="",
            )
            if done:
                self.learnt_from.set(learnt_from)
        return done

    def fail(self, error: str, *, base: ModelVersion | None) -> bool:
        """RUNNING -> FAILED, with a sentence for the person. Nothing of an earlier one stays in use."""
        done = self._move(
            Q(state=self.State.RUNNING),
            state=self.State.FAILED,
            finished_at=timezone.now(),
            base=base,
            parameters=b"",
            figures={},
            error=error[:300],
        )
        if done:
            self.learnt_from.clear()
        return done

    def requeue(self) -> bool:
        """RUNNING -> QUEUED, for a row whose worker died and that has attempts left."""
        return self._move(
            Q(state=self.State.RUNNING, attempts__lt=self.MAX_ATTEMPTS),
            state=self.State.QUEUED,
            asked_at=timezone.now(),
        )

    def give_up(self) -> bool:
        """RUNNING -> FAILED, for a row whose worker died and that has no attempts left."""
        return self._move(
            Q(state=self.State.RUNNING, attempts__gte=self.MAX_ATTEMPTS),
            state=self.State.FAILED,
            finished_at=timezone.now(),
            error=f"Learning from these pictures stopped the worker {self.MAX_ATTEMPTS} times. Try again later.",
        )

    def mark_enqueued(self) -> bool:
        """QUEUED -> QUEUED: its message was lost and is sent again. Of two that try at once, one succeeds."""
        return self._move(Q(state=self.State.QUEUED), asked_at=timezone.now())
