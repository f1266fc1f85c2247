"""What a person's pictures add up to."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from recognition import services
from recognition.models import Prediction
from recognition.statistics import Mistake, Score
from recognition.tests.conftest import MakePrediction


def judged(make_prediction: MakePrediction, owner: User, said: str, meant: str, times: int = 1) -> None:
    for _ in range(times):
        services.correct_prediction(prediction=make_prediction(owner, label=said), by=owner, label=meant)


def test_letters_are_counted_and_judged(alice: User, charlie: User, make_prediction: MakePrediction) -> None:
    judged(make_prediction, alice, "A", "A", times=3)
    judged(make_prediction, alice, "S", "A", times=2)
    judged(make_prediction, alice, "S", "T")
    judged(make_prediction, charlie, "B", "C")
    make_prediction(alice, label="A")
    make_prediction(alice, state="failed")
    gone = make_prediction(alice, label="A")
    services.delete_predictions(owner=alice, ids=[gone.pk])
    found = services.statistics_of(owner=alice)
    assert found.total == 8
    assert found.by_state == {"queued": 0, "running": 0, "succeeded": 7, "failed": 1}
    assert found.score == Score(judged=6, right=3)
    assert found.score.accuracy == 0.5
    letters = {row.label: row for row in found.labels}
    assert len(letters) == 29
    assert (letters["A"].count, letters["A"].score) == (4, Score(5, 3))  # of five that show an A, three were read so
    assert (letters["S"].count, letters["S"].score) == (3, Score(0, 0))
    assert letters["B"].score.accuracy is None
    assert found.mistakes == [Mistake("A", "S", 2), Mistake("T", "S", 1)]


def test_what_it_was_not_sure_of_is_a_share_of_the_answers(
    alice: User, charlie: User, make_prediction: MakePrediction, make_unsure: MakePrediction
) -> None:
    assert services.statistics_of(owner=alice).unsure_share is None
    for _ in range(3):
        make_prediction(alice)
    make_prediction(alice, state="failed")
    make_unsure(alice)
    make_unsure(charlie)
    found = services.statistics_of(owner=alice)
    assert (found.unsure, found.unsure_share) == (1, 0.25)


@pytest.mark.parametrize(("step", "length"), [("day", 30), ("week", 26)])
def test_time_has_no_gaps_and_ends_now(alice: User, make_prediction: MakePrediction, step: str, length: int) -> None:
    judged(make_prediction, alice, "A", "B")
    old = make_prediction(alice)
    Prediction.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=14))
    ancient = make_prediction(alice)
    Prediction.objects.filter(pk=ancient.pk).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    periods = services.statistics_of(owner=alice, step=step).periods  # type: ignore[arg-type]
    assert len(periods) == length
    back = 14 if step == "day" else 2
    assert [index for index, period in enumerate(periods) if period.count] == [length - 1 - back, length - 1]
    assert periods[-1].score == Score(1, 0)
    steps = {later.start - earlier.start for earlier, later in pairwise(periods)}
    assert steps == {timedelta(days=1 if step == "day" else 7)}


def test_who_has_sent_nothing_has_zeroes(alice: User) -> None:
    found = services.statistics_of(owner=alice)
    assert (found.total, found.score.accuracy, found.mistakes) == (0, None, [])


@pytest.mark.parametrize("rows", [1, 40])
def test_it_takes_four_queries(
    alice: User, make_prediction: MakePrediction, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    judged(make_prediction, alice, "A", "A", times=rows)
    with django_assert_num_queries(4):
        services.statistics_of(owner=alice)
