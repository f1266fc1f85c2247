"""From logits to calibrated probabilities: one piece of code for what is measured and what is served."""

import numpy as np

from worker.ml.hands.geometry import Floats


def softmax(logits: Floats, temperature: float) -> Floats:
    """Probabilities (..., classes) of logits (..., classes) that were divided by ``temperature``."""
    powers = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]
