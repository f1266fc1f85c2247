"""The square around a hand that pixel networks read: not turned, as the way a hand points distinguishes letters."""

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from worker.ml.hands.geometry import BLACK, Floats, Picture, Region
from worker.ml.hands.normalise import PALM
from worker.ml.hands.skeleton import PARENT

Pixels = npt.NDArray[np.uint8]

_MARGIN: Final = 1.4
"""Side of the square, by the longer side of the box around the landmarks."""

_FINGER: Final = 0.9
"""Breadth of a finger, by the mean distance of the palm's points from their centre."""

_SMALLEST: Final = 4.0
"""Pixels. Landmarks that fell together still get a square with an area."""


def crop_region(points: Floats) -> Region:
    """The unturned square for landmarks (21, 3) in pixels of the picture."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    x, y = (low + high) / 2
    return Region(float(x), float(y), max(float((high - low).max()) * _MARGIN, _SMALLEST))


def cut_hand(picture: Picture, points: Floats, side: int, *, margin: float = 1.0) -> Pixels:
    """The hand's square as (side, side, 3), ``margin`` times as wide as the network's; black beyond the border."""
    return picture.on(BLACK).cut(_widened(crop_region(points), margin), side)


def righted(crops: Pixels, is_left: npt.NDArray[np.bool_]) -> Pixels:
    """Crops (n, height, width, channels) with left hands (n,) mirrored into right ones."""
    flipped: Pixels = np.where(is_left[:, None, None, None], crops[:, :, ::-1], crops)
    return flipped


def hand_mask(points: Floats, side: int, *, margin: float = 1.0) -> Pixels:
    """Where in that square the hand is, (side, side): 255 on it, 0 off it, soft between."""
    region = _widened(crop_region(points), margin)
    flat = (points[:, :2] - (region.x, region.y)) / region.size * side + side / 2
    return np.asarray(silhouette(flat, (side, side)))


def silhouette(points: Floats, size: tuple[int, int]) -> Image.Image:
    """The shape of a hand with these landmarks (21, 2) in pixels: 255 on it, 0 off it, soft between."""
    places = [(float(x), float(y)) for x, y in points]
    palm = points[PALM, :]
    thick = max(float(np.linalg.norm(palm - palm.mean(axis=0), axis=1).mean()) * _FINGER, 2.0)
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    draw.polygon([places[index] for index in PALM], fill=255)
    for point in range(1, 21):
        draw.line((places[PARENT[point]], places[point]), fill=255, width=round(thick))
        draw.ellipse(_around(places[point], thick / 2), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(thick / 5))


def _widened(region: Region, margin: float) -> Region:
    return Region(region.x, region.y, region.size * margin)


def _around(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    x, y = centre
    return x - radius, y - radius, x + radius, y + radius
