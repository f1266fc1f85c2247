"""The typical hand of each letter: how it is made, what the shipped file says, and whether advice by it is true."""

import json
from typing import Any

import numpy as np
import pytest

from benchmarks.advice import SHIPPED, advise
from worker.ml.average_hands import LEFT_OUT, Hands, aligned_median, chosen_photos, hands_of, typical_hand
from worker.ml.datasets import person_of
from worker.ml.hands.geometry import Floats
from worker.ml.hands.measures import NAMES, measures
from worker.ml.hands.normalise import normalise
from worker.ml.labels import LETTERS
from worker.ml.signers import VAULT
from worker.ml.tests.node import evaluate
from worker.ml.tests.photos import DATA, needs_photos
from worker.ml.tests.test_browser_network import bent_hands

MEASURE = """
import { PALM } from "live/advice.js";
import { measures } from "live/measures.js";
import { normalise } from "live/features.js";
const answer = given.map(({ points, isLeft }) => measures(normalise(points, isLeft, PALM)));
"""


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(SHIPPED.read_text())
    return contents


def turned(points: Floats, angle: float) -> Floats:
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]], np.float32)
    hand: Floats = points @ turn
    return hand


def test_the_browser_measures_as_the_statistics_do() -> None:
    hands = bent_hands()
    sides = [bool(number % 2) for number in range(len(hands))]
    asked = [{"points": hand.ravel().tolist(), "isLeft": side} for hand, side in zip(hands, sides, strict=True)]
    told = np.array(evaluate(MEASURE, read=asked))
    expected = np.stack([measures(normalise(hand, is_left=side)) for hand, side in zip(hands, sides, strict=True)])
    assert told.shape == (len(hands), len(NAMES))
    assert np.abs(told - expected).max() < 1e-4


def test_a_median_of_turned_hands_keeps_their_shape_and_their_direction(shipped: dict[str, Any]) -> None:
    hand = np.array(shipped["letters"]["Y"]["points"], np.float32)
    middle = aligned_median(np.stack([turned(hand, angle) for angle in np.linspace(-1, 1.4, 13)]))
    assert np.abs(middle - turned(hand, 0.2)).max() < 0.02


def test_a_letter_that_is_signed_in_two_ways_is_drawn_in_one(shipped: dict[str, Any]) -> None:
    one, other = (np.array(shipped["letters"][letter]["points"], np.float32) for letter in "SL")
    random = np.random.default_rng(20261127)
    people = {
        str(number): np.stack([hand + random.normal(0, 0.02, (21, 3)) for _ in range(5)]).astype(np.float32)
        for number, hand in enumerate([one] * 4 + [other] * 3)
    }
    drawn = typical_hand(people)
    assert np.abs(drawn.points - one).max() < 0.1
    reach = drawn.typical + drawn.above
    assert reach[NAMES.index("index_stretch")] > 0.95  # both ways are known to who judges by it


def test_the_shipped_file_covers_every_letter_and_says_of_what_it_was_made(shipped: dict[str, Any]) -> None:
    assert tuple(shipped["letters"]) == LETTERS
    assert tuple(shipped["measures"]) == NAMES
    assert len(shipped["data"]) == 64
    for letter, hand in shipped["letters"].items():
        assert np.array(hand["points"]).shape == (21, 3), letter
        assert all(len(hand[name]) == len(NAMES) for name in ("typical", "below", "above")), letter
        assert min(hand["below"] + hand["above"]) >= 0, letter
    assert SHIPPED.stat().st_size < 30_000


@needs_photos
def test_nobody_of_the_vault_or_left_out_is_in_it() -> None:
    used = {person_of(photo.session) for photo in chosen_photos(DATA)}
    assert used
    assert not used & (VAULT | LEFT_OUT)


@pytest.fixture(scope="module")
def strangers() -> Hands:
    """Hands of the people who were left out, every fourth photo that would have been used."""
    return hands_of(chosen_photos(DATA, only=LEFT_OUT)[::4], lambda _: None)


@needs_photos
def test_people_it_does_not_know_are_let_be_if_right_and_told_the_truth_if_not(strangers: Hands) -> None:
    told = advise(strangers)
    own = [one for one in told if one["shown"] == one["asked"]]
    others = [one for one in told if one["shown"] != one["asked"]]
    spoken = [one for one in others if one["advice"]]
    assert len(own) > 250
    assert sum(one["advice"] is None for one in own) / len(own) > 0.9
    assert len(spoken) / len(others) > 0.75
    assert sum(one["isTrue"] for one in spoken) / len(spoken) > 0.95
