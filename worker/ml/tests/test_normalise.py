"""The letter network sees the same hand, whoever shows it and wherever it is in the picture."""

import numpy as np
import pytest

from worker.ml.hands.normalise import MIRROR, normalise

HAND = np.random.default_rng(3).normal(size=(21, 3)).astype(np.float32)


def test_place_and_size_do_not_matter() -> None:
    moved = HAND * 37 + np.array([200, 80, 5], np.float32)
    assert normalise(moved, is_left=False) == pytest.approx(normalise(HAND, is_left=False), abs=1e-3)


def test_a_left_hand_becomes_the_right_hand_that_mirrors_it() -> None:
    assert normalise(HAND * MIRROR, is_left=True) == pytest.approx(normalise(HAND, is_left=False), abs=1e-5)


def test_many_hands_are_done_as_one_by_one() -> None:
    hands, left = np.stack([HAND, HAND * 2 + 1]), np.array([True, False])
    together = normalise(hands, is_left=left)
    for hand, is_left, expected in zip(hands, left, together, strict=True):
        assert normalise(hand, is_left=bool(is_left)) == pytest.approx(expected)


def test_points_that_all_coincide_stay_finite() -> None:
    assert np.isfinite(normalise(np.ones((21, 3), np.float32), is_left=False)).all()
