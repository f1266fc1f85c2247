"""Words by landmarks that pass over into each other, in seconds: ``python -m benchmarks.words FOLDER_OF_HANDS NETWORK``

The folder is laid out as ``<signer>/<CLASS>/*.jpg``; the network is a file of ``benchmarks/unseen_network.py``, which
never saw the signers. Landmarks are those that the server finds in stills, each signer spells all words
(``benchmarks/word_films.py``), and the live page's own modules run in Node. Prints the character error rate, how many
double letters are right, and why letters are wrong: of the letters that were meant, on how many stills no hand was
found, on how many another letter was likelier, and what else was missed.
"""

import argparse
import json
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.live import Spelled
from benchmarks.word_films import HOLD_SECONDS, REPORTING, SEED, WORDS, hand_of, landmarks, shots_of, spelled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("network", type=Path)
    parser.add_argument("--signers", nargs="+", default=REPORTING)
    parser.add_argument("--hold", type=float, default=HOLD_SECONDS, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    films = [
        film
        for signer in options.signers
        for film in films_of(options.folder, signer, random.Random(options.seed))  # noqa: S311 - a sample, not a secret
    ]
    given = [{"frames": film["frames"], "stills": [_hand(one) for one in film["stills"]]} for film in films]
    print(json.dumps(judged(films, spelled(given, options.network, options.hold)), indent=1))


def films_of(folder: Path, signer: str, chance: random.Random) -> list[dict[str, Any]]:
    """For each word the frames of its film, and the stills that were used, one for each letter that is new."""
    tremor = np.random.default_rng(chance.getrandbits(32))
    films = []
    for word in WORDS:
        shots = list(shots_of(word, partial(_still, folder / signer, chance), chance))
        stills = list(dict.fromkeys(shot.still for shot in shots if shot.still))
        films.append({"signer": signer, "word": word, "frames": list(landmarks(shots, tremor)), "stills": stills})
    return films


def _still(folder: Path, chance: random.Random, letter: str) -> Path:
    return chance.choice(sorted((folder / letter).glob("*.jpg")))


def _hand(still: Path) -> dict[str, Any] | None:
    hand = hand_of(still)
    return hand and {"points": hand.points.ravel().tolist(), "isLeft": hand.handedness == "left"}


def judged(films: Sequence[dict[str, Any]], answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    everybody = Spelled()
    signers: dict[str, Spelled] = {}
    no_hand = misnamed = 0
    wrong = []
    for film, answer in zip(films, answers, strict=True):
        word, text = film["word"], answer["text"].strip()
        for spelled_by in (everybody, signers.setdefault(film["signer"], Spelled())):
            spelled_by.add(word, text)
        for still, name in zip(film["stills"], answer["names"], strict=True):
            no_hand += name is None
            misnamed += name is not None and name != still.parent.name
        if text != word:
            wrong.append(f"{film['signer']}: {word} {text}")
    stills = sum(len(film["stills"]) for film in films)
    return {
        **everybody.figures(),
        "of_signers": {name: one.figures()["character_error_rate"] for name, one in signers.items()},
        "stills": stills,
        "stills_without_a_hand": no_hand,
        "stills_named_otherwise": misnamed,
        "wrong": wrong,
    }


if __name__ == "__main__":
    main()
