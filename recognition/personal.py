"""Personal models: record samples, ask for one, switch it, delete it."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from recognition.models import PersonalModel, Prediction
from recognition.services import request_prediction
from worker import tasks
from worker.ml.config import FEWEST_JUDGED
from worker.ml.labels import LABELS, NAMES, NOTHING

LETTERS: Final = tuple(label for label in LABELS if label != NOTHING)
"""What can be recorded: a picture without a hand says nothing about anybody's."""

ENOUGH: Final = 3
"""Samples of a letter that the page asks for."""


class NoLetter(ValueError):
    """This cannot be recorded. ``str()`` is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Letter:
    """How many samples of a letter there are; ``waiting`` are not read yet, and may turn out to show no hand."""

    label: str
    name: str
    samples: int
    waiting: int

    @property
    def is_enough(self) -> bool:
        return self.samples + self.waiting >= ENOUGH


@dataclass(frozen=True, slots=True)
class Overview:
    """What somebody has recorded, and what was learnt from it. ``new`` samples were told since."""

    personal: PersonalModel | None
    letters: list[Letter]
    new: int

    @property
    def samples(self) -> int:
        return sum(letter.samples for letter in self.letters)

    @property
    def missing(self) -> int:
        """How many more are needed, of letters that were shown twice or more, before anything can be learnt."""
        return max(0, FEWEST_JUDGED - sum(letter.samples for letter in self.letters if letter.samples > 1))

    @property
    def complete(self) -> int:
        """How many letters have enough samples."""
        return sum(letter.is_enough for letter in self.letters)

    def next_letter(self, after: str = "") -> str:
        """Which to record next: one of those with the fewest samples, the first of them behind ``after``.

        So they are taken in rounds, A to Z and then again: samples of a letter that were taken one right after the
        other are nearly the same picture, and teach as little as one.
        """
        counts = {letter.label: letter.samples + letter.waiting for letter in self.letters}
        fewest = [label for label in LETTERS if counts[label] == min(counts.values())]
        behind = fewest if after not in LETTERS else [x for x in fewest if LETTERS.index(x) > LETTERS.index(after)]
        return (behind or fewest)[0]


def overview_of(owner: User) -> Overview:
    personal = PersonalModel.objects.select_related("base").filter(owner=owner).first()
    told = Prediction.objects.told_by(owner)
    samples = Counter(told.order_by().values_list("correction__label", flat=True))
    waiting = Counter(
        Prediction.objects.owned_by(owner)
        .filter(state__in=[Prediction.State.QUEUED, Prediction.State.RUNNING], correction__by=owner)
        .order_by()
        .values_list("correction__label", flat=True)
    )
    new = 0
    if personal is not None and personal.state == PersonalModel.State.READY:
        since = personal.asked_at
        new = told.filter(Q(correction__created_at__gt=since) | Q(finished_at__gt=since)).count()
    letters = [Letter(label, NAMES[label], samples[label], waiting[label]) for label in LETTERS]
    return Overview(personal, letters, new)


def record_sample(*, owner: User, data: bytes, label: str, original_name: str = "", key: str = "") -> Prediction:
    """Take a picture of which ``owner`` says beforehand what it shows: an ordinary prediction with their word.

    Raises :class:`NoLetter`, and what ``services.request_prediction`` raises; then nothing is kept.
    """
    if label not in LETTERS:
        raise NoLetter("Choose one of the 28 letters and signs.")
    return request_prediction(owner=owner, data=data, original_name=original_name, key=key, said=label)


def request_personal_model(*, owner: User) -> PersonalModel:
    """Learn from all that ``owner`` has told, in the queue. One that is in use stays so until the new one is there."""
    with transaction.atomic():
        personal, is_new = PersonalModel.objects.get_or_create(owner=owner)
        if not is_new:
            personal.ask()
        transaction.on_commit(partial(tasks.send, tasks.personalise, personal.pk))
    return personal


def switch_personal_model(*, owner: User, is_on: bool) -> bool:
    """Apply it to what is read from now on, or not; False if there is none."""
    personal = PersonalModel.objects.filter(owner=owner).first()
    if personal is not None:
        personal.switch(is_on=is_on)
    return personal is not None


def delete_personal_model(*, owner: User) -> bool:
    """Delete what was learnt; the pictures stay in the history. False if there was none."""
    deleted, _rows = PersonalModel.objects.filter(owner=owner).delete()
    return deleted > 0
