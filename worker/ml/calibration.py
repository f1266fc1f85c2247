"""From logits to calibrated probabilities: one piece of code for what is measured and what is served."""

import numpy as np

from worker.ml.hands.geometry import Floats


def softmax(logits: Floats, temperature: float) -> Floats:
    """Probabilities (..., classes) of logits (..., classes) that were divided by ``temperature``."""
    powers = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]


def confidence_of_nothing(presence: Floats) -> Floats:
    """How sure (0..1) it is that no hand is there when none was believed; ``presence`` (n,) is the highest refused one.

    Of the photos without a believed hand, those of other people's hands and those of empty rooms, 98 % were empty at a
    presence below 0.2, 89 % from 0.2 to 0.5, 52 % from 0.5 to 0.8 and 20 % above (249 photos).
    """
    sure: Floats = 1 - np.float32(0.9) * np.square(presence)
    return sure
