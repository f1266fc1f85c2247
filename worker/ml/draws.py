"""Which examples a training sees, drawn by their weights."""

import numpy as np
import numpy.typing as npt

from worker.ml.hands.geometry import Floats


class WeightedDraws:
    """Draws indices with replacement, each as often as its weight (examples,) has it."""

    def __init__(self, weights: Floats) -> None:
        self._cumulated = np.cumsum(weights, dtype=np.float64)

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> npt.NDArray[np.int64]:
        drawn = np.searchsorted(self._cumulated, random.random(shape) * self._cumulated[-1], side="right")
        return np.minimum(drawn, len(self._cumulated) - 1)  # type: ignore[no-any-return]
