"""Pictures that look alike: a 64-bit hash finds who may, a small copy in grey decides.

The hash is the difference hash: whether each cell of a 9 by 8 copy is darker than its right neighbour. In recordings of
one room it is alike for other letters too, so that it alone would join half of a room into one group (docs/data.md).
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

MOST_DIFFERENT_BITS: Final = 4
"""Hashes that differ in no more are looked at closely."""

MOST_DIFFERENT_GREY: Final = 2.0
"""Mean absolute difference of two small copies, in grey levels of 256, up to which they are near-duplicates."""

COPY_SIDE: Final = 16

_HASHES_AT_ONCE: Final = 1_000_000
_PAIRS_AT_ONCE: Final = 8192
"""Bound what is compared at once, and with it the memory."""

Hashes = npt.NDArray[np.uint64]
Copies = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


def small_copy(image: Image.Image) -> bytes:
    """The picture in grey, ``COPY_SIDE`` a side, row by row."""
    return image.convert("L").resize((COPY_SIDE, COPY_SIDE), Image.Resampling.BOX).tobytes()


def group(hashes: Hashes, load: Callable[[list[int]], list[bytes]]) -> list[int]:
    """A number for each picture (n,), from 0 in order of appearance: the same for near-duplicates, and for what these
    are near-duplicates of. ``load`` gives the small copies at some places; it is asked once for each that is needed.

    Two hashes that differ in k bits agree in at least one of k + 1 bands of bits, so only those that share a band are
    compared. Memory grows with n; time with the sizes of the buckets, at worst with the square of n.
    """
    sets, copies = _Sets(len(hashes)), _LazyCopies(len(hashes), load)
    for bucket in _buckets(hashes, MOST_DIFFERENT_BITS + 1):
        _join_within(bucket, hashes[bucket], copies, sets)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root, len(numbers)) for root in sets.root.tolist()]


def _buckets(hashes: Hashes, bands: int) -> Iterator[Places]:
    """Places of hashes that agree in a band, for each band and each of its values that two or more have."""
    edges = [64 * number // bands for number in range(bands + 1)]
    for low, high in pairwise(edges):
        values = (hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)
        order = np.argsort(values, kind="stable")
        cuts = np.flatnonzero(np.diff(values[order])) + 1
        yield from (one for one in np.split(order, cuts) if len(one) > 1)


def _join_within(places: Places, hashes: Hashes, copies: "_LazyCopies", sets: "_Sets") -> None:
    step = max(1, _HASHES_AT_ONCE // len(places))
    for start in range(0, len(places), step):
        near = np.bitwise_count(hashes[start : start + step, None] ^ hashes[None, start:]) <= MOST_DIFFERENT_BITS
        left, right = (places[start:][side] for side in np.nonzero(np.triu(near, 1)))
        for first in range(0, len(left), _PAIRS_AT_ONCE):
            pair = left[first : first + _PAIRS_AT_ONCE], right[first : first + _PAIRS_AT_ONCE]
            apart = sets.root[pair[0]] != sets.root[pair[1]]
            one, other = pair[0][apart], pair[1][apart]
            alike = copies.distance(one, other) <= MOST_DIFFERENT_GREY
            for ends in zip(one[alike].tolist(), other[alike].tolist(), strict=True):
                sets.join(*ends)


class _LazyCopies:
    """Small copies (n, side * side), each loaded when it is first needed."""

    def __init__(self, count: int, load: Callable[[list[int]], list[bytes]]) -> None:
        self._copies: Copies = np.zeros((count, COPY_SIDE * COPY_SIDE), np.uint8)
        self._is_loaded = np.zeros(count, bool)
        self._load = load

    def distance(self, ones: Places, others: Places) -> npt.NDArray[np.float64]:
        """Mean absolute difference of each pair (n,), in grey levels."""
        self._fetch(np.concatenate([ones, others]))
        difference = self._copies[ones].astype(np.int16) - self._copies[others].astype(np.int16)
        distance: npt.NDArray[np.float64] = np.abs(difference).mean(axis=1)
        return distance

    def _fetch(self, places: Places) -> None:
        wanted = np.unique(places[~self._is_loaded[places]])
        if len(wanted):
            loaded = b"".join(self._load(wanted.tolist()))
            self._copies[wanted] = np.frombuffer(loaded, np.uint8).reshape(len(wanted), -1)
            self._is_loaded[wanted] = True


class _Sets:
    """Which pictures belong together: ``root`` names each one's set. The smaller set always joins the larger."""

    def __init__(self, count: int) -> None:
        self.root = np.arange(count)
        self._members = {number: [number] for number in range(count)}

    def join(self, one: int, other: int) -> None:
        small, large = sorted((int(self.root[one]), int(self.root[other])), key=lambda root: len(self._members[root]))
        if small != large:
            joined = self._members.pop(small)
            self.root[joined] = large
            self._members[large] += joined
