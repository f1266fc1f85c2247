"""Words spelled by stills of a signer: as pictures for a camera, and as landmarks that pass over into each other."""

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from benchmarks.films import FRAMES_A_SECOND, empty, on_screen
from worker.ml.hand_table import finder
from worker.ml.hands.geometry import Picture

WORDS: Final = (
    "HELLO", "WORLD", "ALL", "BOOK", "COFFEE", "GREEN", "HAND", "ROAD", "QUICK", "BROWN",
    "FOX", "UNDER", "VOICE", "WATER", "PLEASE", "THANK", "NAME", "SCHOOL", "FRIEND", "HOUSE",
    "LETTER", "MUSIC", "APPLE", "SUMMER", "WINTER", "BALLOON", "EXTRA", "PHONE", "BRIDGE", "GARDEN",
)  # fmt: skip
CHOOSING: Final = ("amaannaseh", "kennethowen", "palakbhandari")
"""Whoever decodes words looks at these."""
REPORTING: Final = ("insaneleone", "mariia00", "siqbals")
"""And reports what came out on these. Both: webcam users who recorded every letter, or all but J and Z, by turns in the
order of their names."""
SEED: Final = 20261127
HOLD_SECONDS: Final = 0.4
LETTER_SECONDS: Final = 0.8
BLEND_SECONDS: Final = 0.2
"""Of a letter's time, how long the hand passes over from the one before."""
RELEASE_SECONDS: Final = 0.4
"""How long the hand is away between two of the same letter, the time in which it goes included."""
SLIDE_SECONDS: Final = 0.25
SLIDE_PALMS: Final = 1.0
PAUSE_SECONDS: Final = 1.5
"""Between words, without a hand."""

_SPELLER: Final = Path(__file__).with_name("spell.mjs")
_WANDER: Final = 12
"""Pixels: how far letters lie apart, as no hand returns to the same place."""
_TREMOR: Final = 0.6
"""Pixels, of each landmark in each frame of a film made of landmarks: measured on the same still seen again."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A still of a hand, where it is shown, in pixels from the middle, and for how long, the passing over included."""

    still: Path | None
    at: tuple[float, float]
    seconds: float
    blend_seconds: float = BLEND_SECONDS


def shots_of(word: str, still_of: Callable[[str], Path], chance: random.Random) -> Iterator[Shot]:
    """Each letter a still; the same letter twice is the same still after a brief release or a small slide."""
    place: tuple[float, float] = (0.0, 0.0)
    still: Path | None = None
    for before, letter in pairwise(f" {word}"):
        if letter != before or still is None:
            still = still_of(letter)
            place = (chance.uniform(-_WANDER, _WANDER), chance.uniform(-_WANDER, _WANDER))
            yield Shot(still, place, LETTER_SECONDS)
        elif chance.random() < 0.5:
            yield Shot(None, place, RELEASE_SECONDS)
            yield Shot(still, place, LETTER_SECONDS)
        else:
            place = (place[0] + SLIDE_PALMS * palm_of(still), place[1])
            yield Shot(still, place, LETTER_SECONDS, SLIDE_SECONDS)
    yield Shot(None, place, PAUSE_SECONDS)


def pictures(shots: Sequence[Shot]) -> Iterator[Image.Image]:
    """The frames of a film. The hand of the one before moves on while it gives way; one still slides."""
    before = Shot(None, (0.0, 0.0), 0.0)
    for shot in shots:
        frames, blended = frames_of(shot)
        for number in range(frames):
            share = min(1.0, (number + 1) / (blended + 1))
            at = _between(before.at, shot.at, share)
            if before.still == shot.still or share == 1.0:
                yield _shown(shot.still, at)
            else:
                yield Image.blend(_shown(before.still, at), _shown(shot.still, at), share)
        before = shot


def landmarks(shots: Sequence[Shot], chance: np.random.Generator) -> Iterator[dict[str, Any]]:
    """``{time, points, isLeft}`` of each frame as the live page has them: milliseconds, 63 numbers in pixels or None.

    Between letters the points go straight; a hand that comes or goes is seen for half of that time.
    """
    before = Shot(None, (0.0, 0.0), 0.0)
    time = 0.0
    for shot in shots:
        frames, blended = frames_of(shot)
        for number in range(frames):
            share = min(1.0, (number + 1) / (blended + 1))
            yield {"time": time, **_seen(before, shot, share, chance)}
            time += 1000 / FRAMES_A_SECOND
        before = shot


def _seen(before: Shot, shot: Shot, share: float, chance: np.random.Generator) -> dict[str, Any]:
    one, other = (hand_of(still) if still else None for still in (before.still, shot.still))
    chosen = other if share >= 0.5 else one
    if chosen is None:
        return {"points": None, "isLeft": None}
    points = chosen.points
    if one is not None and other is not None:
        points = one.points * (1 - share) + other.points * share
    moved = points + np.array([*_between(before.at, shot.at, share), 0.0]) + chance.normal(0, _TREMOR, points.shape)
    return {"points": [round(float(value), 2) for value in moved.ravel()], "isLeft": chosen.handedness == "left"}


def frames_of(shot: Shot) -> tuple[int, int]:
    """How many frames it has, and in how many of them the hand passes over from the one before."""
    return round(shot.seconds * FRAMES_A_SECOND), round(shot.blend_seconds * FRAMES_A_SECOND)


def _between(one: tuple[float, float], other: tuple[float, float], share: float) -> tuple[float, float]:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _shown(still: Path | None, at: tuple[float, float]) -> Image.Image:
    if still is None:
        return empty()
    with Image.open(still) as photo:
        return on_screen(photo, shift=(round(at[0]), round(at[1])))


@cache
def hand_of(still: Path, share: float = 0.8) -> Any:
    """The hand as found on the camera's picture, of whose height the still takes ``share``; None where none is."""
    with Image.open(still) as photo:
        return finder().find(Picture(on_screen(photo, share=share))).hand


def palm_of(still: Path) -> float:
    """Pixels from wrist to middle knuckle, the unit in which the page measures ways."""
    hand = hand_of(still)
    return float(np.linalg.norm(hand.points[9] - hand.points[0])) if hand is not None else 100.0


def spelled(films: Sequence[dict[str, Any]], network: Path, hold_seconds: float) -> list[dict[str, Any]]:
    """What the live page's modules make of films, ``{frames, stills}``, in Node.

    ``{text, drawn, names}`` for each: what was written, which of it was drawn, and the likeliest letter of each still.
    """
    node = shutil.which("node")
    if node is None:
        raise SystemExit("Node is not installed (Debian: apt-get install nodejs).")
    given = {
        "network": str(network.resolve()),
        "holdMs": hold_seconds * 1000,
        "films": films,
    }
    done = subprocess.run([node, str(_SPELLER)], input=json.dumps(given), capture_output=True, text=True, check=True)  # noqa: S603 - our own script
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers
