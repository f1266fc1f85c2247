"""What reviewers do with samples: judge them, those that look alike in one go, and take the last opinion back."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from recognition.models import Opinion, Sample
from recognition.models.sample import SampleQuerySet
from worker.ml.labels import INDEX, NAMES

REJECT = Opinion.Verdict.REJECT.value
FLAG = Opinion.Verdict.FLAG.value

MOST_ALIKE = 12
"""That are shown beside a picture, to be judged with it. More of them wait until it is their turn."""


class NoSuchAnswer(ValueError):
    """Neither a class nor one of the other answers."""


@dataclass(frozen=True)
class Judged:
    """What came of an answer: the samples that moved, none if somebody else was quicker or it said nothing new."""

    sample: Sample
    count: int
    answer: str = ""

    @property
    def sentence(self) -> str:
        if not self.count and self.answer == FLAG and self.sample.state == Sample.State.FLAGGED:
            return "That picture is flagged already. Nothing was changed."
        if not self.count:
            return "Somebody else has judged that picture meanwhile. Nothing was changed."
        also = f", and {self.count - 1} like it" if self.count > 1 else ""
        if self.sample.state == Sample.State.ACCEPTED:
            return f"Accepted as {NAMES[self.sample.label]}{also}."
        return f"{self.sample.get_state_display()}{also}."


def queue_of(reviewer: Any, *, flagged: bool = False) -> SampleQuerySet:
    """What waits for ``reviewer``, the most telling first; or what was flagged."""
    related = ("prediction__owner", "prediction__correction", "prediction__model_version")
    return _waiting_for(reviewer, flagged=flagged).select_related(*related).most_telling_first()


def alike_of(sample: Sample, *, reviewer: Any) -> list[Sample]:
    """What ``reviewer`` may judge with it, as many as can be seen at a glance."""
    return list(_alike(sample, reviewer)[:MOST_ALIKE])


def judge_sample(*, sample: Sample, by: Any, answer: str, alike: Collection[int] = ()) -> Judged:
    """Note what ``by`` says a picture shows: a class, :data:`REJECT` or :data:`FLAG`. So with those of ``alike``, which
    were shown with it, that are still like it. Raises :class:`NoSuchAnswer`."""
    if answer not in INDEX and answer not in (REJECT, FLAG):
        raise NoSuchAnswer
    verdict = Opinion.Verdict.ACCEPT if answer in INDEX else Opinion.Verdict(answer)
    label = answer if answer in INDEX else ""
    shown = list(_alike(sample, by).filter(pk__in=alike))
    moved = sample.judge(by=by, verdict=verdict, label=label)
    also = sum(one.judge(by=by, verdict=verdict, label=label) for one in shown) if moved else 0
    return Judged(sample, moved + also, answer)


def take_back(*, sample: Sample, by: Any) -> bool:
    """Undo ``by``'s last opinion on a sample, and those that were given with it to pictures like it."""
    alike = Sample.objects.usable().filter(group=sample.group, state=sample.state).exclude(pk=sample.pk)
    last = sample.opinions.order_by("-pk").first()
    if last is None or not sample.take_back(by=by):
        return False
    for one in alike:
        own = one.opinions.order_by("-pk").first()
        if own is not None and own.pk > last.pk and own.label == last.label:
            one.take_back(by=by)
    return True


def _waiting_for(reviewer: Any, *, flagged: bool) -> SampleQuerySet:
    return Sample.objects.flagged() if flagged else Sample.objects.awaiting(reviewer)


def _alike(sample: Sample, reviewer: Any) -> SampleQuerySet:
    return _waiting_for(reviewer, flagged=sample.state == Sample.State.FLAGGED).like(sample)
