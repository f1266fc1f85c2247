"""Pictures that may teach: what their owners and staff say that they show."""

from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, Exists, F, FloatField, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Consent
from recognition.models.correction import Correction
from recognition.models.prediction import Prediction
from worker.ml.labels import NAMES


class SampleQuerySet(models.QuerySet["Sample"]):
    def usable(self) -> Self:
        """Whose picture is present and whose owner's consent stands, under the present wording."""
        consents = Consent.objects.in_force().filter(person=OuterRef("prediction__owner"))
        return self.filter(Exists(consents), prediction__deleted_at=None, prediction__owner__is_active=True)

    def accepted(self) -> Self:
        return self.filter(state=Sample.State.ACCEPTED)

    def awaiting(self, reviewer: Any) -> Self:
        """What ``reviewer`` may judge: what is pending, and disputed ones that somebody else judged first."""
        own = Opinion.objects.filter(sample=OuterRef("pk"), reviewer=reviewer)
        open_to_them = Q(state=Sample.State.PENDING) | Q(~Exists(own), state=Sample.State.DISPUTED)
        return self.usable().filter(open_to_them)

    def flagged(self) -> Self:
        return self.usable().filter(state=Sample.State.FLAGGED)

    def like(self, sample: "Sample") -> Self:
        """The others of the query that look like ``sample`` and stand to be accepted as the same class."""
        others = self.filter(group=sample.group, state=sample.state).exclude(pk=sample.pk)
        offered_as = Coalesce("prediction__correction__label", "prediction__label")
        return others.annotate(offered_as=offered_as).filter(offered_as=sample.claim)

    def most_telling_first(self) -> Self:
        """Disputed ones, then by how unsure the model was, whether its owner disagrees, and how rare the class is."""
        accepted = Sample.objects.accepted().order_by().values_list("label")
        counts = dict(accepted.annotate(count=models.Count("pk")))
        most = max(counts.values(), default=0) or 1
        common = [When(offered_as=label, then=Value(count / most)) for label, count in counts.items()]
        disputed = Case(When(state=Sample.State.DISPUTED, then=Value(4.0)), default=Value(0.0))
        contrary = Case(
            When(Q(prediction__correction__label__isnull=True) | Q(offered_as=F("prediction__label")), then=Value(0.0)),
            default=Value(1.0),
        )
        return self.annotate(
            offered_as=Coalesce("prediction__correction__label", "prediction__label"),
            telling=disputed
            + contrary
            - Coalesce("prediction__confidence", Value(0.0))
            - Case(*common, default=Value(0.0), output_field=FloatField()),
        ).order_by("-telling", "pk")


