"""What looking at a hand both ways brings: ``python -m benchmarks.both_ways --data DATA``

``HandFinder`` ends by placing the landmarks in the hand's region and in that region's mirror image. Here the same
hands are named by that mean and by the single look in the same region, in each photo and in its mirror image, by
networks (``landmarks``) that never saw the signer: a quarter of the signers is left out in turn, and so is the vault.
Every second photo is learnt from and asked about. Prints JSON; hands and networks are kept in ``--cache``.
"""

import argparse
import json
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from benchmarks.unseen_network import load_half
from worker.ml.config import PRESETS
from worker.ml.corpus import Corpus
from worker.ml.datasets import Photo
from worker.ml.evaluation import Answers, Averages, agreement, evaluated_persons
from worker.ml.export import logits_in_batches
from worker.ml.hand_table import finder
from worker.ml.hands.geometry import Picture
from worker.ml.hands.networks import Landmarks
from worker.ml.hands.normalise import normalise
from worker.ml.images import decode
from worker.ml.naming import Networks, Votes, answers
from worker.ml.progress import to_stderr
from worker.ml.signers import VAULT
from worker.ml.trainer import Trainer

GROUPS: Final = 4
SEED: Final = 11
WAYS: Final = ("once", "once, mirrored", "both ways", "both ways, mirrored")

Hands = tuple[Landmarks, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path(".local/cache"))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    corpus = load_half(options.data, options.cache, options.processes)
    people = [person for person in evaluated_persons(corpus.photos) if person not in VAULT]
    photos = corpus.photos_of(people)
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        seen = list(pool.map(look, [corpus.photos[photo] for photo in photos], chunksize=16))
    hands = {way: {photo: one[way] for photo, one in zip(photos.tolist(), seen, strict=True)} for way in WAYS}
    trainer = Trainer(corpus, PRESETS["landmarks"], options.cache, to_stderr)
    np.random.default_rng(SEED).shuffle(people)
    parts: dict[str, list[Answers]] = {way: [] for way in WAYS}
    for number in range(GROUPS):
        group = people[number::GROUPS]
        networks = trainer.networks(without={*group, *VAULT})
        for way in WAYS:
            parts[way].append(said_of(corpus, corpus.photos_of(group), hands[way], networks))
    said = {way: Answers.joined(answered) for way, answered in parts.items()}
    agreements = {way: agreement(said[way], said[f"{way}, mirrored"]) for way in ("once", "both ways")}
    about = {"data": corpus.fingerprint, "seed": SEED, "photos": len(photos)}
    print(json.dumps(about | figures(said, agreements), indent=1))


def look(photo: Photo) -> dict[str, Hands]:
    """The hands in a photo and in its mirror image, by :data:`WAYS`."""
    image = decode(photo.path.read_bytes())
    (both, once), (both_mirrored, once_mirrored) = (seen_in(one) for one in (image, ImageOps.mirror(image)))
    return dict(zip(WAYS, (once, once_mirrored, both, both_mirrored), strict=True))


def seen_in(image: Image.Image) -> tuple[Hands, Hands]:
    """The hands that serving finds, and a single look in the regions where it ended."""
    picture = Picture(image)
    hands = finder().find(picture).hands
    return hands, tuple(finder().glance(picture, hand.region) for hand in hands)


def said_of(corpus: Corpus, photos: npt.NDArray[np.int64], seen: dict[int, Hands], networks: Networks) -> Answers:
    asked = [(photo, hand) for photo in photos.tolist() for hand in seen[photo]]
    points = np.array([hand.points for _, hand in asked], np.float32)
    is_left = np.array([hand.handedness == "left" for _, hand in asked])
    logits = logits_in_batches(networks.landmarks, normalise(points, is_left=is_left))
    presence = np.array([hand.presence for _, hand in asked], np.float32)
    shown_in = np.array([photo for photo, _ in asked])
    votes = Votes(shown_in, np.zeros_like(shown_in), presence, logits, np.zeros_like(logits))
    return answers(votes, corpus.hands, photos, corpus.labels, corpus.sessions, 1.0)


def figures(said: dict[str, Answers], agreements: dict[str, Any]) -> dict[str, Any]:
    return {
        "accuracy": {
            way: rounded(asdict(Averages(one.sessions).over_sessions(one.is_right())).items())
            for way, one in said.items()
        },
        "mirrored gives the same": {way: rounded(asdict(one).items()) for way, one in agreements.items()},
    }


def rounded(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values}


if __name__ == "__main__":
    main()
