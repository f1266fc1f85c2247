"""Landmarks and pixels brought together: one piece of code for what is measured and what is served."""

import numpy as np

from worker.ml.calibration import softmax
from worker.ml.hands.geometry import Floats
from worker.ml.labels import INDEX, NOTHING


def fuse(landmarks: Floats, pixels: Floats, landmarks_share: float) -> Floats:
    """Weighted mean (..., 29) of two networks' log-probabilities (..., 29), a product of experts.

    Source: Hinton, "Products of Experts", 1999.
    """
    fused: Floats = landmarks_share * landmarks + (1 - landmarks_share) * pixels
    return fused


def signing_hand(logits: Floats, presence: Floats) -> int:
    """Which hand signs, of those with fused logits (hands, 29) and presences (hands,): the one whose letter is surest.

    A hand at rest, a face or a fist-like thing is likelier ``nothing``, or torn between letters.
    """
    probabilities = softmax(logits, 1.0)
    probabilities[:, INDEX[NOTHING]] = 0
    return int(np.argmax(presence * probabilities.max(axis=1)))
