"""What a person's pictures add up to. All of it is counted in the database, in a constant number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.db.models import Aggregate, Count, F, Q, QuerySet
from django.db.models.functions import TruncDay, TruncWeek
from django.utils import timezone

from accounts.models import User
from recognition.models import Correction, Prediction
from worker.ml.labels import LABELS

Step = Literal["day", "week"]
SPANS: dict[Step, timedelta] = {"day": timedelta(days=30), "week": timedelta(weeks=26)}
"""How far back the course of time reaches, by its step."""


@dataclass(frozen=True)
class Score:
    """How many answers a person judged, and how many of them were right."""

    judged: int = 0
    right: int = 0

    @property
    def accuracy(self) -> float | None:
        """0..1; None while nothing was judged."""
        return self.right / self.judged if self.judged else None


@dataclass(frozen=True)
class LabelStatistics:
    """One class: ``count`` pictures were read as it; of those that truly show it, ``score`` says how many."""

    label: str
    count: int
    score: Score


@dataclass(frozen=True)
class Period:
    """A day or a week (from its Monday)."""

    start: date
    count: int
    score: Score


@dataclass(frozen=True)
class Mistake:
    """``said`` was answered ``count`` times where the picture showed ``meant``."""

    meant: str
    said: str
    count: int


@dataclass(frozen=True)
class Statistics:
    total: int
    by_state: dict[str, int]
    unsure: int
    """Answers of which the recogniser was not sure."""
    labels: list[LabelStatistics]
    """All 29, in their order."""
    score: Score
    mistakes: list[Mistake]
    """The most frequent first."""
    step: Step
    periods: list[Period]
    """Oldest first, without gaps, up to now."""

    @property
    def unsure_share(self) -> float | None:
        """Of all answers, 0..1; None while there is none."""
        answers = self.by_state.get(Prediction.State.SUCCEEDED, 0)
        return self.unsure / answers if answers else None


def statistics_of(*, owner: User, step: Step = "week") -> Statistics:
    """What ``owner`` has sent and how right the answers were, as they were corrected or confirmed."""
    own = Prediction.objects.owned_by(owner).order_by()
    states = own.values_list("state").annotate(count=Count("pk"), unsure=Count("pk", filter=Q(is_unsure=True)))
    by_state = {state: (count, unsure) for state, count, unsure in states}
    counts = dict(own.exclude(label="").values_list("label").annotate(count=Count("pk")))
    judged = (
        Correction.objects.filter(prediction__in=own.filter(state=Prediction.State.SUCCEEDED))
        .values_list("label", "prediction__label")
        .annotate(count=Count("pk"))
        .order_by("-count", "label", "prediction__label")
    )
    pairs = [Mistake(*row) for row in judged]
    return Statistics(
        total=sum(count for count, _unsure in by_state.values()),
        by_state={state: by_state.get(state, (0, 0))[0] for state in Prediction.State.values},
        unsure=sum(unsure for _count, unsure in by_state.values()),
        labels=[LabelStatistics(label, counts.get(label, 0), _score(pairs, label)) for label in LABELS],
        score=_score(pairs),
        mistakes=[pair for pair in pairs if pair.meant != pair.said],
        step=step,
        periods=periods_of(
            own,
            "created_at",
            step,
            count=Count("pk"),
            judged=Count("correction", filter=Q(state=Prediction.State.SUCCEEDED)),
            right=Count("pk", filter=Q(correction__label=F("label"))),
        ),
    )


def _score(pairs: list[Mistake], label: str | None = None) -> Score:
    """Of all pictures, or of those that show ``label``."""
    chosen = [pair for pair in pairs if label in (None, pair.meant)]
    return Score(
        judged=sum(pair.count for pair in chosen), right=sum(pair.count for pair in chosen if pair.meant == pair.said)
    )


def periods_of(
    rows: QuerySet[Any], moment: str, step: Step, *, count: Aggregate, judged: Aggregate, right: Aggregate
) -> list[Period]:
    """``rows`` by their field ``moment``, up to now and without gaps: what the three count in each day or week."""
    truncate = {"day": TruncDay, "week": TruncWeek}[step]
    length = timedelta(days=1) if step == "day" else timedelta(weeks=1)
    last = _start_of(timezone.localtime(), step)
    first = last - SPANS[step] + length
    counted = (
        rows.filter(**{f"{moment}__gte": first})
        .order_by()
        .values_list(truncate(moment))
        .annotate(count=count, judged=judged, right=right)
    )
    found = {start.date(): (all_of_it, Score(*score)) for start, all_of_it, *score in counted}
    starts = [(first + length * number).date() for number in range(SPANS[step] // length)]
    return [Period(start, *found.get(start, (0, Score()))) for start in starts]


def _start_of(moment: datetime, step: Step) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday()) if step == "week" else day
