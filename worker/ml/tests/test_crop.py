"""The square around the hand: the same pixels in training and in serving."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from worker.ml.config import CropsConfig
from worker.ml.datasets import Photo
from worker.ml.hand_table import CROP_MARGIN, CROP_SIDE, squares_beside
from worker.ml.hands.crop import crop_region, cut_hand, hand_mask, righted, silhouette
from worker.ml.hands.geometry import Floats, Picture


@pytest.fixture
def points() -> Floats:
    """A hand whose landmarks fill the box from (60, 40) to (120, 140)."""
    points = np.random.default_rng(0).uniform((60, 40, 0), (120, 140, 1), (21, 3)).astype(np.float32)
    points[0], points[12] = (60, 140, 0), (120, 40, 0)
    return points


@pytest.fixture
def picture() -> Picture:
    return Picture(Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 240, 3), np.uint8)))


def test_the_square_is_around_the_landmarks_and_not_turned(points: Floats) -> None:
    region = crop_region(points)
    assert (region.x, region.y, region.size, region.rotation) == pytest.approx((90, 90, 140, 0))


def test_landmarks_that_fell_together_still_get_a_square(picture: Picture) -> None:
    assert cut_hand(picture, np.zeros((21, 3), np.float32), 96).shape == (96, 96, 3)


def test_the_middle_of_what_is_kept_is_what_serving_reads(picture: Picture, points: Floats) -> None:
    kept = cut_hand(picture, points, CROP_SIDE, margin=CROP_MARGIN)
    side = CropsConfig().side
    border = (CROP_SIDE - side) // 2
    assert (kept[border:-border, border:-border] == cut_hand(picture, points, side)).mean() > 0.99


def test_beyond_the_border_it_is_black(picture: Picture, points: Floats) -> None:
    outside = points - (90, 90, 0)
    assert cut_hand(picture, outside.astype(np.float32), 96)[0, 0].tolist() == [0, 0, 0]


def test_the_mask_covers_the_landmarks_and_not_the_corners(points: Floats) -> None:
    mask, region = hand_mask(points, 96), crop_region(points)
    places = ((points[:, :2] - (region.x, region.y)) / region.size * 96 + 48).astype(int)
    assert (mask[places[:, 1], places[:, 0]] > 120).all()
    assert mask[[0, 0, -1, -1], [0, -1, 0, -1]].max() == 0


def test_left_hands_are_mirrored_and_right_ones_kept() -> None:
    crops = np.arange(2 * 2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 2, 3)
    turned = righted(crops, np.array([True, False]))
    assert (turned[0] == crops[0, :, ::-1]).all()
    assert (turned[1] == crops[1]).all()


def test_beside_the_hand_are_squares_without_it(tmp_path: Path, points: Floats) -> None:
    picture, hand = Image.new("RGB", (600, 300), "blue"), Image.new("RGB", (600, 300), "red")
    picture.paste(hand, mask=silhouette(points[:, :2], picture.size))
    photo = Photo(tmp_path / "photo.png", "mariia00", 0)
    picture.save(photo.path)
    squares = np.array(list(squares_beside(photo, points)))
    assert squares.shape[1:] == (CROP_SIDE, CROP_SIDE, 3)
    assert squares[..., 2].mean() > 240
