"""Everything that networks learn from: photos of many people, hands found in them, landmarks of others."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from worker.ml.datasets import (
    PRINTED,
    DatasetError,
    LandmarkSet,
    Photo,
    fingerprint,
    load_landmark_set,
    person_of,
    scan_photos,
)
from worker.ml.hand_table import CROP_SIDE, VERSION, HandTable, empty_squares, find_hands, squares_beside
from worker.ml.hands.crop import Pixels
from worker.ml.hands.geometry import Floats
from worker.ml.hands.normalise import normalise
from worker.ml.labels import INDEX, NOTHING
from worker.ml.pixel_lesson import PixelLesson
from worker.ml.progress import Report
from worker.ml.training import Examples

_MIN_PRESENCE = 0.5
"""Views of a photo whose presence is lower show no hand that a letter could be learnt from."""

_LENDERS = 50
"""So many photos of a session, at most, lend what is beside their hand as surroundings."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Photos with their hands, landmark sets without photos, and a fingerprint of all files."""

    photos: list[Photo]
    hands: HandTable
    sets: list[LandmarkSet]
    fingerprint: str

    @property
    def sessions(self) -> npt.NDArray[np.str_]:
        return np.array([photo.session for photo in self.photos])

    @property
    def persons(self) -> npt.NDArray[np.str_]:
        return np.array([person_of(photo.session) for photo in self.photos])

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        return np.array([photo.label for photo in self.photos], np.int64)

    def photos_of(self, persons: Collection[str]) -> npt.NDArray[np.int64]:
        """Indices of all photos of these people."""
        return np.flatnonzero(np.isin(self.persons, list(persons)))

    def learnt_from(self, without: Collection[str]) -> list[str]:
        """The sessions and sets that are left to learn from, in order; pixels of some teach nothing (``PRINTED``)."""
        sets = {str(one.sessions[0]) for one in self.sets}
        names = set(self.sessions.tolist()) | sets
        left = sorted(name for name in names if person_of(name) not in without)
        if not left:
            raise DatasetError("There is nobody left to learn from. Add photos of more people, or judge in more folds.")
        return [*left, *(f"no pixels of {name}" for name in sorted(PRINTED))]

    def landmark_examples(self, *, without: Collection[str] = ()) -> Examples:
        """Landmarks to learn from, leaving people out. Every session weighs the same, and in it every photo.

        Whatever the landmark network saw in photos without a hand is an example of ``nothing``.
        """
        rows = self._rows_of(without, self.hands.presence >= _MIN_PRESENCE)
        sets = [one for one in self.sets if person_of(str(one.sessions[0])) not in without]
        points = normalise(self.hands.points[rows], is_left=self.hands.is_left[rows])
        unknown = [np.zeros(len(rows), bool), *(np.ones(len(one.labels), bool) for one in sets)]
        photo = self.hands.photo[rows]
        groups = np.concatenate([self.sessions[photo], *(one.sessions for one in sets)])
        units = np.concatenate([_shares(photo), *(np.ones(len(one.labels)) for one in sets)])
        return Examples(
            points=np.concatenate([points, *(one.points for one in sets)]),
            labels=np.concatenate([self.labels[photo], *(one.labels for one in sets)]),
            is_side_unknown=np.concatenate(unknown),
            weights=_balanced(groups, units),
        )

    def pixel_lesson(self, *, without: Collection[str] = ()) -> PixelLesson:
        """Crops to learn from, leaving people out, with surroundings that are nobody's who is left out."""
        rows = self._rows_of(without, self.hands.crop >= 0)
        rows = rows[self.hands.crop[rows] >= 0]
        rows = rows[~np.isin(self.sessions[self.hands.photo[rows]], list(PRINTED))]
        photo = self.hands.photo[rows]
        return PixelLesson(
            crops=self.hands.crops,
            is_left=self.hands.is_left_of_crops(),
            rows=self.hands.crop[rows],
            labels=self.labels[photo],
            weights=_balanced(self.sessions[photo], _shares(photo)),
            surroundings=self._surroundings(without),
        )

    def _surroundings(self, without: Collection[str]) -> Pixels:
        """Squares (n, side, side, 3) of photos without a hand and of what others show beside it, as large as crops;
        black if there are none."""
        is_out = np.isin(self.persons, list(without))
        is_empty = self.labels == INDEX[NOTHING]
        empty = np.flatnonzero(is_empty & ~is_out)
        squares = [square for photo in empty for square in empty_squares(self.photos[photo])]
        shows_hand = self.hands.is_found & ~is_empty & ~is_out
        for session in sorted(set(self.sessions[shows_hand].tolist()) - PRINTED):
            photos = np.flatnonzero(shows_hand & (self.sessions == session))
            for photo in photos[:: math.ceil(len(photos) / _LENDERS)]:
                hand = self.hands.surest(photo)
                squares += squares_beside(self.photos[photo], hand) if hand is not None else []
        return np.array(squares) if squares else np.zeros((1, CROP_SIDE, CROP_SIDE, 3), np.uint8)

    def _rows_of(self, without: Collection[str], used: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Rows of all people but some: those of photos without a hand, and the others where ``used`` (rows,) says so.

        A photo's second hand is none of them: it does not sign.
        """
        hands = self.hands
        second = np.zeros(len(hands.photo), bool)
        second[1:] = hands.is_believed[1:] & hands.is_believed[:-1] & (hands.photo[1:] == hands.photo[:-1])
        is_empty = self.labels[hands.photo] == INDEX[NOTHING]
        is_out = np.isin(self.persons[hands.photo], list(without))
        return np.flatnonzero((is_empty | (used & ~second)) & ~is_out)


def load_corpus(data: Path, cache: Path, report: Report) -> Corpus:
    """Read ``hands/`` and ``landmarks/`` below ``data``; found hands are kept in ``cache`` for these same files."""
    photos = scan_photos(data / "hands")
    sets = sorted((data / "landmarks").glob("*.npz"))
    photo_print = fingerprint([photo.path for photo in photos], data)
    stored = cache / f"hands-{VERSION}-{photo_print[:16]}.npz"
    if stored.exists():
        hands = HandTable.load(stored)
    else:
        hands = find_hands(photos, report)
        hands.save(stored)
    report(f"{len(photos)} photos, a hand found in {hands.is_found.mean():.1%}; {len(sets)} landmark sets")
    everything = fingerprint([*(photo.path for photo in photos), *sets], data)
    return Corpus(photos, hands, [load_landmark_set(path) for path in sets], everything)


def _shares(photos: npt.NDArray[np.int64]) -> Floats:
    """One photo's weight, split among its rows."""
    _, index, counts = np.unique(photos, return_inverse=True, return_counts=True)
    return (1 / counts[index]).astype(np.float32)


def _balanced(groups: npt.NDArray[np.str_], units: Floats) -> Floats:
    """Weights by which every group counts the same."""
    _, index = np.unique(groups, return_inverse=True)
    return (units / np.bincount(index, weights=units)[index]).astype(np.float32)
