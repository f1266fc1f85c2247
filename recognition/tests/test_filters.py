"""What of one's pictures to look at, as pages, exports and the API understand it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from recognition import services
from recognition.filters import ORDERS, HistoryFilter
from recognition.models import Prediction
from recognition.pagination import KeysetPage, neighbours, page_of
from recognition.tests.conftest import MakePrediction


@pytest.fixture
def named(alice: User, make_prediction: MakePrediction) -> dict[str, Prediction]:
    """Alice's pictures, oldest first, each with something of its own."""
    made = {
        "plain": make_prediction(alice, label="A", confidence=0.5, original_name="plain.jpg"),
        "sure": make_prediction(alice, label="A", confidence=0.99, original_name="sure.jpg"),
        "right": make_prediction(alice, label="B", confidence=0.8, original_name="right.jpg"),
        "wrong": make_prediction(alice, label="space", confidence=0.3, is_unsure=True, original_name="100%_wrong.jpg"),
        "failed": make_prediction(alice, state="failed", original_name="failed.jpg"),
    }
    for day, prediction in enumerate(made.values(), start=1):
        prediction.created_at = datetime(2026, 11, day, 23, 30, tzinfo=UTC)
        prediction.save()
    services.correct_prediction(prediction=made["right"], by=alice, label="B")
    services.correct_prediction(prediction=made["wrong"], by=alice, label="E")
    return made


def found(alice: User, **asked: str) -> list[str]:
    chosen = HistoryFilter(asked)
    assert chosen.is_valid(), chosen.errors
    rows = chosen.order.sort(chosen.apply(Prediction.objects.owned_by(alice)))
    return [row.original_name.removesuffix(".jpg") for row in rows]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["failed", "100%_wrong", "right", "sure", "plain"]),
        ({"label": "A"}, ["sure", "plain"]),
        ({"label": "space"}, ["100%_wrong"]),
        ({"state": "failed"}, ["failed"]),
        ({"certainty": "unsure"}, ["100%_wrong"]),
        ({"certainty": "sure"}, ["right", "sure", "plain"]),  # what failed has no answer to be sure of
        ({"certainty": "sure", "label": "A", "sort": "surest"}, ["sure", "plain"]),
        ({"answer": "confirmed"}, ["right"]),
        ({"answer": "corrected"}, ["100%_wrong"]),
        ({"answer": "unanswered"}, ["sure", "plain"]),  # what failed has no answer to judge
        ({"min_confidence": "0.8"}, ["right", "sure"]),
        ({"max_confidence": "0.5"}, ["100%_wrong", "plain"]),
        ({"min_confidence": "0.5", "max_confidence": "0.8"}, ["right", "plain"]),
        ({"since": "2026-11-04"}, ["failed", "100%_wrong"]),
        ({"until": "2026-11-02"}, ["sure", "plain"]),  # the whole day counts
        ({"since": "2026-11-02", "until": "2026-11-02"}, ["sure"]),
        ({"since": "0001-01-01", "until": "9999-12-31", "label": "B"}, ["right"]),
        ({"until": "2026-11-02", "zone": "Asia/Tokyo"}, ["plain"]),  # where it was the third by then
        ({"since": "2026-11-02", "until": "2026-11-02", "zone": "America/Los_Angeles"}, ["sure"]),
        ({"since": "0001-01-01", "label": "B", "zone": "Asia/Tokyo"}, ["right"]),  # before what UTC can tell
        ({"until": "9999-12-31", "label": "B", "zone": "America/Los_Angeles"}, ["right"]),
        ({"search": "URE"}, ["sure"]),
        ({"search": "%_"}, ["100%_wrong"]),  # what a database would take for wildcards
        ({"sort": "oldest"}, ["plain", "sure", "right", "100%_wrong", "failed"]),
        ({"sort": "surest"}, ["sure", "right", "plain", "100%_wrong"]),
        ({"sort": "least-sure", "label": "A"}, ["plain", "sure"]),
    ],
    ids=str,
)
def test_each_question_has_its_answer(
    alice: User, named: dict[str, Prediction], asked: dict[str, str], names: list[str]
) -> None:
    assert found(alice, **asked) == names