class Sample(models.Model):
    """A picture offered for training, on its way to a label that people agree on.

    States and transitions, each a compare-and-set that returns whether it took place::

        PENDING --judge--> ACCEPTED | DISPUTED | REJECTED | FLAGGED
                DISPUTED: the reviewer contradicts the owner; somebody else has the last word
        DISPUTED --judge--> ACCEPTED (where it sides with either) | FLAGGED (a third answer) | REJECTED
        FLAGGED --judge--> ACCEPTED | REJECTED
        any --take_back--> what it was before the last opinion, by whoever gave it
        any --reopen--> PENDING (its owner has changed their word)

    It goes when its prediction goes. While its owner's consent is withdrawn it is in no queue and no new data set.
    """

    class State(models.TextChoices):
        PENDING = "pending", "To be reviewed"
        DISPUTED = "disputed", "Needs a second opinion"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        FLAGGED = "flagged", "Flagged"

    prediction = models.OneToOneField(Prediction, on_delete=models.CASCADE, related_name="sample")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    label = models.CharField(max_length=10, blank=True, help_text="The class that people agree on, once accepted.")
    perceptual_hash = models.CharField(max_length=16, editable=False)
    group = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Pictures of one person that look alike share it: the first one's number."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SampleQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "label"], name="sample_state"),
            models.Index(fields=["group"], name="sample_group"),
        ]
        permissions = [("review_samples", "Can review pictures for training")]

    def __str__(self) -> str:
        return f"Sample {self.pk}: {self.label or self.get_state_display()}"

    @property
    def word(self) -> str:
        """The class that its owner says it shows; empty if they said nothing."""
        correction: Correction | None = getattr(self.prediction, "correction", None)
        return correction.label if correction else ""

    @property
    def claim(self) -> str:
        """What stands to be accepted: the owner's word, else the model's guess."""
        return self.word or self.prediction.label

    @property
    def claim_name(self) -> str:
        return NAMES.get(self.claim, self.claim)

    @property
    def signer(self) -> str:
        """Its owner under a name that tells strangers nothing."""
        return f"person-{self.prediction.owner_id}"

    def judge(self, *, by: Any, verdict: "Opinion.Verdict", label: str = "") -> bool:
        """Note an opinion and move as the class says; False if somebody else was quicker, it is not theirs, or it would
        change nothing."""
        follows = self._follows(verdict, label)
        if follows == self.state:
            return False
        with transaction.atomic():
            allowed = Sample.objects.filter(pk=self.pk, state=self.state)
            if self.state == self.State.DISPUTED:
                allowed = allowed.exclude(opinions__reviewer=by)
            if self.state in (self.State.ACCEPTED, self.State.REJECTED) or not allowed.exists():
                return False
            agreed = label if follows == self.State.ACCEPTED else ""
            moved = Sample.objects.filter(pk=self.pk, state=self.state).update(
                state=follows, label=agreed, decided_at=timezone.now()
            )
            if moved != 1:
                return False
            Opinion.objects.create(sample=self, reviewer=by, verdict=verdict, label=label, found=self.state)
        self.refresh_from_db(fields=["state", "label", "decided_at"])
        return True

    def take_back(self, *, by: Any) -> bool:
        """Undo the last opinion, if it is ``by``'s: what it had found stands again."""
        last = self.opinions.order_by("-pk").first()
        if last is None or last.reviewer_id != by.pk:
            return False
        with transaction.atomic():
            moved = Sample.objects.filter(pk=self.pk, state=self.state).update(state=last.found, label="")
            if moved == 1:
                last.delete()
        return moved == 1

    @classmethod
    def reopen(cls, *, prediction: Prediction) -> bool:
        """Any state -> PENDING, as its owner has changed their word. Opinions on the former one are dropped."""
        with transaction.atomic():
            Opinion.objects.filter(sample__prediction=prediction).delete()
            return cls.objects.filter(prediction=prediction).update(state=cls.State.PENDING, label="") == 1

    def _follows(self, verdict: "Opinion.Verdict", label: str) -> "Sample.State":
        if verdict == Opinion.Verdict.REJECT:
            return self.State.REJECTED
        if verdict == Opinion.Verdict.FLAG:
            return self.State.FLAGGED
        if self.state == self.State.PENDING:
            return self.State.DISPUTED if self.word and label != self.word else self.State.ACCEPTED
        if self.state == self.State.DISPUTED:
            said = {self.word, *self.opinions.values_list("label", flat=True)}
            return self.State.ACCEPTED if label in said else self.State.FLAGGED
        return self.State.ACCEPTED


class Opinion(models.Model):
    """What one reviewer said of a sample, and which state it had then."""

    class Verdict(models.TextChoices):
        ACCEPT = "accept", "Shows"
        REJECT = "reject", "Is of no use"
        FLAG = "flag", "Needs a closer look"

    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="opinions")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="opinions"
    )
    verdict = models.CharField(max_length=10, choices=Verdict)
    label = models.CharField(max_length=10, blank=True, choices=Correction.LABELS)
    found = models.CharField(max_length=10, choices=Sample.State)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["sample", "reviewer", "found"], name="one_opinion_a_round")]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} {self.label}".strip()
