"""Landmarks and pixels together, and which of two hands signs."""

import numpy as np
import pytest

from worker.ml.calibration import confidence_of_nothing, softmax
from worker.ml.fusion import fuse, signing_hand
from worker.ml.hands.geometry import Floats
from worker.ml.labels import INDEX, LABELS, NOTHING


def logits(**probabilities: float) -> Floats:
    """Log-probabilities (29,) with these classes, and what they leave spread over the others."""
    rest = (1 - sum(probabilities.values())) / (len(LABELS) - len(probabilities))
    return np.log(np.array([probabilities.get(label, rest) for label in LABELS], np.float32))


def test_where_one_network_is_torn_the_other_decides() -> None:
    torn, sure = logits(M=0.48, N=0.48), logits(N=0.9)
    for landmarks, pixels in ((torn, sure), (sure, torn)):
        assert LABELS[fuse(landmarks, pixels, 0.5).argmax()] == "N"


def test_a_share_of_one_is_the_landmarks_alone() -> None:
    assert fuse(logits(A=0.9), logits(B=0.9), 1.0) == pytest.approx(logits(A=0.9))


def test_the_hand_that_shows_a_letter_signs_and_not_the_one_at_rest() -> None:
    resting, signing = logits(nothing=0.7, A=0.2), logits(L=0.9)
    assert signing_hand(np.stack([resting, signing]), np.array([0.99, 0.9], np.float32)) == 1


def test_of_two_equal_hands_the_more_present_one_signs() -> None:
    both = np.stack([logits(L=0.9), logits(Y=0.9)])
    assert signing_hand(both, np.array([0.7, 0.95], np.float32)) == 1


def test_what_a_search_shows_after_a_hand_that_signs_has_no_say() -> None:
    resting, signing, later = logits(A=0.4, S=0.4), logits(L=0.9), logits(Y=0.99)
    seen, sure = np.stack([resting, signing, later]), np.full(3, 0.9, np.float32)
    assert signing_hand(seen, sure, np.array([0, 1, 2])) == 1
    assert signing_hand(seen, sure, np.array([0, 1, 1])) == 2
    assert signing_hand(seen[:1], sure[:1], np.array([3])) == 0


def test_asking_which_hand_signs_changes_no_logits() -> None:
    both = np.stack([logits(nothing=0.9), logits(Y=0.9)])
    before = both.copy()
    signing_hand(both, np.ones(2, np.float32))
    assert (both == before).all()
    assert softmax(both[0], 1.0)[INDEX[NOTHING]] == pytest.approx(0.9)


def test_the_surer_the_refused_hand_the_less_sure_is_nothing() -> None:
    assert confidence_of_nothing(np.array([0.0, 0.5, 1.0], np.float32)) == pytest.approx([1, 0.775, 0.1])
