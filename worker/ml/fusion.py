"""Landmarks and pixels brought together: one piece of code for what is measured and what is served."""

from typing import Final

import numpy as np
import numpy.typing as npt

from worker.ml.calibration import softmax
from worker.ml.hands.geometry import Floats
from worker.ml.labels import INDEX, NOTHING

SIGNS: Final = 0.6
"""A hand of this :func:`sureness` signs. While there is none, others are looked for, and the same ones once more.

Chosen on signers who were left out: 0.9 gains a thousandth more and searches three times as many pictures to the end.
"""


def fuse(landmarks: Floats, pixels: Floats, landmarks_share: float) -> Floats:
    """Weighted mean (..., 29) of two networks' log-probabilities (..., 29), a product of experts.

    Source: Hinton, "Products of Experts", 1999.
    """
    fused: Floats = landmarks_share * landmarks + (1 - landmarks_share) * pixels
    return fused


def sureness(logits: Floats, presence: Floats) -> Floats:
    """How sure (hands,) it is that a hand is there and signs, of hands with fused logits (hands, 29) and presences
    (hands,): presence times the highest probability of any class but ``nothing``."""
    probabilities = softmax(logits, 1.0)
    probabilities[:, INDEX[NOTHING]] = 0
    sure: Floats = presence * probabilities.max(axis=1)
    return sure


def signing_hand(logits: Floats, presence: Floats, finding: npt.NDArray[np.int64] | None = None) -> int:
    """Which hand signs, of those with fused logits (hands, 29) and presences (hands,): the one whose letter is surest.

    A hand at rest, a face or a fist-like thing is likelier ``nothing``, or torn between letters. Where a search was not
    ended by the first hand that signs, ``finding`` (hands,) says in which order it showed them; what came after that
    hand has no say then.
    """
    sure = sureness(logits, presence)
    if finding is not None and (sure >= SIGNS).any():
        sure = np.where(finding <= finding[sure >= SIGNS].min(), sure, 0)
    return int(np.argmax(sure))
