"""The typical hand of each letter, from photos of many signers: what the practice page draws, and judges a hand by.

The file holds no photo and no single person's hand: ``points`` are medians over signers, and ``typical``, ``below`` and
``above`` say where the middle nine of ten hands have each of ``hands.measures.NAMES``, every signer counting the same.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from worker.ml.datasets import Photo, fingerprint, person_of, scan_photos
from worker.ml.hand_table import find_changed_hands
from worker.ml.hands.geometry import Floats
from worker.ml.hands.measures import NAMES, measures
from worker.ml.hands.normalise import normalise
from worker.ml.labels import LABELS, LETTERS
from worker.ml.progress import Report
from worker.ml.signers import SESSIONS, is_in_vault

FORMAT_VERSION: Final = 1
PHOTOS_OF_A_CLASS: Final = 16
"""Of each session, spread evenly over the recording: neighbours look alike."""

LEFT_OUT: Final = frozenset({"ikedyike", "mariia00", "massey__hand4", "siqbals"})
"""People whom the statistics do not know, so that advice can be tried on their hands. Chosen by kind of picture."""

_FEWEST: Final = 4
"""Hands of a person's letter: fewer say little of how that person signs it."""

_ROUNDS: Final = 5
_LOWEST, _HIGHEST = 0.05, 0.95

Hands = Mapping[str, Mapping[str, Floats]]
"""By letter and person, normalised hands (n, 21, 3)."""


@dataclass(frozen=True, slots=True)
class TypicalHand:
    """``points`` (21, 3), normalised; of each measure the median, and how far it is from there to 5 and 95 %, (20,)."""

    points: Floats
    typical: Floats
    below: Floats
    above: Floats


def average_hands(data: Path, report: Report) -> dict[str, Any]:
    """The file's contents, from photos in ``hands/`` below ``data``, but for people in the vault or left out."""
    photos = chosen_photos(data)
    hands = hands_of(photos, report)
    signers = sorted({person for people in hands.values() for person in people})
    return {
        "format": FORMAT_VERSION,
        "data": fingerprint([photo.path for photo in photos], data),
        "photos": len(photos),
        "signers": len(signers),
        "measures": NAMES,
        "letters": {letter: _written(typical_hand(hands[letter])) for letter in LETTERS},
    }


def chosen_photos(data: Path, *, only: frozenset[str] = frozenset()) -> list[Photo]:
    """Photos that are used, in a fixed order; those of the people ``only`` if any are named, even ones left out."""
    photos = [photo for photo in scan_photos(data / "hands") if _is_used(photo, only)]
    chosen: list[Photo] = []
    for _, group in groupby(photos, key=lambda photo: (photo.session, photo.label)):
        files = list(group)
        places = np.linspace(0, len(files) - 1, min(PHOTOS_OF_A_CLASS, len(files))).round().astype(int)
        chosen += [files[place] for place in places]
    return chosen


def _is_used(photo: Photo, only: frozenset[str]) -> bool:
    person = person_of(photo.session)
    is_known = photo.session in SESSIONS and not is_in_vault(photo.session)
    if not is_known or LABELS[photo.label] not in LETTERS or SESSIONS[photo.session].camera == "squeezed":
        return False  # what was squeezed has no angles that could be learnt
    return person in only if only else person not in LEFT_OUT


def hands_of(photos: Sequence[Photo], report: Report) -> Hands:
    """The surest hand of every photo in which one was found, by letter and person."""
    found: dict[str, dict[str, list[Floats]]] = {letter: {} for letter in LETTERS}
    for session, group in groupby(photos, key=lambda photo: photo.session):
        files = list(group)
        table = find_changed_hands(files, [Image.Image.copy] * len(files), report)  # by session, to spare memory
        for number, photo in enumerate(files):
            rows = np.flatnonzero((table.photo == number) & table.is_believed)[:1]
            for row in rows:
                hand = normalise(table.points[row], is_left=table.is_left[row])
                found[LABELS[photo.label]].setdefault(person_of(session), []).append(hand)
        report(f"{session}: {table.is_found.sum()} hands in {len(files)} photos")
    return {
        letter: {person: np.stack(hands) for person, hands in people.items() if len(hands) >= _FEWEST}
        for letter, people in found.items()
    }


def typical_hand(people: Mapping[str, Floats]) -> TypicalHand:
    """Of one letter's hands by person. The drawing follows the half of the people who are most alike.

    Some letters are signed in two ways (M, N and T with the thumb tucked or not): a median of both would be neither.
    """
    own = np.stack([aligned_median(hands) for hands in people.values()])
    gaps = np.linalg.norm(own[:, None] - own[None], axis=-1).mean(axis=-1)
    middle = np.median(gaps, axis=1).argmin()
    alike = np.argsort(gaps[middle], kind="stable")[: (len(own) + 1) // 2]
    measured = [measures(hands) for hands in people.values()]
    values = np.concatenate(measured)
    weights = np.concatenate([np.full(len(one), 1 / len(one)) for one in measured])
    low, typical, high = (_quantiles(values, weights, share) for share in (_LOWEST, 0.5, _HIGHEST))
    return TypicalHand(aligned_median(own[alike]), typical, typical - low, high - typical)


def aligned_median(hands: Floats) -> Floats:
    """The median (21, 3) of hands (n, 21, 3) that were turned onto each other, turned as they are on average.

    A plain median would shrink what is turned this way and that. Source: Gower, "Generalized Procrustes analysis",
    Psychometrika, 1975.
    """
    estimate = np.median(hands, axis=0)
    for _ in range(_ROUNDS):
        turns = _turns(hands, estimate)
        estimate = np.median(hands @ turns, axis=0)
    back = _nearest_turn(turns.sum(axis=0)).T
    turned: Floats = (estimate @ back).astype(np.float32)
    return turned


def _turns(hands: Floats, onto: Floats) -> Floats:
    """Rotations (n, 3, 3) that bring each of the hands nearest. Source: Kabsch, Acta Crystallographica A32, 1976."""
    return _nearest_turn(np.swapaxes(hands, -1, -2) @ onto)


def _nearest_turn(matrices: Floats) -> Floats:
    """The rotation nearest to each matrix (..., 3, 3), mirror images excluded."""
    left, _, right = np.linalg.svd(matrices)
    left[..., :, 2] *= np.sign(np.linalg.det(left @ right))[..., None]
    turn: Floats = left @ right
    return turn


def _quantiles(values: Floats, weights: Floats, share: float) -> Floats:
    """The weighted quantile of each column of ``values`` (n, columns)."""
    order = np.argsort(values, axis=0)
    reached = np.cumsum(weights[order], axis=0) / weights.sum()
    places = (reached < share).sum(axis=0)
    quantiles: Floats = np.take_along_axis(values, order, axis=0)[places, np.arange(values.shape[1])]
    return quantiles


def _written(hand: TypicalHand) -> dict[str, Any]:
    names = ("points", "typical", "below", "above")
    return {name: np.round(getattr(hand, name).astype(np.float64), 2).tolist() for name in names}


def write_average_hands(data: Path, output: Path, report: Report) -> None:
    contents = average_hands(data, report)
    letters = ",\n".join(f"  {json.dumps(name)}: {json.dumps(hand)}" for name, hand in contents.pop("letters").items())
    head = json.dumps(contents, indent=1).removesuffix("\n}")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(f'{head},\n "letters": {{\n{letters}\n }}\n}}\n')
