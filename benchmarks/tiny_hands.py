"""Hands of a few pixels, found and named: ``python -m benchmarks.tiny_hands FOLDER_OF_HANDS``

Photos of signers outside the vault are shrunk until the hand has 16 to 50 pixels, in pictures of several sizes, as the
corruption *tiny* does. Prints for each how many show a hand, how many are named as labelled, and how many of the sure
ones are; and the median milliseconds with a hand and, of collages of rooms and faces, without one, two threads. The
shipped networks have learnt from these signers: only what is found tells of others.
"""

import io
import json
import random
import statistics
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from worker.ml.corruptions import Apply, tiny
from worker.ml.hands.geometry import Floats
from worker.ml.images import decode
from worker.ml.inference import Recogniser
from worker.ml.recognition import Recognition
from worker.ml.signers import VAULT

SIZES: Final = (
    (25, (320, 240)), (20, (320, 240)), (20, (640, 480)), (16, (640, 480)), (20, (200, 200)), (25, (800, 600)),
    (50, (1600, 1200)), (40, (1600, 1200)), (30, (1600, 1200)),
)  # fmt: skip
PHOTOS: Final = 120
COLLAGES: Final = 15
TILES: Final = (192, 384)
"""Sides of the rooms in a collage: one of 768 by 576 pixels, one of 1536 by 1152."""
SEED: Final = 20261127
NOT_JUDGED: Final = ("kaggle", "rooms", "dstd")


def main(folder: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    recogniser = Recogniser.load(threads=2)
    photos = {path: points_of(recogniser, path) for path in sampled(folder, chance)}
    found = {
        f"{pixels} pixels in {room[0]}x{room[1]}": asked(recogniser, photos, partial(tiny, pixels=pixels, room=room))
        for pixels, room in SIZES
    }
    empty = {}
    for side in TILES:
        rooms = [recogniser.recognise(encoded(collage(folder, chance, side))) for _ in range(COLLAGES)]
        empty[f"collages, {4 * side}x{3 * side}"] = {"showing_a_hand": share(rooms), "milliseconds": median(rooms)}
    print(json.dumps(found | empty, indent=1))


def sessions_of(folder: Path) -> list[Path]:
    """Recordings of signers outside the vault."""
    return [
        path for path in sorted(folder.iterdir()) if path.name not in VAULT and not path.name.startswith(NOT_JUDGED)
    ]


def sampled(folder: Path, chance: random.Random) -> list[Path]:
    """One photo a letter and session, of which some."""
    letters = [
        letter for session in sessions_of(folder) for letter in sorted(session.iterdir()) if len(letter.name) == 1
    ]
    return chance.sample([chance.choice(sorted(letter.glob("*.jpg"))) for letter in letters], PHOTOS)


def asked(recogniser: Recogniser, photos: dict[Path, Floats | None], change: Apply) -> dict[str, Any]:
    """What the recogniser says of photos, whose hands are known, once they are changed."""
    said = [
        recogniser.recognise(encoded(change(opened(photo), points, random.Random(str(photo)))))  # noqa: S311
        for photo, points in photos.items()
    ]
    right = [answer.label == photo.parent.name for answer, photo in zip(said, photos, strict=True)]
    sure = [is_right for answer, is_right in zip(said, right, strict=True) if not answer.is_unsure]
    return {
        "found": share(said),
        "named": round(sum(right) / len(right), 3),
        "sure": round(len(sure) / len(said), 3),
        "sure_and_right": round(sum(sure) / max(1, len(sure)), 3),
        "milliseconds": median(said),
    }


def points_of(recogniser: Recogniser, photo: Path) -> Floats | None:
    """Where the hand is in the photo itself, landmarks (21, 2) in pixels."""
    hand = recogniser.recognise(photo.read_bytes()).hand
    if hand is None:
        return None
    return np.array(hand.landmarks, np.float32)[:, :2] * np.array(opened(photo).size, np.float32)


def opened(photo: Path) -> Image.Image:
    return decode(photo.read_bytes())


def collage(folder: Path, chance: random.Random, side: int) -> Image.Image:
    """Twelve rooms or faces in one picture, as the photos by themselves are too small to be searched in tiny parts."""
    whole = Image.new("RGB", (4 * side, 3 * side))
    for place, path in enumerate(chance.sample(sorted((folder / "rooms" / "nothing").glob("*.jpg")), 12)):
        with Image.open(path) as photo:
            whole.paste(photo.convert("RGB").resize((side, side)), (place % 4 * side, place // 4 * side))
    return whole


def encoded(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def share(answers: list[Recognition]) -> float:
    return round(sum(answer.hand is not None for answer in answers) / len(answers), 3)


def median(answers: list[Recognition]) -> float:
    return round(statistics.median(answer.milliseconds["total"] for answer in answers), 1)


if __name__ == "__main__":
    main(Path(sys.argv[1])) if len(sys.argv) == 2 else sys.exit(__doc__)
