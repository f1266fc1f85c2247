"""A pair of trained networks asked about the hands of a table, as serving would ask them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from worker.ml.calibration import confidence_of_nothing
from worker.ml.evaluation import Answers
from worker.ml.export import logits_in_batches
from worker.ml.fusion import SIGNS, fuse, signing_hand, sureness
from worker.ml.hand_table import CROP_MARGIN, CROP_SIDE, HandTable
from worker.ml.hands.crop import righted
from worker.ml.hands.geometry import Floats
from worker.ml.hands.normalise import normalise
from worker.ml.labels import LABELS


@dataclass(frozen=True, slots=True)
class Networks:
    """``crops`` is None for the ``landmarks`` preset."""

    landmarks: keras.Model
    crops: keras.Model | None


@dataclass(frozen=True, slots=True)
class Votes:
    """Log-probabilities (rows, 29) by landmarks and by pixels for the believed hands of some photos.

    ``photo`` (rows,) are the photos' indices in the table; ``finding`` and ``presence`` (rows,) are the hands'.
    """

    photo: npt.NDArray[np.int64]
    finding: npt.NDArray[np.int64]
    presence: Floats
    landmarks: Floats
    pixels: Floats

    @classmethod
    def joined(cls, parts: Sequence["Votes"]) -> "Votes":
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))

    def of(self, rows: npt.NDArray[Any]) -> "Votes":
        """Those on these rows, indices or a mask."""
        return Votes(*(getattr(self, name)[rows] for name in self.__slots__))

    def undecided(self, landmarks_share: float) -> npt.NDArray[np.int64]:
        """The photos none of whose hands signs: serving would search on."""
        sure = sureness(fuse(self.landmarks, self.pixels, landmarks_share), self.presence)
        return np.setdiff1d(self.photo, self.photo[sure >= SIGNS])


def vote(networks: Networks, hands: HandTable, photos: npt.NDArray[np.int64]) -> Votes:
    """Ask the networks about the believed hands of the photos (indices)."""
    rows = np.flatnonzero(hands.is_believed & np.isin(hands.photo, photos))
    is_left = hands.is_left[rows]
    landmarks = logits_in_batches(networks.landmarks, normalise(hands.points[rows], is_left=is_left))
    pixels = np.zeros_like(landmarks)
    if networks.crops is not None:
        border = (CROP_SIDE - round(CROP_SIDE / CROP_MARGIN)) // 2
        crops = hands.crops[hands.crop[rows], border : CROP_SIDE - border, border : CROP_SIDE - border, :3]
        pixels = logits_in_batches(networks.crops, righted(crops, is_left))
    return Votes(hands.photo[rows], hands.finding[rows], hands.presence[rows], landmarks, pixels)


def answers(
    votes: Votes,
    hands: HandTable,
    photos: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    sessions: npt.NDArray[np.str_],
    landmarks_share: float,
) -> Answers:
    """The answers for photos (indices into the table, and into its ``labels`` and ``sessions``)."""
    fused = fuse(votes.landmarks, votes.pixels, landmarks_share)
    chosen = np.full(len(hands.best_presence), -1, np.int64)
    order = np.argsort(votes.photo, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(votes.photo[order])) + 1):
        if rows.size:
            place = signing_hand(fused[rows], votes.presence[rows], votes.finding[rows])
            chosen[votes.photo[rows[0]]] = rows[place]
    row = chosen[photos]
    logits = np.where((row >= 0)[:, None], fused[row], 0) if len(fused) else np.zeros((len(photos), len(LABELS)))
    return Answers(
        labels=labels[photos],
        sessions=sessions[photos],
        logits=logits.astype(np.float32),
        is_found=row >= 0,
        confidence_of_nothing=confidence_of_nothing(hands.best_presence[photos]),
    )
