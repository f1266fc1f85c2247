"""Regions: cut the right pixels, project points back to where they came from."""

import math

import numpy as np
import pytest
from PIL import Image

from worker.ml.hands.geometry import BLACK, Picture, Region, upright_angle


@pytest.fixture
def picture() -> Picture:
    """200 by 100, black on black, with a white square of 10 pixels around (150, 30)."""
    image = Image.new("RGB", (200, 100))
    image.paste("white", (145, 25, 155, 35))
    return Picture(image).on(BLACK)


@pytest.mark.parametrize("rotation", [0.0, 0.5, math.pi / 2, -2.0])
@pytest.mark.parametrize("size", [40.0, 90.0, 700.0])
def test_a_point_seen_in_a_cut_is_projected_back_to_the_picture(picture: Picture, size: float, rotation: float) -> None:
    region = Region(140, 40, size, rotation)
    cut = picture.cut(region, 224)[..., 0].astype(float)
    y, x = np.mgrid[:224, :224] + 0.5
    centre = np.array([[(x * cut).sum(), (y * cut).sum()]]) / cut.sum() / 224
    found = region.to_picture(np.hstack([centre, [[0.0]]]).astype(np.float32))[0]
    assert found[:2] == pytest.approx([150, 30], abs=0.02 * size)


def test_what_lies_beyond_the_border_is_grey_unless_told_otherwise() -> None:
    white = Picture(Image.new("RGB", (50, 50), "white"))
    for picture, ground in ((white, (128, 128, 128)), (white.on(BLACK), (0, 0, 0))):
        cut = picture.cut(Region(25, 25, 100), 64)
        assert tuple(cut[2, 2]) == ground
        assert tuple(cut[32, 32]) == (255, 255, 255)


def test_a_small_cut_of_a_large_region_averages_and_does_not_sample() -> None:
    stripes = np.zeros((1024, 1024, 3), np.uint8)
    stripes[:, ::2] = 255
    cut = Picture(Image.fromarray(stripes)).cut(Region(512, 512, 1024), 64)
    assert abs(float(cut.mean()) - 127) < 3
    assert cut.std() < 5


def test_shifting_up_follows_the_rotation() -> None:
    moved = Region(10, 10, 5, math.pi / 2).shifted(4)
    assert (moved.x, moved.y) == pytest.approx((14, 10))


@pytest.mark.parametrize(("vector", "degrees"), [((0, -1), 0), ((1, 0), 90), ((0, 1), 180), ((-1, 0), -90)])
def test_the_angle_of_an_upward_direction(vector: tuple[int, int], degrees: int) -> None:
    assert math.degrees(upright_angle(*vector)) == pytest.approx(degrees)
