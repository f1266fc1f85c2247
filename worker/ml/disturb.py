"""A photo as another room or a worse camera would have given it: hands that are tiny, dark, blurred, noisy or cut off.

Sizes stay as they are, but where the border cuts a hand off, so that landmarks of the disturbed photo and of the
original are in the same pixels.
"""

import io
from typing import Final

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from worker.ml.hands.crop import silhouette
from worker.ml.hands.geometry import Floats

Random = np.random.Generator

_SMALLEST_HAND: Final = 18.0
_SMALL_HAND: Final = 90.0

_CUT_SIDES: Final = 0.4
"""Of a box's four sides, how many are cut, on average; one at least."""
_CUT: Final = (-0.03, 0.15)
"""How far inside the box of the landmarks a side is cut: shares of the box's longer side."""


def disturb(image: Image.Image, hand_size: float, random: Random) -> Image.Image:
    """The photo with another light, and either far away or blurred and noisy; ``hand_size`` is in pixels."""
    image = _relit(image, random)
    if random.random() < 0.6:
        return _far_away(image, hand_size, random)
    return _blurred(_noisy(image, random), hand_size, random)


def in_another_room(image: Image.Image, hand: Floats, room: Image.Image, random: Random) -> Image.Image:
    """The hand with landmarks (21, 3) in pixels before a part of another photo, which covers all but its silhouette."""
    part = _part(room, np.exp(random.uniform(np.log(0.3), 0)), (random.random(), random.random()))
    place = (random.random(), random.random())
    surroundings = ImageOps.fit(part, image.size, Image.Resampling.BILINEAR, centering=place)
    return Image.composite(image, surroundings, silhouette(hand[:, :2], image.size))


def cut_at_sides(image: Image.Image, hand: Floats, random: Random) -> tuple[Image.Image, Floats]:
    """What is left when some sides of the picture are near the hand with landmarks (21, 3) in pixels, or in it; and
    where in that the landmarks are."""
    low, high = hand[:, :2].min(axis=0), hand[:, :2].max(axis=0)
    is_cut = random.random(4) < _CUT_SIDES
    is_cut[random.integers(4)] = True
    inside = random.uniform(*_CUT, 4) * (high - low).max()
    left, top = np.where(is_cut[:2], np.maximum(low + inside[:2], 0), 0).round()
    right, bottom = np.where(is_cut[2:], np.minimum(high - inside[2:], image.size), image.size).round()
    left_over = image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    return left_over, hand - np.array([left, top, 0], np.float32)


def _part(image: Image.Image, share: float, where: tuple[float, float]) -> Image.Image:
    """A box whose sides are ``share`` of the image's: (0, 0) is in its left top corner, (1, 1) in its right bottom."""
    width, height = max(8, round(image.width * share)), max(8, round(image.height * share))
    left, top = ((whole - side) * place for whole, side, place in zip(image.size, (width, height), where, strict=True))
    return image.crop((round(left), round(top), round(left) + width, round(top) + height))


def _relit(image: Image.Image, random: Random) -> Image.Image:
    """Exposure by a power of the brightness, and less or more of it altogether; each colour a little its own way."""
    power = np.exp(random.normal(0, 0.35))
    gains = np.exp(random.normal(0, 0.25) + random.normal(0, 0.06, 3))
    levels = np.linspace(0, 1, 256) ** power
    table = [int(v) for gain in gains for v in np.clip(levels * gain * 255, 0, 255)]
    return image.point(table)


def _far_away(image: Image.Image, hand_size: float, random: Random) -> Image.Image:
    """As small as a camera across the room records it, compressed, and enlarged again."""
    size = np.exp(random.uniform(np.log(_SMALLEST_HAND), np.log(_SMALL_HAND)))
    scale = min(size / max(hand_size, 1.0), 1.0)
    small = image.resize(
        (max(8, round(image.width * scale)), max(8, round(image.height * scale))), Image.Resampling.BOX
    )
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=int(random.integers(40, 95)))
    return Image.open(buffer).resize(image.size, Image.Resampling.BILINEAR)


def _noisy(image: Image.Image, random: Random) -> Image.Image:
    pixels = np.asarray(image, np.float32)
    noise = random.normal(0, random.uniform(0, 16), pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def _blurred(image: Image.Image, hand_size: float, random: Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(hand_size * random.uniform(0, 0.03)))
