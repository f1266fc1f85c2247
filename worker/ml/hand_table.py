"""The hands found in a set of photos, computed once and kept: training then decodes no photo."""

import math
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from worker.ml.datasets import EMPTY_ROOMS, Photo
from worker.ml.disturb import cut_at_sides, disturb, in_another_room
from worker.ml.hands.crop import Pixels, cut_hand, hand_mask, silhouette
from worker.ml.hands.finder import HandFinder, is_hand_shaped
from worker.ml.hands.geometry import BLACK, GREY, Floats, Picture, Region
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, LandmarkNetwork, Landmarks, carried_file
from worker.ml.images import decode_file
from worker.ml.labels import INDEX, NOTHING
from worker.ml.progress import Report

Change = Callable[[Image.Image], Image.Image]
"""What is done to a photo before anybody looks at it."""

FINDING: Final = 6
"""Of how hands are found: raise it whenever ``HandFinder`` would find others. Those of imported pictures, which
``found_lessons`` keeps, are asked for by it.
2: looked at both ways, and looked for in tiny parts and the tiniest too. 3: in the tiniest of webcams' pictures.
4: by freer looks on grey, and in larger regions than the picture. 5: in a wide frame first, and all on grey.
6: looked at leaning towards the thumb."""

VERSION: Final = 8
"""2: crops, several believed hands, disturbed views. 3: views in other rooms, mirrored and squeezed; larger crops.
4: believed hands are looked at both ways. 5: the finding that showed a hand. 6: ``FINDING`` 4. 7: ``FINDING`` 5, and
views that are cut off. 8: ``FINDING`` 6. Tables that are kept are asked for by it: raise it with ``FINDING``, unless
the same hands as before are found in the photos that are learnt from."""

CROP_SIDE: Final = 150
CROP_MARGIN: Final = 150 / 128
"""Crops are kept a little wider than the network's 128 pixels, so that training can move and turn them."""

_FEW: Final = 32
"""So many photos are looked at before other processes would have begun."""

_VIEWS: Final = 6
_CUT_VIEWS: Final = 2
_GROUNDS: Final = (BLACK, GREY)
"""What is beyond the border in views: it may be black where others find the hand, as in a browser."""
_NOTHINGS: Final = 4
_SQUARES: Final = 8
_COVERED: Final = 0.05
"""Of a square beside a hand, how much of it the hand may cover."""

_ELSEWHERE: Final = 0.5
"""Of the worse views, how many show the hand before another room."""

_STRETCHED: Final = 0.35
"""Of the worse views, how many come from pictures that were scaled to another shape, and how far: logarithms of width
by height, from beyond a wide frame made square to a tall one."""
_STRETCH: Final = (-0.6, 0.35)


@dataclass(frozen=True, slots=True)
class HandTable:
    """Rows of landmarks, several a photo.

    ``points`` (rows, 21, 3) in pixels, ``is_left`` (rows,), ``presence`` (rows,) and ``photo`` (rows,), the photo's
    index. ``is_believed`` (rows,) marks the hands that serving would name, and ``finding`` (rows,) which finding of the
    search showed them, in order: at most two a photo, of the first with any, unless it was searched to the end. The
    other rows are the same hand seen otherwise, or whatever was seen where there is none. ``crop`` (rows,) is the row's
    place in ``crops`` (crops, 150, 150, 4), colours and the hand's mask, or -1. ``best_presence`` (photos,) is the
    highest presence, believed or not.
    """

    points: Floats
    is_left: npt.NDArray[np.bool_]
    presence: Floats
    photo: npt.NDArray[np.int64]
    is_believed: npt.NDArray[np.bool_]
    finding: npt.NDArray[np.int64]
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
    finding: int = 0


class _Seen(NamedTuple):
    rows: list[_Row]
    presence: float


def find_hands(photos: Sequence[Photo], report: Report, *, processes: int | None = None) -> HandTable:
    """Find the hand in every photo, with as many processes as there are cores unless told otherwise.

    Hands are seen in other rooms too, if there are photos of the session ``EMPTY_ROOMS``.
    """
    rooms = [photo.path for photo in photos if photo.session == EMPTY_ROOMS]
    return _find(partial(_look_to_learn, rooms), photos, report, processes)