@pytest.mark.parametrize(
    ("asked", "field", "sentence"),
    [
        ({"label": "Ä"}, "label", "There is no letter “Ä”."),
        ({"state": "lost"}, "state", "“lost” is none of queued, running, succeeded, failed."),
        ({"answer": "maybe"}, "answer", "“maybe” is none of confirmed, corrected, unanswered."),
        ({"certainty": "maybe"}, "certainty", "“maybe” is none of sure, unsure."),
        ({"sort": "id"}, "sort", "“id” is none of newest, oldest, surest, least-sure."),
        ({"min_confidence": "93 %"}, "min_confidence", "A confidence is a number from 0 to 1."),
        ({"max_confidence": "93"}, "max_confidence", "A confidence is a number from 0 to 1."),
        ({"min_confidence": "nan"}, "min_confidence", "A confidence is a number from 0 to 1."),
        ({"min_confidence": "0.9", "max_confidence": "0.1"}, "max_confidence", "below where the range begins"),
        ({"since": "yesterday"}, "since", "A day is written like 2026-11-23."),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "until", "below where the range begins"),
        ({"zone": "Mars/Olympus"}, "zone", "There is no time zone “Mars/Olympus”. Write it like Europe/Berlin."),
        ({"zone": "../../etc/passwd"}, "zone", "There is no time zone"),
        ({"zone": "Europe"}, "zone", "There is no time zone"),
        ({"search": "a" * 101}, "search", "at most 100 characters"),
        ({"search": "a\x00"}, "search", "Null characters"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_told_at_its_field(asked: dict[str, str], field: str, sentence: str) -> None:
    chosen = HistoryFilter(asked)
    assert not chosen.is_valid()
    assert list(chosen.errors) == [field]
    assert sentence in chosen.errors[field][0]


def test_its_query_leads_to_the_same_rows_again() -> None:
    chosen = HistoryFilter({"label": "A", "search": "a&b=c", "min_confidence": "0.5", "state": "", "page": "7"})
    assert chosen.is_valid()
    assert chosen.query == "search=a%26b%3Dc&label=A&min_confidence=0.5"
    assert chosen.is_narrowed


@pytest.mark.parametrize("sort", ORDERS)
def test_pages_join_without_gap_or_repetition_though_values_are_equal(
    alice: User, make_prediction: MakePrediction, sort: str
) -> None:
    for number in range(11):
        prediction = make_prediction(alice, confidence=(0.1, 0.5, 0.9)[number % 3])
        Prediction.objects.filter(pk=prediction.pk).update(created_at=datetime(2026, 11, 1 + number % 2, tzinfo=UTC))
    rows, order = Prediction.objects.owned_by(alice), ORDERS[sort]
    expected = list(order.sort(rows))
    pages = [page_of(rows, order=order, size=4)]
    while pages[-1].after:
        pages.append(page_of(rows, order=order, size=4, after=pages[-1].after))
    assert [len(page.rows) for page in pages] == [4, 4, 3]
    assert [row for page in pages for row in page.rows] == expected
    back = page_of(rows, order=order, size=4, before=pages[2].before)
    assert back.rows == pages[1].rows
    assert page_of(rows, order=order, size=4, before=back.before) == pages[0]
    assert (pages[0].before, pages[2].after) == ("", "")
    for index, row in enumerate(expected):
        around = neighbours(rows, order=order, of=row)
        assert around == (expected[index - 1] if index else None, expected[index + 1] if index < 10 else None)


@pytest.mark.parametrize(
    "edge", ["", "7", "nonsense", "_", "2026-11-23_0", "nan_" + "0" * 32, "9999-12-31T23:59:59-23:59_" + "0" * 32]
)
@pytest.mark.parametrize("sort", ORDERS)
def test_a_broken_edge_leads_to_the_first_page(alice: User, named: dict[str, Prediction], edge: str, sort: str) -> None:
    first: Any = page_of(Prediction.objects.owned_by(alice), order=ORDERS[sort], size=2)
    for side in ("before", "after"):
        page: KeysetPage = page_of(Prediction.objects.owned_by(alice), order=ORDERS[sort], size=2, **{side: edge})
        assert page == first
