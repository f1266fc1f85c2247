"""Where in a picture a network looks: square regions, turned and possibly reaching over the border, and back again.

All coordinates here are pixels of the upright picture, x to the right and y down; angles are radians, clockwise.
"""

import copy
import math
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]
Colour = tuple[int, int, int]

BLACK: Final[Colour] = (0, 0, 0)
GREY: Final[Colour] = (128, 128, 128)


@dataclass(frozen=True, slots=True)
class Region:
    """A square of side ``size`` around (``x``, ``y``), whose upward direction is turned by ``rotation``."""

    x: float
    y: float
    size: float
    rotation: float = 0.0

    def shifted(self, up: float) -> "Region":
        """Moved by ``up`` pixels along its own upward direction."""
        return replace(self, x=self.x + up * math.sin(self.rotation), y=self.y - up * math.cos(self.rotation))

    def to_picture(self, points: Floats) -> Floats:
        """Points (n, 2) or (n, 3) in fractions of the region to pixels of the picture; z is only scaled."""
        cos, sin = math.cos(self.rotation), math.sin(self.rotation)
        result = points.astype(np.float32) * np.float32(self.size)
        x, y = (points[:, 0] - 0.5) * self.size, (points[:, 1] - 0.5) * self.size
        result[:, 0] = self.x + x * cos - y * sin
        result[:, 1] = self.y + x * sin + y * cos
        return result


class Picture:
    """An upright RGB picture from which regions are cut at any scale.

    Halved copies are made on demand, so that a large region shrunk to a small crop is averaged and not sampled. Beyond
    its border a picture is grey, on which a hand that is cut off there is seen better than on MediaPipe's black, unless
    it lies :meth:`on` another colour.
    """

    def __init__(self, image: Image.Image) -> None:
        self.width, self.height = image.size
        self._halvings = [image]
        self._ground = GREY

    def on(self, ground: Colour) -> Self:
        """The same picture, on this colour. Its halved copies are shared."""
        other = copy.copy(self)
        other._ground = ground
        return other

    def cut(self, region: Region, side: int) -> npt.NDArray[np.uint8]:
        """The region as (side, side, 3); the ground where it reaches over the border."""
        level, scale = 0, region.size / side
        while scale > 2.0 and min(self._level(level).size) > 1:
            level, scale = level + 1, scale / 2
        image = self._level(level)
        across, down = image.size[0] / self.width, image.size[1] / self.height
        step = region.size / side
        cos, sin = step * math.cos(region.rotation), step * math.sin(region.rotation)
        left = region.x + (sin - cos) * side / 2
        top = region.y - (sin + cos) * side / 2
        cut = image.transform(
            (side, side),
            Image.Transform.AFFINE,
            (cos * across, -sin * across, left * across, sin * down, cos * down, top * down),
            resample=Image.Resampling.BILINEAR,
            fillcolor=self._ground,
        )
        return np.asarray(cut)

    def _level(self, level: int) -> Image.Image:
        while len(self._halvings) <= level:
            self._halvings.append(self._halvings[-1].reduce(2))
        return self._halvings[level]


def upright_angle(x: float, y: float) -> float:
    """The rotation, within half a turn either way, of a region whose upward direction is the vector (x, y)."""
    return math.atan2(x, -y)
