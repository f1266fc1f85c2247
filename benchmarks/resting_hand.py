"""A second hand that is at rest: ``python -m benchmarks.resting_hand --data ../shared/data [--strangers]``

A hand that signs and one of the same person that hangs (a B upside down) are pasted into a blurred picture of 640 by
480, at several sizes. Prints how many are named as labelled: the signing hand alone; both, when the first hands found
end the search, as they once did; and both as served, where the search goes on until a hand signs. The shipped networks
have learnt from these people.

With ``--strangers``, what going on does to photos of one hand, which is then placed anew: the signers outside the
vault are left out in turn, and named by ``landmarks`` networks that never saw them, with the first hands found and with
all. So are the six of the vault, by which nothing here was chosen. Networks and hands are kept in the cache.
"""

import argparse
import json
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from benchmarks.fingerspelling5 import report
from benchmarks.tiny_hands import encoded, sessions_of
from worker.ml import inference
from worker.ml.artifact import SHIPPED, Artifact
from worker.ml.config import PRESETS
from worker.ml.corpus import Corpus, load_corpus
from worker.ml.datasets import EMPTY_ROOMS
from worker.ml.evaluation import (
    Answers,
    Averages,
    calibration_error,
    is_evaluated,
    letters_called_nothing,
    sure_answers,
)
from worker.ml.export import logits_in_batches
from worker.ml.fusion import SIGNS, sureness
from worker.ml.hand_table import finder
from worker.ml.hands.geometry import Floats, Picture
from worker.ml.hands.normalise import normalise
from worker.ml.images import decode
from worker.ml.inference import Recogniser
from worker.ml.naming import Networks, answers, vote
from worker.ml.pipeline import folds_of
from worker.ml.signers import VAULT
from worker.ml.trainer import Trainer

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
    folds = folds_of(corpus, config.folds)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        left_out = [
            named(trainer.networks(without=fold | VAULT), corpus, corpus.photos_of(fold), pool) for fold in folds
        ]
        vault = named(trainer.networks(without=VAULT), corpus, corpus.photos_of(VAULT), pool)
    first, served = (Answers.joined(parts) for parts in zip(*left_out, strict=True))
    signers, rooms = np.array([is_evaluated(name) for name in first.sessions]), first.sessions == EMPTY_ROOMS
    return {
        "data": corpus.fingerprint,
        "signers": compared(first.where(signers), served.where(signers)),
        "vault": compared(*vault),
        "rooms called nothing": [share(one.where(rooms).is_right()) for one in (first, served)],
    }


def named(
    networks: Networks, corpus: Corpus, photos: npt.NDArray[np.int64], pool: ProcessPoolExecutor
) -> tuple[Answers, Answers]:
    """What is said of the photos by the first hands, and as served."""
    votes = vote(networks, corpus.hands, photos)
    first = answers(votes, corpus.hands, photos, corpus.labels, corpus.sessions, landmarks_share=1.0)
    surest = np.zeros(len(corpus.photos))
    np.maximum.at(surest, votes.photo, sureness(votes.landmarks, votes.presence))
    searched_on = np.flatnonzero(first.is_found & (surest[photos] < SIGNS))
    report(f"the search goes on in {len(searched_on)} of {len(photos)} photos")
    logits = first.logits.copy()
    paths = [corpus.photos[photo].path for photo in photos[searched_on]]
    for place, hands in zip(searched_on, pool.map(searched, paths, chunksize=8), strict=True):
        seen = logits_in_batches(networks.landmarks, np.stack([hand.shape for hand in hands]))
        sure = sureness(seen, np.array([hand.presence for hand in hands], np.float32))
        enough = np.flatnonzero(sure >= SIGNS)
        logits[place] = seen[enough[0] if enough.size else sure.argmax()]
    return first, replace(first, logits=logits)


def compared(first: Answers, served: Answers) -> dict[str, Any]:
    changed = int((first.predicted() != served.predicted()).sum())
    return {
        "photos": len(first),
        "answers changed": changed,
        "first hands": figures(first),
        "as served": figures(served),
    }


def figures(said: Answers) -> dict[str, Any]:
    """With the temperature and the threshold that ship for landmarks alone."""
    calibration = Artifact.read(SHIPPED).landmarks_alone or {}
    temperature, threshold = calibration["temperature"], calibration["unsure_below"]
    means = Averages(said.sessions)
    sure = sure_answers(said, temperature, threshold)
    by_session = zip(means.sessions.tolist(), means.by_session(said.is_right()).tolist(), strict=True)
    return {
        "accuracy over sessions": round(means.over_sessions(said.is_right()).mean, 4),
        "accuracy over signers": round(means.over_persons(said.is_right()).mean, 4),
        "sure": [round(sure[name]["mean"], 4) for name in ("share", "accuracy")],
        "calibration error": round(calibration_error(said.confidence(temperature), said.is_right()), 4),
        "letters called nothing": round(letters_called_nothing(said), 4),
        "sessions": {name: round(accuracy, 3) for name, accuracy in by_session},
    }


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
