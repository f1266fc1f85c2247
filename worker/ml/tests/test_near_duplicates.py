"""Pictures that look alike share a group, others do not, and groups do not depend on the way they are found."""

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from worker.ml import near_duplicates
from worker.ml.near_duplicates import COPY_SIDE, group, small_copy
from worker.ml.perceptual_hash import difference_hash
from worker.ml.tests.folders import brighter, picture


def groups_of(*pictures: bytes) -> list[int]:
    images = [Image.open(io.BytesIO(one)) for one in pictures]
    hashes = np.array([difference_hash(image) for image in images], np.uint64)
    return group(hashes, lambda places: [small_copy(images[place]) for place in places])


def test_a_brighter_and_a_smaller_copy_are_near_duplicates_and_another_picture_is_not() -> None:
    first, other = picture(1, (96, 80)), picture(2, (96, 80))
    buffer = io.BytesIO()
    Image.open(io.BytesIO(first)).resize((60, 50)).save(buffer, "PNG")
    assert groups_of(other, first, brighter(first), buffer.getvalue()) == [0, 1, 1, 1]


def test_one_that_is_near_to_two_joins_them() -> None:
    first = picture(3)
    assert groups_of(first, brighter(first, 3), brighter(first, 2)) == [0, 0, 0]
    assert groups_of(first, brighter(first, 3)) == [0, 1]


def test_pictures_without_any_shape_differ_by_their_light() -> None:
    dark, light = (io.BytesIO() for _ in range(2))
    Image.new("L", (32, 32), 20).save(dark, "PNG")
    Image.new("L", (32, 32), 200).save(light, "PNG")
    assert groups_of(dark.getvalue(), light.getvalue(), dark.getvalue()) == [0, 1, 0]


@pytest.mark.parametrize("at_once", [10, 1_000_000])
def test_banding_finds_what_comparing_everything_finds(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "_HASHES_AT_ONCE", at_once)
    monkeypatch.setattr(near_duplicates, "_PAIRS_AT_ONCE", 3)
    rng = np.random.default_rng(7)
    centres = rng.integers(0, 2**63, 20).astype(np.uint64)
    flips = np.uint64(1) << rng.integers(0, 64, (20, 6, 3)).astype(np.uint64)
    hashes = (centres[:, None] ^ np.bitwise_xor.reduce(flips, axis=2)).ravel()
    same = bytes(COPY_SIDE * COPY_SIDE)
    found = group(hashes, lambda places: [same] * len(places))
    wanted = list(range(len(hashes)))
    for one, other in combinations(range(len(hashes)), 2):
        if int(hashes[one] ^ hashes[other]).bit_count() <= near_duplicates.MOST_DIFFERENT_BITS:
            old, new = wanted[other], wanted[one]
            wanted = [new if number == old else number for number in wanted]
    pairs = combinations(range(len(hashes)), 2)
    assert all((found[a] == found[b]) == (wanted[a] == wanted[b]) for a, b in pairs)
    assert list(dict.fromkeys(found)) == list(range(len(set(found))))


def test_each_copy_is_asked_for_once_and_only_where_hashes_are_near() -> None:
    asked: list[int] = []

    def load(places: list[int]) -> list[bytes]:
        asked.extend(places)
        return [bytes(COPY_SIDE * COPY_SIDE)] * len(places)

    group(np.array([0, 1, 3, 2**64 - 1], np.uint64), load)
    assert sorted(asked) == [0, 1, 2]
    assert group(np.array([], np.uint64), load) == []
