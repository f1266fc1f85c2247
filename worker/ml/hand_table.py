"""The hands found in a set of photos, computed once and kept: training then decodes no photo."""

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.ml.datasets import Photo
from worker.ml.disturb import disturb
from worker.ml.hands.crop import Pixels, cut_hand, hand_mask
from worker.ml.hands.finder import HandFinder, is_hand_shaped
from worker.ml.hands.geometry import Floats, Picture, Region
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, LandmarkNetwork, Landmarks, carried_file
from worker.ml.images import decode
from worker.ml.labels import INDEX, NOTHING
from worker.ml.progress import Report

Change = Callable[[Image.Image], Image.Image]
"""What is done to a photo before anybody looks at it."""

VERSION: Final = 2
"""2: crops, several believed hands, disturbed views. Tables that are kept are asked for by it."""

CROP_SIDE: Final = 112
CROP_MARGIN: Final = 7 / 6
"""Crops are kept a little wider than the network's 96 pixels, so that training can move and turn them."""

_VIEWS: Final = 3
_NOTHINGS: Final = 4


@dataclass(frozen=True, slots=True)
class HandTable:
    """Rows of landmarks, several a photo.

    ``points`` (rows, 21, 3) in pixels, ``is_left`` (rows,), ``presence`` (rows,) and ``photo`` (rows,), the photo's
    index. ``is_believed`` (rows,) marks the hands that serving would name, at most two a photo. The other rows are the
    same hand seen otherwise, or whatever was seen where there is none. ``crop`` (rows,) is the row's place in
    ``crops`` (crops, 112, 112, 4), colours and the hand's mask, or -1. ``best_presence`` (photos,) is the highest
    presence, believed or not.
    """

    points: Floats
    is_left: npt.NDArray[np.bool_]
    presence: Floats
    photo: npt.NDArray[np.int64]
    is_believed: npt.NDArray[np.bool_]
    crop: npt.NDArray[np.int64]
    best_presence: Floats
    crops: Pixels

    @property
    def is_found(self) -> npt.NDArray[np.bool_]:
        """Whether serving would name a hand, (photos,)."""
        found = np.zeros(len(self.best_presence), bool)
        found[self.photo[self.is_believed]] = True
        return found

    def is_left_of_crops(self) -> npt.NDArray[np.bool_]:
        """Whether each of the crops (crops,) shows a left hand."""
        has_crop = self.crop >= 0
        is_left = np.zeros(len(self.crops), bool)
        is_left[self.crop[has_crop]] = self.is_left[has_crop]
        return is_left

    def surest(self, photo: int) -> Floats | None:
        """The landmarks (21, 3) of a photo's surest hand, None where none was believed."""
        rows = np.flatnonzero((self.photo == photo) & self.is_believed)
        return self.points[rows[0]] if rows.size else None

    def save(self, path: Path) -> None:
        """Write ``path`` (.npz) and the crops beside it (.npy), which are read only as they are needed."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.npz")
        np.save(part.with_suffix(".npy"), self.crops)
        np.savez_compressed(part, **{name: getattr(self, name) for name in _stored_fields()})
        os.replace(part.with_suffix(".npy"), path.with_suffix(".npy"))
        os.replace(part, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        crops = np.load(path.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
        with np.load(path, allow_pickle=False) as stored:
            return cls(**{name: stored[name] for name in _stored_fields()}, crops=crops)


def _stored_fields() -> list[str]:
    return [field.name for field in fields(HandTable) if field.name != "crops"]


class _Row(NamedTuple):
    hand: Landmarks
    is_believed: bool
    crop: Pixels | None


class _Seen(NamedTuple):
    rows: list[_Row]
    presence: float


def find_hands(photos: Sequence[Photo], report: Report, *, processes: int | None = None) -> HandTable:
    """Find the hand in every photo, with as many processes as there are cores unless told otherwise."""
    return _find(_look_to_learn, photos, report, processes)


def find_changed_hands(photos: Sequence[Photo], changes: Sequence[Change], report: Report) -> HandTable:
    """The hands that serving would name if each photo had come changed. Nothing is learnt from such a table."""
    return _find(_look_to_answer, list(zip(photos, changes, strict=True)), report, None)


def _find(look: Callable[[Any], "_Seen"], tasks: Sequence[Any], report: Report, processes: int | None) -> HandTable:
    seen: list[_Seen] = []
    # Not forked: the parent may hold TensorFlow, whose threads a fork would lose.
    with ProcessPoolExecutor(processes or os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for result in pool.map(look, tasks, chunksize=16):
            seen.append(result)
            if len(seen) % 1000 == 0:
                report(f"hands: {len(seen)} of {len(tasks)} photos")
    return _table(seen)


def _table(seen: Sequence[_Seen]) -> HandTable:
    rows = [row for one in seen for row in one.rows]
    has_crop = np.array([row.crop is not None for row in rows], bool)
    crops = np.empty((has_crop.sum(), CROP_SIDE, CROP_SIDE, 4), np.uint8)
    for place, crop in enumerate(row.crop for row in rows if row.crop is not None):
        crops[place] = crop
    return HandTable(
        points=np.array([row.hand.points for row in rows], np.float32).reshape(-1, 21, 3),
        is_left=np.array([row.hand.handedness == "left" for row in rows], bool),
        presence=np.array([row.hand.presence for row in rows], np.float32),
        photo=np.repeat(np.arange(len(seen)), [len(one.rows) for one in seen]),
        is_believed=np.array([row.is_believed for row in rows], bool),
        crop=np.where(has_crop, np.cumsum(has_crop) - 1, -1),
        best_presence=np.array([one.presence for one in seen], np.float32),
        crops=crops,
    )


@cache
def _finder() -> HandFinder:
    return HandFinder(carried_file(PALM_FILE), carried_file(LANDMARK_FILE))


def _look_to_answer(task: tuple[Photo, Change]) -> _Seen:
    photo, change = task
    return _believed(Picture(change(decode(photo.path.read_bytes()))))


def _believed(picture: Picture) -> _Seen:
    hands, presence = _finder().find(picture)
    return _Seen([_Row(hand, True, _crop(picture, hand)) for hand in hands], presence)


def _look_to_learn(photo: Photo) -> _Seen:
    image = decode(photo.path.read_bytes())
    picture = Picture(image)
    seen = _believed(picture)
    if photo.label == INDEX[NOTHING] or not seen.rows:
        doubtful = sorted(_finder().doubtful(picture), key=lambda one: -one.presence)
        doubtful = [one for one in doubtful if is_hand_shaped(one.points)]
        keeps_crops = photo.label == INDEX[NOTHING]
        seen.rows.extend(
            _Row(one, False, _crop(picture, one) if keeps_crops and place < _NOTHINGS else None)
            for place, one in enumerate(doubtful)
        )
    else:
        seed = zlib.crc32("/".join(photo.path.parts[-3:]).encode())
        views = _views(image, seen.rows[0].hand, np.random.default_rng(seed))
        seen.rows.extend(_Row(view, False, None) for view in views if is_hand_shaped(view.points))
    return seen


def _views(image: Image.Image, hand: Landmarks, random: np.random.Generator) -> Iterator[Landmarks]:
    """The hand through regions a little off, once in the photo and then in worse copies of it."""
    region = LandmarkNetwork.region_of(hand.points)
    size = float(np.ptp(hand.points[:, :2], axis=0).max())
    for number in range(_VIEWS):
        picture = Picture(image if number == 0 else disturb(image, size, random))
        yield _finder().glance(picture, _jittered(region, random))


def _jittered(region: Region, random: np.random.Generator) -> Region:
    x, y = random.normal(0, 0.04, 2) * region.size
    scale, turn = np.exp(random.normal(0, 0.1)), random.normal(0, 0.15)
    return Region(region.x + x, region.y + y, region.size * scale, region.rotation + turn)


def _crop(picture: Picture, hand: Landmarks) -> Pixels:
    colours = cut_hand(picture, hand.points, CROP_SIDE, margin=CROP_MARGIN)
    mask = hand_mask(hand.points, CROP_SIDE, margin=CROP_MARGIN)
    return np.concatenate([colours, mask[..., None]], axis=-1)
