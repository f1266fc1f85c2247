"""Landmarks brought to one handedness, size and origin: what the letter network reads in training and in serving."""

from typing import Final

import numpy as np

from worker.ml.hands.geometry import Floats

PALM: Final = (0, 1, 5, 9, 13, 17)
"""Wrist, thumb's base and the four knuckles: the points that move least with the fingers."""

MIRROR: Final = np.array([-1, 1, 1], np.float32)


def normalise(points: Floats, *, is_left: bool | np.typing.NDArray[np.bool_]) -> Floats:
    """Landmarks (..., 21, 3) in any one unit to a right hand with its palm's centre at the origin and a palm of size 1.

    The palm's size is the root mean square distance of its points from their centre, in three dimensions.
    """
    palm = points[..., PALM, :]
    centre = palm.mean(axis=-2, keepdims=True)
    size = np.sqrt(np.square(palm - centre).sum(axis=-1).mean(axis=-1))[..., None, None]
    flip = np.where(np.asarray(is_left)[..., None, None], MIRROR, np.ones_like(MIRROR))
    normalised: Floats = ((points - centre) / np.maximum(size, 1e-6) * flip).astype(np.float32)
    return normalised
