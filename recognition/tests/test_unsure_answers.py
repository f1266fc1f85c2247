"""Answers of which the recogniser is not sure: what they ask, and how pages, list and title put it."""

import pytest

from accounts.models import User
from recognition.tests.conftest import MakePrediction


@pytest.mark.parametrize(
    ("shares", "question"),
    [
        ({"M": 0.48, "N": 0.31, "T": 0.15}, "M, N or T?"),
        ({"M": 0.6, "N": 0.35}, "M or N?"),
        ({"space": 0.5, "B": 0.3, "del": 0.1}, "space, B or delete?"),
        ({"nothing": 0.6, "A": 0.35}, "perhaps no hand, perhaps A?"),
        ({"nothing": 0.5, "A": 0.25, "S": 0.2}, "perhaps no hand, perhaps A or S?"),
        ({"A": 0.5, "nothing": 0.25, "S": 0.2}, "perhaps A or S, perhaps no hand?"),
        ({"nothing": 0.5}, "perhaps no hand?"),
    ],
    ids=str,
)
def test_it_asks_in_words_that_read_well(
    alice: User, make_unsure: MakePrediction, shares: dict[str, float], question: str
) -> None:
    assert make_unsure(alice, shares).question == question


def test_a_sure_answer_and_none_ask_nothing(alice: User, make_prediction: MakePrediction) -> None:
    sure, failed = make_prediction(alice), make_prediction(alice, state="failed")
    assert (sure.question, sure.contenders, sure.certainty) == ("", (), "sure")
    assert (failed.question, failed.contenders, failed.certainty) == ("", (), "")
