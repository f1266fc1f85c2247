"""Everything the ``landmarks`` family learns from: photos of many people, hands found in them, landmarks of others."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from worker.ml.datasets import LandmarkSet, Photo, fingerprint, load_landmark_set, person_of, scan_photos
from worker.ml.evaluation import Answers
from worker.ml.hand_table import HandTable, find_hands
from worker.ml.hands.geometry import Floats
from worker.ml.hands.normalise import normalise
from worker.ml.labels import INDEX, NOTHING
from worker.ml.training import Examples, Report

_MIN_PRESENCE = 0.5
"""Views of a photo whose presence is lower show no hand that a letter could be learnt from."""


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
    def labels(self) -> npt.NDArray[np.int64]:
        return np.array([photo.label for photo in self.photos], np.int64)

    def examples(self, *, without: str | None = None) -> Examples:
        """What to train on, leaving one person out. Every session weighs the same, and in it every photo.

        Whatever the landmark network saw in photos of empty rooms is an example of ``nothing``.
        """
        labels = self.labels[self.hands.photo]
        sessions = self.sessions[self.hands.photo]
        used = (self.hands.presence >= _MIN_PRESENCE) | (labels == INDEX[NOTHING])
        rows = np.flatnonzero(used & ~_is_of(sessions, without))
        sets = [one for one in self.sets if person_of(str(one.sessions[0])) != without]
        points = normalise(self.hands.points[rows], is_left=self.hands.is_left[rows])
        unknown = [np.zeros(len(rows), bool), *(np.ones(len(one.labels), bool) for one in sets)]
        groups = np.concatenate([sessions[rows], *(one.sessions for one in sets)])
        units = np.concatenate([_shares(self.hands.photo[rows]), *(np.ones(len(one.labels)) for one in sets)])
        return Examples(
            points=np.concatenate([points, *(one.points for one in sets)]),
            labels=np.concatenate([labels[rows], *(one.labels for one in sets)]),
            is_side_unknown=np.concatenate(unknown),
            weights=_balanced(groups, units),
        )

    def answers(self, photos: npt.NDArray[np.int64], logits_of: Callable[[Floats], Floats]) -> Answers:
        """A model's answers for some photos (indices), from the hands that serving would use."""
        rows = self.hands.served[photos]
        found = rows >= 0
        points = normalise(self.hands.points[rows[found]], is_left=self.hands.is_left[rows[found]])
        logits = np.zeros((len(photos), len(INDEX)), np.float32)
        if found.any():
            logits[found] = logits_of(points)
        return Answers(self.labels[photos], self.sessions[photos], logits, found)

    def photos_of(self, person: str) -> npt.NDArray[np.int64]:
        return np.flatnonzero(_is_of(self.sessions, person))


def load_corpus(data: Path, cache: Path, report: Report) -> Corpus:
    """Read ``hands/`` and ``landmarks/`` below ``data``; found hands are kept in ``cache`` for these same files."""
    photos = scan_photos(data / "hands")
    sets = sorted((data / "landmarks").glob("*.npz"))
    photo_print = fingerprint([photo.path for photo in photos], data)
    stored = cache / f"hands-{photo_print[:16]}.npz"
    if stored.exists():
        hands = HandTable.load(stored)
    else:
        hands = find_hands(photos, report)
        hands.save(stored)
    report(f"{len(photos)} photos, a hand found in {(hands.served >= 0).mean():.1%}; {len(sets)} landmark sets")
    everything = fingerprint([*(photo.path for photo in photos), *sets], data)
    return Corpus(photos, hands, [load_landmark_set(path) for path in sets], everything)


def _is_of(sessions: npt.NDArray[np.str_], person: str | None) -> npt.NDArray[np.bool_]:
    names, index = np.unique(sessions, return_inverse=True)
    return np.array([person_of(str(name)) == person for name in names])[index]


def _shares(photos: npt.NDArray[np.int64]) -> Floats:
    """One photo's weight, split among its rows."""
    _, index, counts = np.unique(photos, return_inverse=True, return_counts=True)
    return (1 / counts[index]).astype(np.float32)


def _balanced(groups: npt.NDArray[np.str_], units: Floats) -> Floats:
    """Weights by which every group counts the same."""
    _, index = np.unique(groups, return_inverse=True)
    return (units / np.bincount(index, weights=units)[index]).astype(np.float32)
