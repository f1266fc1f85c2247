"""A second hand that is at rest: ``python -m benchmarks.resting_hand --data ../shared/data``

A hand that signs and one of the same person that hangs (a B upside down) are pasted into a blurred picture of 640 by
480, at several sizes. Prints how many are named as labelled: the signing hand alone; both, when the first hands found
end the search, as they once did; and both as served, where the search goes on until a hand signs. The shipped networks
have learnt from these people.
"""

import argparse
import json
import random
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest.mock import patch

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.tiny_hands import encoded, sessions_of
from worker.ml import inference
from worker.ml.hand_table import finder
from worker.ml.hands.geometry import Floats, Picture
from worker.ml.images import decode
from worker.ml.inference import Recogniser

SIZES: Final = (110, 80, 60, 40, 26)
PAIRS: Final = 24
LETTERS: Final = "FILVWY"
"""Whose shape is far from a hanging hand's."""
AT_REST: Final = "B"
SEED: Final = 20261128


class Cut(NamedTuple):
    """A photo and where its hand is, landmarks (21, 3) in pixels."""

    image: Image.Image
    points: Floats
    label: str


def pairs(folder: Path) -> dict[str, dict[str, float]]:
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    sessions = sessions_of(folder)
    drawn: list[tuple[Cut, Cut]] = []
    while len(drawn) < PAIRS:
        session = chance.choice(sessions)
        signing, resting = (cut(session / label, chance) for label in (chance.choice(LETTERS), AT_REST))
        if signing and resting:
            drawn.append((signing, resting))
    recogniser = Recogniser.load(threads=2)
    said: dict[str, dict[str, float]] = {}
    for pixels in SIZES:
        alone = [picture_of(pixels, signing) for signing, _ in drawn]
        both = [picture_of(pixels, signing, resting) for signing, resting in drawn]
        truth = [signing.label for signing, _ in drawn]
        row = {"alone": right(recogniser, alone, truth), "both": right(recogniser, both, truth)}
        with patch.object(inference, "SIGNS", 0.0):
            row["both, first hands"] = right(recogniser, both, truth)
        said[f"{pixels} pixels"] = row
    return said


def cut(folder: Path, chance: random.Random) -> Cut | None:
    photos = sorted(folder.glob("*.jpg"))
    if not photos:
        return None
    image = decode(chance.choice(photos).read_bytes())
    hand = finder().find(Picture(image)).hand
    return Cut(image, hand.points, folder.name) if hand else None


def picture_of(pixels: int, signing: Cut, resting: Cut | None = None) -> bytes:
    room = signing.image.resize((640, 480)).filter(ImageFilter.GaussianBlur(40))
    if resting is not None:
        paste(room, shrunk(resting, pixels).transpose(Image.Transpose.ROTATE_180), (300, 300))
    paste(room, shrunk(signing, pixels), (480, 130))
    return encoded(room)


def shrunk(one: Cut, pixels: int) -> Image.Image:
    """The photo scaled until its hand has so many pixels."""
    scale = pixels / float(np.ptp(one.points[:, :2], axis=0).max())
    size = (max(8, round(one.image.width * scale)), max(8, round(one.image.height * scale)))
    return one.image.resize(size, Image.Resampling.LANCZOS)


def paste(room: Image.Image, piece: Image.Image, middle: tuple[int, int]) -> None:
    """With a soft border."""
    mask = Image.new("L", piece.size)
    mask.paste(255, (1, 1, piece.width - 1, piece.height - 1))
    corner = (middle[0] - piece.width // 2, middle[1] - piece.height // 2)
    room.paste(piece, corner, mask.filter(ImageFilter.GaussianBlur(1)))


def right(recogniser: Recogniser, pictures: list[bytes], truth: list[str]) -> float:
    return share(recogniser.recognise(picture).label == label for picture, label in zip(pictures, truth, strict=True))


def share(hits: Any) -> float:
    return round(float(np.mean(list(hits))), 3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    print(json.dumps(pairs(parser.parse_args().data / "hands"), indent=1))
