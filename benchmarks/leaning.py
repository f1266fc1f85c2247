"""How far a hand should lean when the landmark network looks at it: ``python -m benchmarks.leaning --data DATA``

``HandFinder`` ends by looking at the hand both ways in a region in which it leans towards its thumb. Here hands are
looked at both ways, and by a single look, leaning by other angles too (radians; 0 is upright, as MediaPipe has it), and
named by networks (``landmarks``) that never saw the signer: those that ``evaluate --preset landmarks`` left in
``--cache``, or that are trained now. Every fourth photo of the signers outside the vault is asked about. Prints JSON:
accuracy over sessions with its interval by signer, and the mean negative logarithm of what the true class got.
"""

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.both_ways import Hands, rounded, said_of
from worker.ml.config import PRESETS
from worker.ml.corpus import load_corpus
from worker.ml.datasets import Photo
from worker.ml.evaluation import Answers, Averages, evaluated_persons
from worker.ml.hand_table import finder
from worker.ml.hands.geometry import Picture
from worker.ml.hands.networks import LANDMARK_FILE, LandmarkNetwork, carried_file
from worker.ml.images import decode_file
from worker.ml.judging import folds_of, likelihood_loss
from worker.ml.progress import to_stderr
from worker.ml.signers import VAULT
from worker.ml.trainer import Trainer

LEANS: Final = (-0.4, 0.0, 0.2, 0.4, 0.6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path(".local/cache"))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--every", type=int, default=4, help="of so many photos one is asked about")
    options = parser.parse_args()
    corpus, config = load_corpus(options.data, options.cache, to_stderr), PRESETS["landmarks"]
    trainer = Trainer(corpus, config, options.cache, to_stderr)
    people = [person for person in evaluated_persons(corpus.photos) if person not in VAULT]
    photos = corpus.photos_of(people)[:: options.every]
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        seen = list(pool.map(look, [corpus.photos[photo] for photo in photos], chunksize=16))
    parts: dict[str, list[Answers]] = {way: [] for way in seen[0]}
    persons = corpus.persons[photos]
    for fold in folds_of(corpus, config.folds):
        networks = trainer.networks(without=fold | VAULT)
        asked = np.flatnonzero(np.isin(persons, list(fold)))
        for way, said in parts.items():
            hands = {int(photos[place]): seen[place][way] for place in asked}
            said.append(said_of(corpus, photos[asked], hands, networks))
    said_by_way = {way: told(Answers.joined(said)) for way, said in parts.items()}
    print(json.dumps({"data": corpus.fingerprint, "photos": len(photos), **said_by_way}, indent=1))


def look(photo: Photo) -> dict[str, Hands]:
    """The hands that serving finds in a photo, as each way of looking shows them."""
    picture = Picture(decode_file(photo.path))
    hands, region_of = finder().find(picture).hands, LandmarkNetwork.leaning_region_of
    return {
        f"leaning {lean}, {name}": tuple(place(picture, region_of(hand, lean)) for hand in hands)
        for lean in LEANS
        for name, place in (("one look", network().place), ("both ways", network().place_both_ways))
    }


@cache
def network() -> LandmarkNetwork:
    return LandmarkNetwork(carried_file(LANDMARK_FILE), 1)


def told(said: Answers) -> dict[str, Any]:
    accuracy = Averages(said.sessions).over_sessions(said.is_right())
    return {**rounded(asdict(accuracy).items()), "negative logarithm": round(likelihood_loss(said, 1.0), 4)}


if __name__ == "__main__":
    main()
