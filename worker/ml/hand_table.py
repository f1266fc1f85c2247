"""The hands found in a set of photos, computed once and kept: training then never touches a pixel."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from worker.ml.datasets import Photo
from worker.ml.hands.finder import HandFinder
from worker.ml.hands.geometry import Floats, Picture
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, Landmarks, carried_file
from worker.ml.images import decode

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class HandTable:
    """Rows of landmarks, several a photo.

    ``points`` (rows, 21, 3) in pixels, ``is_left`` (rows,), ``presence`` (rows,) and ``photo`` (rows,), the photo's
    index. ``served`` (photos,) is the row that serving would use, -1 where it finds no hand; ``best_presence``
    (photos,) is that row's presence or the highest that was refused. The other rows are the same hand through other
    regions.
    """

    points: Floats
    is_left: npt.NDArray[np.bool_]
    presence: Floats
    photo: npt.NDArray[np.int64]
    served: npt.NDArray[np.int64]
    best_presence: Floats

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.npz")
        np.savez_compressed(part, **{field.name: getattr(self, field.name) for field in fields(self)})
        os.replace(part, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path, allow_pickle=False) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})


class _Seen(NamedTuple):
    served: Landmarks | None
    presence: float
    views: list[Landmarks]


def find_hands(photos: Sequence[Photo], report: Report, *, processes: int | None = None) -> HandTable:
    """Find the hand in every photo, with as many processes as there are cores unless told otherwise."""
    seen: list[_Seen] = []
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        for result in pool.map(_look, [photo.path for photo in photos], chunksize=16):
            seen.append(result)
            if len(seen) % 1000 == 0:
                report(f"hands: {len(seen)} of {len(photos)} photos")
    return _table(seen)


def _table(seen: Sequence[_Seen]) -> HandTable:
    rows: list[Landmarks] = []
    photo: list[int] = []
    served = np.full(len(seen), -1, np.int64)
    for index, one in enumerate(seen):
        if one.served:
            served[index] = len(rows)
            rows.append(one.served)
        rows += one.views
        photo += [index] * (len(rows) - len(photo))
    return HandTable(
        points=np.array([row.points for row in rows], np.float32).reshape(-1, 21, 3),
        is_left=np.array([row.handedness == "left" for row in rows], bool),
        presence=np.array([row.presence for row in rows], np.float32),
        photo=np.array(photo, np.int64),
        served=served,
        best_presence=np.array([one.presence for one in seen], np.float32),
    )


@cache
def _finder() -> HandFinder:
    return HandFinder(carried_file(PALM_FILE), carried_file(LANDMARK_FILE))


def _look(path: Path) -> _Seen:
    picture = Picture(decode(path.read_bytes()))
    served, presence = _finder().find(picture)
    return _Seen(served, presence, list(_finder().views(picture)))
