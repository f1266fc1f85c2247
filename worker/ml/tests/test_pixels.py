"""Crops and photos as other rooms, lights and cameras would give them: changed, and still the same hand."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from worker.ml.augment_pixels import augment_crops
from worker.ml.config import CropsConfig, PixelAugmentation
from worker.ml.disturb import cut_at_sides, disturb
from worker.ml.hand_table import CROP_MARGIN, CROP_SIDE
from worker.ml.hands.crop import Pixels
from worker.ml.hands.geometry import Floats

SIDE = CropsConfig().side
NONE = PixelAugmentation(
    move=0, turn=0, scale=0, stretch=0, light=0, background=0, coarse=0, grey=0, cut=0, noise=0, mirror=0
)


@pytest.fixture
def crops() -> Pixels:
    """Smooth colours, and a mask that covers the left half."""
    crops = np.zeros((8, CROP_SIDE, CROP_SIDE, 4), np.uint8)
    crops[..., :3] = np.linspace(20, 220, CROP_SIDE, dtype=np.uint8)[None, :, None, None]
    crops[..., 0] = np.arange(8, dtype=np.uint8)[:, None, None] * 20
    crops[:, :, : CROP_SIDE // 2, 3] = 255
    return crops


def changed(crops: Pixels, settings: PixelAugmentation) -> Floats:
    surroundings = np.full((8, CROP_SIDE, CROP_SIDE, 3), 250, np.uint8)
    tf.random.set_seed(1)
    return np.asarray(augment_crops(tf.constant(crops), SIDE, CROP_MARGIN, settings, tf.constant(surroundings)))


def test_without_any_strength_it_is_what_serving_reads(crops: Pixels) -> None:
    border = (CROP_SIDE - SIDE) // 2
    assert changed(crops, NONE) == pytest.approx(crops[:, border:-border, border:-border, :3], abs=0.51)


def test_every_crop_is_changed_in_its_own_way(crops: Pixels) -> None:
    same = np.repeat(crops[:1], 8, axis=0)
    views = changed(same, PixelAugmentation())
    assert views.shape == (8, SIDE, SIDE, 3)
    assert views.min() >= 0
    assert views.max() <= 255
    assert all(np.abs(views[0] - other).mean() > 2 for other in views[1:])


def test_surroundings_are_exchanged_and_hands_are_not(crops: Pixels) -> None:
    border = (CROP_SIDE - SIDE) // 2
    plain = crops[:, border:-border, border:-border, 0].astype(float)
    views = changed(crops, replace(NONE, background=1.0))[..., 0]
    assert views[:, :, : SIDE // 2 - 2] == pytest.approx(plain[:, :, : SIDE // 2 - 2], abs=1)
    lit = views[:, :, SIDE // 2 + 2 :]
    assert lit.std(axis=(1, 2)) == pytest.approx(np.zeros(8), abs=1e-3)
    assert lit[:, 0, 0].std() > 10  # each by another light


def test_coarse_crops_keep_their_brightness_and_lose_their_edges(crops: Pixels) -> None:
    striped = crops.copy()
    striped[..., :3] = np.where(np.arange(CROP_SIDE) % 4 < 2, 40, 200)[None, None, :, None]
    views = changed(striped, replace(NONE, coarse=1.0))
    assert views.mean(axis=(1, 2, 3)) == pytest.approx([120] * 8, abs=3)
    assert (views.std(axis=(1, 2, 3)) < 75).sum() >= 6  # 80 as they are


@pytest.mark.parametrize("seed", range(12))
def test_a_disturbed_photo_keeps_its_size_and_changes(seed: int) -> None:
    photo = Image.radial_gradient("L").resize((160, 120)).convert("RGB")
    worse = disturb(photo, 80.0, np.random.default_rng(seed))
    assert worse.size == photo.size
    assert worse.mode == "RGB"
    assert np.abs(np.asarray(worse, float) - np.asarray(photo, float)).mean() > 0.5


def test_the_same_seed_disturbs_the_same_way() -> None:
    photo = Image.radial_gradient("L").convert("RGB")
    one, two = (disturb(photo, 80.0, np.random.default_rng(5)) for _ in range(2))
    assert (np.asarray(one) == np.asarray(two)).all()


@pytest.mark.parametrize("seed", range(8))
def test_a_hand_is_cut_off_and_its_landmarks_stay_on_it(seed: int) -> None:
    """Red and green tell a pixel's place in the photo."""
    x, y = np.meshgrid(np.arange(160, dtype=np.uint8), np.arange(200, dtype=np.uint8))
    photo = Image.fromarray(np.stack([x, y, x], axis=-1))
    random = np.random.default_rng(seed)
    hand = random.integers((40, 60, -9), (121, 141, 9), (21, 3)).astype(np.float32)
    left_over, moved = cut_at_sides(photo, hand, random)
    inside = ((moved[:, :2] >= 0) & (moved[:, :2] < left_over.size)).all(axis=1)
    assert left_over.width < photo.width or left_over.height < photo.height
    assert inside.mean() > 0.5
    there = np.asarray(left_over)[moved[inside, 1].astype(int), moved[inside, 0].astype(int)]
    assert (there[:, :2] == hand[inside, :2]).all()
    assert (moved[:, 2] == hand[:, 2]).all()


def test_every_side_of_a_hand_is_cut_off_sometimes_and_never_much() -> None:
    photo = Image.new("RGB", (160, 200))
    box = np.array([[40, 60, 0], [120, 140, 0]], np.float32)
    random = np.random.default_rng(3)
    lost = []
    for _ in range(60):
        left_over, moved = cut_at_sides(photo, box, random)
        lost.append([*-moved[0, :2], *(moved[1, :2] - left_over.size)])  # how far the box is beyond each side
    assert (np.array(lost) > 5).any(axis=0).all()
    assert np.max(lost) <= 0.15 * 80 + 1