def find_changed_hands(
    photos: Sequence[Photo], changes: Sequence[Change], report: Report, *, to_the_end: bool = False
) -> HandTable:
    """The hands that serving would name if each photo had come changed: those found first, or with ``to_the_end`` all
    that it would see if none of them signed. Nothing is learnt from such a table."""
    return _find(partial(_look_to_answer, to_the_end), list(zip(photos, changes, strict=True)), report, None)


def _find(look: Callable[[Any], "_Seen"], tasks: Sequence[Any], report: Report, processes: int | None) -> HandTable:
    seen: list[_Seen] = []
    for one in _looks(look, tasks, processes):
        seen.append(one)
        if len(seen) % 1000 == 0:
            report(f"hands: {len(seen)} of {len(tasks)} photos")
    return _table(seen)


def _looks(look: Callable[[Any], "_Seen"], tasks: Sequence[Any], processes: int | None) -> Iterator["_Seen"]:
    if len(tasks) <= _FEW:
        yield from map(look, tasks)
        return
    # Not forked: the parent may hold TensorFlow, whose threads a fork would lose.
    with ProcessPoolExecutor(processes or os.cpu_count(), mp_context=get_context("spawn")) as pool:
        yield from pool.map(look, tasks, chunksize=16)


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
        finding=np.array([row.finding for row in rows], np.int64),
        crop=np.where(has_crop, np.cumsum(has_crop) - 1, -1),
        best_presence=np.array([one.presence for one in seen], np.float32),
        crops=crops,
    )


@cache
def finder() -> HandFinder:
    """The process's own, loaded when it is first asked for."""
    return HandFinder(carried_file(PALM_FILE), carried_file(LANDMARK_FILE))


def _look_to_answer(to_the_end: bool, task: tuple[Photo, Change]) -> _Seen:
    photo, change = task
    return _believed(Picture(change(decode_file(photo.path))), to_the_end=to_the_end)


def _believed(picture: Picture, *, to_the_end: bool = False) -> _Seen:
    findings = list(finder().search(picture)) if to_the_end else [finder().find(picture)]
    rows = [
        _Row(hand, True, _crop(picture, hand), number)
        for number, finding in enumerate(findings)
        for hand in finding.hands
    ]
    return _Seen(rows, max(finding.presence for finding in findings))


def _look_to_learn(rooms: Sequence[Path], photo: Photo) -> _Seen:
    image = decode_file(photo.path)
    picture = Picture(image)
    seen = _believed(picture)
    if photo.label == INDEX[NOTHING] or not seen.rows:
        doubtful = sorted(finder().doubtful(picture), key=lambda one: -one.presence)
        doubtful = [one for one in doubtful if is_hand_shaped(one.points)]
        keeps_crops = photo.label == INDEX[NOTHING]
        seen.rows.extend(
            _Row(one, False, _crop(picture, one) if keeps_crops and place < _NOTHINGS else None)
            for place, one in enumerate(doubtful)
        )
    else:
        views = _views(image, seen.rows[0].hand, rooms, np.random.default_rng(_seed(photo)))
        seen.rows.extend(_Row(view, False, None) for view in views if is_hand_shaped(view.points))
    return seen


def _views(
    image: Image.Image, hand: Landmarks, rooms: Sequence[Path], random: np.random.Generator
) -> Iterator[Landmarks]:
    """The hand as the network sees it again: once in the photo, then in worse ones, then in pictures that cut it off;
    every other one mirrored."""
    for number in range(_VIEWS):
        view = image if number == 0 else _worse(image, hand, rooms, random)
        stretch = 1.0
        if number > 0 and random.random() < _STRETCHED:
            stretch = math.exp(random.uniform(*_STRETCH))
        yield _seen_again(view, hand.points, stretch, is_mirrored=number % 2 == 0, random=random)
    for number in range(_CUT_VIEWS):
        view, points = cut_at_sides(image, hand.points, random)
        yield _seen_again(view, points, 1.0, is_mirrored=number % 2 == 0, random=random)


