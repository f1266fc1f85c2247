"""What happens to pictures in life, done to photos on purpose: how much accuracy does each of it cost?

Each is as strong as people meet it and still read the letter, and the whole hand stays in the picture. All are
functions of a picture, its hand and a seed, so that a figure can be had again.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from worker.ml.hands.crop import silhouette
from worker.ml.hands.geometry import Floats

HAND_PIXELS: Final = 25
"""The longer side of a tiny hand's box."""

_ROOM: Final = (320, 240)
_MARGIN_AT_THE_WRIST: Final = 0.1
_ASSUMED_SHARE: Final = 1 / 1.8
"""How much of its picture a hand takes up whose place is not known: as in photos that were cut around it."""

Apply = Callable[[Image.Image, Floats | None, Random], Image.Image]


@dataclass(frozen=True, slots=True)
class Corruption:
    """``name`` is for programs, ``words`` for readers of a report."""

    name: str
    words: str
    apply: Apply

    def __call__(self, image: Image.Image, hand: Floats | None, seed: int) -> Image.Image:
        """The picture (RGB) as it would have come; ``hand`` holds its landmarks (21, 2 or 3) in pixels if known."""
        return self.apply(image, hand, Random(f"{self.name} {seed}"))  # noqa: S311 - repeatable, not secret


def _dark(image: Image.Image, hand: Floats | None, random: Random) -> Image.Image:
    return _noisy(_exposed(image, 1 / 8), 3, random)


def _bright(image: Image.Image, hand: Floats | None, random: Random) -> Image.Image:
    return _exposed(image, 2.5)


def _blur(image: Image.Image, hand: Floats | None, random: Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(0.012 * max(image.size)))


def _noise(image: Image.Image, hand: Floats | None, random: Random) -> Image.Image:
    return _noisy(image, 25, random)


def _jpeg(image: Image.Image, hand: Floats | None, random: Random) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=15)
    return Image.open(buffer).convert("RGB")


def _rotated(image: Image.Image, hand: Floats | None, random: Random) -> Image.Image:
    """Nothing is cut off: the picture grows, and what comes into view is its own colours."""
    angle = random.choice((-30, 30))
    mask = Image.new("L", image.size, 255)
    turned, inside = (one.rotate(angle, Image.Resampling.BICUBIC, expand=True) for one in (image, mask))
    return Image.composite(turned, _backdrop(image, turned.size), inside)


def tiny(
    image: Image.Image, hand: Floats | None, random: Random, pixels: int = HAND_PIXELS, room: tuple[int, int] = _ROOM
) -> Image.Image:
    """The picture is shrunk until its hand has so many pixels, and lies somewhere in a room of its own colours."""
    left, top, right, bottom = _box(image, hand)
    scale = pixels / max(right - left, bottom - top, 1)
    width, height = (max(8, round(side * scale)) for side in image.size)
    room = (max(room[0], width), max(room[1], height))
    small = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3)
    mask = Image.new("L", (width, height), 0)
    mask.paste(255, (1, 1, width - 1, height - 1))
    place = random.randint(0, room[0] - width), random.randint(0, room[1] - height)
    result = _backdrop(image, room)
    result.paste(small, place, mask.filter(ImageFilter.GaussianBlur(1)))
    return result


def cut_off(
    image: Image.Image, hand: Floats | None, random: Random, margin: float = _MARGIN_AT_THE_WRIST
) -> Image.Image:
    """The box of the landmarks, whose lowest is the wrist itself, with room for the flesh around them: a share of the
    box's longer side. A negative one cuts off fingertips."""
    left, top, right, bottom = _box(image, hand)
    room = margin * max(right - left, bottom - top)
    x0, y0, x1, y1 = (round(value) for value in (left - room, top - room, right + room, bottom + room))
    width, height = image.size
    x0, y0 = max(0, min(x0, width - 16)), max(0, min(y0, height - 16))
    return image.crop((x0, y0, min(width, max(x1, x0 + 16)), min(height, max(y1, y0 + 16))))


def _mirrored(image: Image.Image, hand: Floats | None, random: Random) -> Image.Image:
    return ImageOps.mirror(image)


def _back_light(image: Image.Image, hand: Floats | None, random: Random) -> Image.Image:
    """A window behind the hand: its shape darkened, all around it washed out, and light that spills over its edge."""
    shape = _shape(image, hand)
    hand_light, room_light = _exposed(image, 1 / 4), Image.blend(_exposed(image, 3.0), _white(image), 0.4)
    lit = Image.composite(hand_light, room_light, shape)
    spill = lit.filter(ImageFilter.GaussianBlur(0.04 * max(image.size)))
    return Image.blend(lit, spill, 0.2)


SUITE: Final = (
    Corruption("dark", "an eighth of the light, and the noise that comes with it", _dark),
    Corruption("bright", "two and a half times the light; what is too bright is lost", _bright),
    Corruption("blur", "out of focus: a Gaussian of 1.2 % of the longer side", _blur),
    Corruption("noise", "Gaussian noise of 25 of 255 in each channel", _noise),
    Corruption("jpeg", "JPEG of quality 15", _jpeg),
    Corruption("rotation", "turned by 30 degrees, one way or the other", _rotated),
    Corruption("tiny", f"a hand of {HAND_PIXELS} pixels in a picture of {_ROOM[0]} by {_ROOM[1]}", tiny),
    Corruption("wrist", "cut tight around the hand, at the wrist", cut_off),
    Corruption("mirrored", "mirrored: the other hand", _mirrored),
    Corruption(
        "back_light", "a window behind: the hand with a quarter of its light, all else with three times", _back_light
    ),
)


def _exposed(image: Image.Image, light: float) -> Image.Image:
    """As a camera would have seen it with so many times the light: scaled where sRGB is linear, then clipped."""
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4) * light
    coded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    table = np.clip(np.round(coded * 255), 0, 255).astype(int).tolist()
    return image.point(table * 3)


def _noisy(image: Image.Image, deviation: float, random: Random) -> Image.Image:
    values = np.asarray(image, np.float32)
    noise = np.random.default_rng(random.getrandbits(64)).normal(0, deviation, values.shape)
    noisy: npt.NDArray[np.uint8] = np.clip(np.round(values + noise), 0, 255).astype(np.uint8)
    return Image.fromarray(noisy)


def _backdrop(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Something of the picture's own colours and light in which no shape is left."""
    return ImageOps.fit(image, size).filter(ImageFilter.GaussianBlur(0.2 * max(size)))


def _white(image: Image.Image) -> Image.Image:
    return Image.new("RGB", image.size, (255, 255, 255))


def _box(image: Image.Image, hand: Floats | None) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the landmarks in pixels; the middle of the picture if they are unknown."""
    if hand is None:
        across, down = (side * (1 - _ASSUMED_SHARE) / 2 for side in image.size)
        return across, down, image.width - across, image.height - down
    (left, top), (right, bottom) = hand[:, :2].min(axis=0).tolist(), hand[:, :2].max(axis=0).tolist()
    return left, top, right, bottom


def _shape(image: Image.Image, hand: Floats | None) -> Image.Image:
    """A soft mask of the hand: its silhouette by the landmarks; an ellipse if they are unknown."""
    if hand is not None:
        return silhouette(hand[:, :2], image.size)
    left, top, right, bottom = _box(image, hand)
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((left, top, right, bottom), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(0.02 * max(right - left, bottom - top)))
