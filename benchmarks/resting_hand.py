"""A second hand that is at rest: ``python -m benchmarks.resting_hand --data ../shared/data [--strangers]``

A hand that signs and one of the same person that hangs (a B upside down) are pasted into a blurred picture of 640 by
480, at several sizes. Prints how many are named as labelled: the signing hand alone; both, when the first hands found
end the search, as they once did; and both as served, where the search goes on until a hand signs. The shipped networks
have learnt from these people.

With ``--strangers``, what going on does to photos of one hand, which is then placed anew: the signers outside the
vault are left out in turn, and named by ``landmarks`` networks that never saw them, with the first hands found and with
all. Networks and hands are kept in the cache.
"""

import argparse
import io
import json
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest.mock import patch

import numpy as np
from PIL import Image, ImageFilter

from worker.ml import inference
from worker.ml.config import PRESETS
from worker.ml.corpus import load_corpus
from worker.ml.evaluation import Averages, is_evaluated
from worker.ml.export import logits_in_batches
from worker.ml.fusion import SIGNS, signing_hand, sureness
from worker.ml.hand_table import finder
from worker.ml.hands.geometry import Floats, Picture
from worker.ml.hands.normalise import normalise
from worker.ml.images import decode
from worker.ml.inference import Recogniser
from worker.ml.labels import INDEX, NOTHING
from worker.ml.pipeline import folds_of
from worker.ml.signers import VAULT
from worker.ml.trainer import Trainer

SIZES: Final = (110, 80, 60, 40, 26)
PAIRS: Final = 24
LETTERS: Final = "FILVWY"
"""Whose shape is far from a hanging hand's."""
AT_REST: Final = "B"
SEED: Final = 20261128
NOT_JUDGED: Final = ("kaggle", "rooms", "dstd")


class Cut(NamedTuple):
    """A photo and where its hand is, landmarks (21, 3) in pixels."""

    image: Image.Image
    points: Floats
    label: str


def pairs(folder: Path) -> dict[str, dict[str, float]]:
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    sessions = [
        path for path in sorted(folder.iterdir()) if path.name not in VAULT and not path.name.startswith(NOT_JUDGED)
    ]
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
    content = io.BytesIO()
    room.save(content, "PNG")
    return content.getvalue()


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


class Seen(NamedTuple):
    """A hand, normalised, and its presence."""

    shape: Floats
    presence: float


def searched(path: Path) -> list[Seen]:
    """All hands that a whole search of the photo shows; the first ones come first."""
    hands = [hand for finding in finder().search(Picture(decode(path.read_bytes()))) for hand in finding.hands]
    return [Seen(normalise(hand.points, is_left=hand.handedness == "left"), hand.presence) for hand in hands]


def strangers(data: Path, cache: Path) -> dict[str, Any]:
    corpus = load_corpus(data, cache, report)
    config = PRESETS["landmarks"]
    trainer = Trainer(corpus, config, cache, report)
    table, labels, sessions = corpus.hands, corpus.labels, corpus.sessions
    first, every = np.full(len(labels), INDEX[NOTHING]), np.full(len(labels), INDEX[NOTHING])
    gone_on: list[int] = []
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for fold in folds_of(corpus, config.folds):
            network = trainer.networks(without=fold | VAULT).landmarks
            rows = np.flatnonzero(table.is_believed & np.isin(table.photo, corpus.photos_of(fold)))
            shapes = normalise(table.points[rows], is_left=table.is_left[rows])
            said, presence = logits_in_batches(network, shapes), table.presence[rows]
            unsure = []
            for photo in np.unique(table.photo[rows]):
                mine = table.photo[rows] == photo
                first[photo] = every[photo] = said[mine][signing_hand(said[mine], presence[mine])].argmax()
                if sureness(said[mine], presence[mine]).max() < SIGNS:
                    unsure.append(int(photo))
            report(f"{len(unsure)} photos are searched on")
            paths = [corpus.photos[photo].path for photo in unsure]
            for photo, hands in zip(unsure, pool.map(searched, paths, chunksize=8), strict=True):
                logits = logits_in_batches(network, np.stack([hand.shape for hand in hands]))
                chosen = signing_hand(logits, np.array([hand.presence for hand in hands], np.float32))
                every[photo] = logits[chosen].argmax()
            gone_on += unsure
    judged = np.flatnonzero([is_evaluated(name) and name not in VAULT for name in sessions])
    means = Averages(sessions[judged])
    rooms = np.flatnonzero(sessions == "rooms")
    return {
        "data": corpus.fingerprint,
        "photos": len(judged),
        "searched on": share(np.isin(judged, gone_on)),
        "answers changed": int((first[judged] != every[judged]).sum()),
        "accuracy over sessions, first hands": round(means.over_sessions(first[judged] == labels[judged]).mean, 4),
        "accuracy over sessions, as served": round(means.over_sessions(every[judged] == labels[judged]).mean, 4),
        "rooms called nothing": [share(one[rows] == INDEX[NOTHING]) for one, rows in ((first, rooms), (every, rooms))],
    }


def report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path(".local/cache"))
    parser.add_argument("--strangers", action="store_true")
    options = parser.parse_args()
    print(
        json.dumps(
            strangers(options.data, options.cache) if options.strangers else pairs(options.data / "hands"), indent=1
        )
    )
