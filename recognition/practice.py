"""Keeping rounds of practice, and what they add up to: counted in the database, in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Avg, Count, Q
from django.utils import timezone

from accounts.models import User
from recognition.models import PracticeAttempt, PracticeRound
from recognition.statistics import Period, Score, periods_of
from worker.ml.labels import LETTERS

RECENT_ATTEMPTS = 1000
RECENT_OF_A_LETTER = 10
"""By so many of its last attempts a letter is weak or strong: what was learnt is not asked again and again."""


@dataclass(frozen=True)
class Attempt:
    """A letter that was asked for, as a page or a program reports it; see :class:`PracticeAttempt`."""

    label: str
    is_signed: bool
    was_shown: bool
    mistakes: list[str]
    milliseconds: int

    @property
    def is_right(self) -> bool:
        return self.is_signed and not self.mistakes


@dataclass(frozen=True)
class LetterProgress:
    """How often a letter was asked for and right at once: of all times, and lately."""

    label: str
    score: Score
    recent: Score
    from_memory: int
    """How often it was right without the drawing."""
    seconds: float | None
    """How long it took on average to sign it; None if it never was."""


@dataclass(frozen=True)
class PracticeProgress:
    letters: list[LetterProgress]
    """All 26, in their order."""
    score: Score
    periods: list[Period]
    """Of the asked letter, or of all: weeks, oldest first."""


def keep_round(
    *,
    owner: User,
    key: UUID,
    mode: str,
    limit_seconds: int | None,
    attempts: Sequence[Attempt],
    finished_at: datetime | None = None,
) -> tuple[PracticeRound, bool]:
    """The round, and whether it is new: the same ``key`` sent again finds the round that is there already."""
    now = timezone.now()
    with transaction.atomic():
        practised, is_new = PracticeRound.objects.get_or_create(
            owner=owner,
            key=key,
            defaults={
                "mode": mode,
                "limit_seconds": limit_seconds,
                "finished_at": min(finished_at or now, now),  # clocks of browsers go wrong
            },
        )
        if is_new:
            PracticeAttempt.objects.bulk_create(
                PracticeAttempt(
                    round=practised,
                    label=one.label,
                    is_signed=one.is_signed,
                    was_shown=one.was_shown,
                    mistakes=one.mistakes,
                    is_right=one.is_right,
                    milliseconds=one.milliseconds,
                )
                for one in attempts
            )
    return practised, is_new


def recent_scores(owner: User) -> dict[str, Score]:
    """How the last attempts at each letter went; letters that were never tried are missing."""
    rows = (
        PracticeAttempt.objects.filter(round__owner=owner)
        .order_by("-round__finished_at", "-pk")
        .values_list("label", "is_right")[:RECENT_ATTEMPTS]
    )
    attempts: dict[str, list[bool]] = {}
    for label, is_right in rows:
        attempts.setdefault(label, []).append(is_right)
    newest = {label: tried[:RECENT_OF_A_LETTER] for label, tried in attempts.items()}
    return {label: Score(len(tried), sum(tried)) for label, tried in newest.items()}


def progress_of(*, owner: User, letter: str | None = None) -> PracticeProgress:
    """What ``owner`` practised; the course of time is that of ``letter`` if one is named."""
    own = PracticeAttempt.objects.filter(round__owner=owner).order_by()
    counted = own.values_list("label").annotate(
        judged=Count("pk"),
        right=Count("pk", filter=Q(is_right=True)),
        from_memory=Count("pk", filter=Q(is_right=True, was_shown=False)),
        milliseconds=Avg("milliseconds", filter=Q(is_signed=True)),
    )
    found = {label: figures for label, *figures in counted}
    recent = recent_scores(owner)
    letters = []
    for label in LETTERS:
        judged, right, from_memory, milliseconds = found.get(label, (0, 0, 0, None))
        seconds = None if milliseconds is None else milliseconds / 1000
        letters.append(LetterProgress(label, Score(judged, right), recent.get(label, Score()), from_memory, seconds))
    total = Score(sum(one.score.judged for one in letters), sum(one.score.right for one in letters))
    shown = own.filter(label=letter) if letter else own
    periods = periods_of(
        shown,
        "round__finished_at",
        "week",
        count=Count("pk"),
        judged=Count("pk"),
        right=Count("pk", filter=Q(is_right=True)),
    )
    return PracticeProgress(letters, total, periods)