def _worse(image: Image.Image, hand: Landmarks, rooms: Sequence[Path], random: np.random.Generator) -> Image.Image:
    if rooms and random.random() < _ELSEWHERE:
        room = decode_file(rooms[int(random.integers(len(rooms)))])
        image = in_another_room(image, hand.points, room, random)
    size = float(np.ptp(hand.points[:, :2], axis=0).max())
    return disturb(image, size, random)


def _seen_again(
    image: Image.Image, points: Floats, stretch: float, *, is_mirrored: bool, random: np.random.Generator
) -> Landmarks:
    """A single pass through a region a little off, on either ground. Mirrored hands are mirrored back; stretched ones
    stay so."""
    if stretch != 1:
        width = max(8, round(image.width * stretch))
        points = points * np.array([width / image.width, 1, 1], np.float32)
        image = image.resize((width, image.height), Image.Resampling.BILINEAR)
    if is_mirrored:
        points, image = _mirrored(points, image.width), ImageOps.mirror(image)
    region = _jittered(LandmarkNetwork.region_of(points), random)
    seen = finder().glance(Picture(image).on(_GROUNDS[int(random.integers(len(_GROUNDS)))]), region)
    if not is_mirrored:
        return seen
    return replace(
        seen,
        points=_mirrored(seen.points, image.width),
        handedness="left" if seen.handedness == "right" else "right",
    )


def _mirrored(points: Floats, width: int) -> Floats:
    return np.concatenate([width - points[:, :1], points[:, 1:]], axis=1)


def _jittered(region: Region, random: np.random.Generator) -> Region:
    x, y = random.normal(0, 0.04, 2) * region.size
    scale, turn = np.exp(random.normal(0, 0.1)), random.normal(0, 0.15)
    return Region(region.x + x, region.y + y, region.size * scale, region.rotation + turn)


def empty_squares(photo: Photo) -> Iterator[Pixels]:
    """Some upright squares (side, side, 3) of a photo without a hand: surroundings for the crops of hands."""
    random = np.random.default_rng(_seed(photo))
    picture = Picture(decode_file(photo.path))
    for _ in range(_SQUARES):
        yield picture.cut(_any_square(picture, 0.35, 1, random), CROP_SIDE)


def squares_beside(photo: Photo, hand: Floats) -> Iterator[Pixels]:
    """As :func:`empty_squares`, of what a photo shows beside its hand with landmarks (21, 3): few where it is large."""
    random = np.random.default_rng(_seed(photo))
    image = decode_file(photo.path)
    picture, covered = Picture(image), silhouette(hand[:, :2], image.size)
    for _ in range(_SQUARES):
        square = _any_square(picture, 0.2, 0.6, random)
        left, top = (round(middle - square.size / 2) for middle in (square.x, square.y))
        size = round(square.size)
        if np.asarray(covered.crop((left, top, left + size, top + size))).mean() < 255 * _COVERED:
            yield picture.cut(square, CROP_SIDE)


def _any_square(picture: Picture, smallest: float, largest: float, random: np.random.Generator) -> Region:
    """Somewhere in the picture, whole, with a side between these shares of the picture's shorter one."""
    size = min(picture.width, picture.height) * random.uniform(smallest, largest)
    x, y = (random.uniform(size / 2, whole - size / 2) for whole in (picture.width, picture.height))
    return Region(x, y, size)


def _seed(photo: Photo) -> int:
    return zlib.crc32("/".join(photo.path.parts[-3:]).encode())


def _crop(picture: Picture, hand: Landmarks) -> Pixels:
    colours = cut_hand(picture, hand.points, CROP_SIDE, margin=CROP_MARGIN)
    mask = hand_mask(hand.points, CROP_SIDE, margin=CROP_MARGIN)
    return np.concatenate([colours, mask[..., None]], axis=-1)
