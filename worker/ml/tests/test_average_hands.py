"""The typical hand of each letter: how it is made, what the shipped file says, and whether advice by it is true."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from worker.ml.average_hands import LEFT_OUT, Hands, aligned_median, chosen_photos, hands_of, typical_hand
from worker.ml.datasets import person_of
from worker.ml.hands.geometry import Floats
from worker.ml.hands.measures import NAMES, measures
from worker.ml.hands.normalise import normalise
from worker.ml.labels import LETTERS
from worker.ml.signers import VAULT
from worker.ml.tests.node import ROOT, evaluate
from worker.ml.tests.photos import DATA, needs_photos
from worker.ml.tests.test_browser_network import bent_hands

SHIPPED = ROOT / "static" / "hands" / "average.json"

MEASURE = """
import { measures } from "live/measures.js";
import { normalise } from "live/features.js";
const PALM = [0, 1, 5, 9, 13, 17];
const answer = given.map(({ points, isLeft }) => measures(normalise(points, isLeft, PALM)));
"""
ADVISE = """
import { Adviser } from "live/advice.js";
const adviser = new Adviser(JSON.parse(readFileSync(arguments_[0])));
const answer = given.map(({ points, letter }) => adviser.advise(points, false, letter));
"""


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(SHIPPED.read_text())
    return contents


def turned(points: Floats, angle: float) -> Floats:
    cos, sin = np.cos(angle), np.sin(angle)
    return (points @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])).astype(np.float32)


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
    assert SHIPPED.stat().st_size < 60_000


@needs_photos
def test_nobody_of_the_vault_or_left_out_is_in_it() -> None:
    used = {person_of(photo.session) for photo in chosen_photos(DATA)}
    assert used
    assert not used & (VAULT | LEFT_OUT)


@pytest.fixture(scope="module")
def strangers() -> Hands:
    """Hands of the people who were left out, every fourth photo that would have been used."""
    return hands_of(chosen_photos(DATA, only=LEFT_OUT)[::4], lambda _: None)


def advised(hands: Hands, *, as_letter: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Each hand's letter, and what it is told to change to become another; None where it is told nothing."""
    asked = [
        {"points": hand.ravel().tolist(), "letter": as_letter[letter], "is": letter}
        for letter, people in hands.items()
        if letter in as_letter
        for own in people.values()
        for hand in own
    ]
    told = evaluate(ADVISE, str(SHIPPED), read=asked)
    return [(str(one["is"]), advice) for one, advice in zip(asked, told, strict=True)]


@needs_photos
def test_right_hands_of_people_it_does_not_know_are_mostly_let_be(strangers: Hands) -> None:
    told = advised(strangers, as_letter={letter: letter for letter in LETTERS})
    assert len(told) > 250
    assert sum(advice is None for _, advice in told) / len(told) > 0.9


@needs_photos
def test_a_hand_that_shows_another_letter_is_mostly_told_the_truth(strangers: Hands, shipped: dict[str, Any]) -> None:
    """What it is told to change differs between how people sign the two letters, and that way round."""
    taken_for = {"B": "F", "C": "O", "D": "L", "I": "Y", "L": "G", "U": "B", "V": "W", "W": "V", "Y": "A", "S": "B"}
    told = advised(strangers, as_letter=taken_for)
    spoken = [(letter, advice) for letter, advice in told if advice]
    assert len(spoken) / len(told) > 0.85
    typical = {letter: dict(zip(NAMES, hand["typical"], strict=True)) for letter, hand in shipped["letters"].items()}
    true = [
        (typical[taken_for[letter]][advice["measure"]] > typical[letter][advice["measure"]]) == advice["more"]
        for letter, advice in spoken
    ]
    assert sum(true) / len(true) > 0.95
