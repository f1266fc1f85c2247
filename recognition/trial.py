"""How a candidate on trial does beside the active version: what both answered since it began, and what people said."""

from dataclasses import dataclass

from django.db.models import Count, F, Q

from recognition.models import ModelVersion, Prediction, SecondReading
from recognition.models.prediction import PredictionQuerySet


@dataclass(frozen=True)
class Answers:
    """Of one version, since the trial began: pictures that it answered, how many of them unsurely, how many their
    owners have judged, and how many of those they corrected."""

    answered: int = 0
    unsure: int = 0
    judged: int = 0
    corrected: int = 0

    @property
    def unsure_share(self) -> float | None:
        return self.unsure / self.answered if self.answered else None

    @property
    def correction_rate(self) -> float | None:
        """Of the judged ones; None while there are none."""
        return self.corrected / self.judged if self.judged else None


@dataclass(frozen=True)
class Trial:
    """``compared`` pictures were read by both versions, with the same answer for ``agreeing`` of them. Of those among
    them that their owners ``judged``, so many did either version name as the owner does."""

    version: ModelVersion
    canary: Answers
    active: Answers
    compared: int
    agreeing: int
    judged: int
    canary_right: int
    active_right: int

    @property
    def agreement(self) -> float | None:
        return self.agreeing / self.compared if self.compared else None


def trial_of(version: ModelVersion) -> Trial | None:
    """Of the trial that is under way, else of the last one; None if there was none. Three queries.

    Whatever another version answered meanwhile, the active one did: a trial ends when that changes.
    """
    if version.canary_since is None:
        return None
    within = Q(created_at__gte=version.canary_since)
    if version.canary_until is not None:
        within &= Q(created_at__lt=version.canary_until)
    succeeded = Prediction.objects.present().filter(within, state=Prediction.State.SUCCEEDED)
    answered = succeeded.filter(is_adapted=False).order_by()  # people with a model of their own get its answers
    by_canary = answered.filter(model_version=version)
    said = "prediction__correction__label"
    both = SecondReading.objects.filter(prediction__in=by_canary).order_by()
    counts = both.aggregate(
        compared=Count("pk"),
        agreeing=Count("pk", filter=Q(label=F("prediction__label"))),
        judged=Count(said),
        canary_right=Count("pk", filter=Q(**{said: F("prediction__label")})),
        active_right=Count("pk", filter=Q(**{said: F("label")})),
    )
    return Trial(version, _answers(by_canary), _answers(answered.exclude(model_version=version)), **counts)


def _answers(predictions: PredictionQuerySet) -> Answers:
    was_corrected = Q(correction__isnull=False) & ~Q(correction__label=F("label"))
    counts = predictions.aggregate(
        answered=Count("pk"),
        unsure=Count("pk", filter=Q(is_unsure=True)),
        judged=Count("correction"),
        corrected=Count("pk", filter=was_corrected),
    )
    return Answers(**counts)
