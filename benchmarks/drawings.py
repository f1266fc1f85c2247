"""J and Z drawn by stills that are moved: ``python -m benchmarks.drawings FOLDER_OF_HANDS NETWORK``

As ``benchmarks.words``: landmarks of stills of I and D that the server finds, here moved along a path and mirrored as
well, read by the live page's modules in Node. Prints the recall of J and Z by signer, speed and side, and how many
letters a minute are drawn by I, D, X and Y that are held still.
"""

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.films import FRAMES_A_SECOND, SIZE
from benchmarks.word_films import HOLD_SECONDS, REPORTING, SEED, hand_of, spelled

DRAWING_SECONDS: Final = (0.6, 1.0, 1.6)
PATHS: Final[dict[str, tuple[str, list[tuple[int, int]]]]] = {
    "J": ("I", [(-40, -90), (-40, 60), (-30, 90), (0, 105), (35, 95), (50, 65)]),
    "Z": ("D", [(-90, -80), (90, -80), (-90, 80), (90, 80)]),
}
"""The hand that draws each, and the path of its photo's middle from the picture's, in pixels."""
SHARE: Final = 0.5
"""Of the picture's height, how high the photo is."""
STILLS: Final = 5
REST_SECONDS: Final = 0.7 * HOLD_SECONDS
PAUSE_SECONDS: Final = 0.5
STILL_SECONDS: Final = 6.0
_TREMOR: Final = 0.6

Frames = list[dict[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("network", type=Path)
    parser.add_argument("--signers", nargs="+", default=REPORTING)
    options = parser.parse_args()
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    tremor = np.random.default_rng(SEED)
    films = list(drawings(options.folder, options.signers, chance, tremor))
    still = list(held_still(options.folder, options.signers, chance, tremor))
    answers = spelled([*films, *still], options.network, HOLD_SECONDS)
    minutes = len(still) * STILL_SECONDS / 60
    alarms = sum(len(answer["drawn"]) for answer in answers[len(films) :])
    print(json.dumps(recall(films, answers[: len(films)]) | {"false_alarms_a_minute": alarms / minutes}, indent=1))


def held_still(
    folder: Path, signers: Sequence[str], chance: random.Random, tremor: np.random.Generator
) -> Iterator[dict[str, Any]]:
    at = [(0, 0)] * round(STILL_SECONDS * FRAMES_A_SECOND)
    for signer, letter in product(signers, "IDXY"):
        for photo in sample(folder / signer / letter, chance):
            yield {"frames": shown(photo, at, is_mirrored=False, tremor=tremor), "stills": []}


def drawings(
    folder: Path, signers: Sequence[str], chance: random.Random, tremor: np.random.Generator
) -> Iterator[dict[str, Any]]:
    for signer, (letter, (shape, path)) in product(signers, PATHS.items()):
        for photo in sample(folder / signer / shape, chance):
            for seconds, is_mirrored in product(DRAWING_SECONDS, (False, True)):
                frames = shown(photo, places(path, seconds), is_mirrored=is_mirrored, tremor=tremor)
                yield {
                    "letter": letter, "signer": signer, "seconds": seconds, "mirrored": is_mirrored,
                    "photo": photo.name, "frames": frames, "stills": [],
                }  # fmt: skip


def sample(folder: Path, chance: random.Random) -> list[Path]:
    return chance.sample(sorted(folder.glob("*.jpg")), STILLS)


def places(path: Sequence[tuple[int, int]], seconds: float) -> list[tuple[int, int]]:
    """Where the photo's middle is in each frame: it rests, goes with a slow beginning and end, and rests."""
    frames, rest = round(seconds * FRAMES_A_SECOND), round(REST_SECONDS * FRAMES_A_SECOND)
    drawn = [along(path, (1 - math.cos(math.pi * number / frames)) / 2) for number in range(frames + 1)]
    return [drawn[0]] * rest + drawn + [drawn[-1]] * rest


def shown(photo: Path, at: Sequence[tuple[int, int]], *, is_mirrored: bool, tremor: np.random.Generator) -> Frames:
    """Frames of the photo's landmarks at these places, after none and before none."""
    hand = hand_of(photo, SHARE)
    frames: list[tuple[list[float] | None, bool | None]] = []
    for place in at:
        if hand is None:
            frames.append((None, None))
            continue
        points = hand.points + np.array([*place, 0.0]) + tremor.normal(0, _TREMOR, hand.points.shape)
        if is_mirrored:
            points[:, 0] = SIZE[0] - points[:, 0]
        frames.append((points.ravel().round(2).tolist(), (hand.handedness == "left") != is_mirrored))
    pause: list[tuple[None, None]] = [(None, None)] * round(PAUSE_SECONDS * FRAMES_A_SECOND)
    return [
        {"time": number * 1000 / FRAMES_A_SECOND, "points": points, "isLeft": is_left}
        for number, (points, is_left) in enumerate([*pause, *frames, *pause])
    ]


def along(path: Sequence[tuple[int, int]], share: float) -> tuple[int, int]:
    """The place at a share (0..1) of a path's length."""
    lengths = [math.dist(a, b) for a, b in pairwise(path)]
    rest = share * sum(lengths)
    for (a, b), length in zip(pairwise(path), lengths, strict=True):
        if rest <= length:
            return round(a[0] + (b[0] - a[0]) * rest / length), round(a[1] + (b[1] - a[1]) * rest / length)
        rest -= length
    return path[-1]


def recall(films: Sequence[dict[str, Any]], answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    drawn: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for film, answer in zip(films, answers, strict=True):
        letter, text = film["letter"], answer["text"]
        side = "mirrored" if film["mirrored"] else "as photographed"
        for group in (letter, f"{letter} {film['signer']}", f"{letter} {film['seconds']} s", f"{letter} {side}"):
            wanted[group] += 1
            drawn[group] += answer["drawn"] == letter
        if text != letter:
            wrong[f"{letter}: {text or 'nothing'}, {film['signer']} {film['photo']}"] += 1
    return {
        "films": len(films),
        "recall": {group: round(drawn[group] / wanted[group], 3) for group in wanted},
        "written_otherwise": dict(wrong.most_common()),
    }


if __name__ == "__main__":
    main()
