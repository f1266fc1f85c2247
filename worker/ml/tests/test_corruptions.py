"""Corruptions make a picture worse in the way their name says, repeatably, and leave the hand in it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from worker.ml.corruptions import HAND_PIXELS, SUITE, Corruption
from worker.ml.hands.geometry import Floats

CORRUPTIONS = {corruption.name: corruption for corruption in SUITE}
LEFT, TOP, RIGHT, BOTTOM = 70, 40, 110, 120
RED = (220, 40, 40)


@pytest.fixture
def picture() -> Image.Image:
    """A red block on stripes of grey: its box is where ``hand`` says."""
    image = Image.new("RGB", (180, 160), (110, 110, 110))
    draw = ImageDraw.Draw(image)
    for x in range(0, 180, 12):
        draw.rectangle((x, 0, x + 5, 159), fill=(140, 140, 140))
    draw.rectangle((LEFT, TOP, RIGHT, BOTTOM), fill=RED)
    return image


@pytest.fixture
def hand() -> Floats:
    """21 landmarks that fill the red block, the wrist at its lower end."""
    fingers = [(x, y) for x in np.linspace(LEFT + 1, RIGHT - 1, 5) for y in np.linspace(BOTTOM - 20, TOP + 1, 4)]
    return np.array([((LEFT + RIGHT) / 2, BOTTOM), *fingers], np.float32)


def corrupt(name: str, picture: Image.Image, hand: Floats | None, seed: int = 1) -> Image.Image:
    return CORRUPTIONS[name](picture, hand, seed)


def light(image: Image.Image, box: tuple[int, int, int, int] | None = None) -> float:
    return ImageStat.Stat(image.convert("L").crop(box) if box else image.convert("L")).mean[0]


def sharpness(image: Image.Image) -> float:
    values = np.asarray(image.convert("L"), float)
    return float(np.abs(np.diff(values, axis=1)).max())


def red_box(image: Image.Image) -> tuple[int, int, int, int]:
    """The box of what is red."""
    values = np.asarray(image, int)
    red = (values[..., 0] > 190) & (values[..., 1] < 70)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("corruption", SUITE, ids=lambda corruption: corruption.name)
@pytest.mark.parametrize("is_known", [True, False])
def test_the_same_seed_gives_the_same_picture_and_the_original_is_untouched(
    corruption: Corruption, is_known: bool, picture: Image.Image, hand: Floats
) -> None:
    before = picture.tobytes()
    first, second = (corruption(picture, hand if is_known else None, 5) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert first.mode == "RGB"
    assert first.size != picture.size or ImageChops.difference(first, picture).getbbox() is not None
    assert picture.tobytes() == before


def test_dark_and_bright_keep_shapes_and_move_the_light(picture: Image.Image, hand: Floats) -> None:
    dark, bright = corrupt("dark", picture, hand), corrupt("bright", picture, hand)
    assert light(dark) < 0.5 * light(picture)
    assert light(bright) > 1.3 * light(picture)
    assert max(np.asarray(bright)[80, 90]) == 255
    assert red_box(bright) == red_box(picture)


def test_a_black_picture_stays_black_in_bright_light(hand: Floats) -> None:
    assert light(corrupt("bright", Image.new("RGB", (60, 60)), hand)) == 0


def test_blur_softens_and_noise_roughens(picture: Image.Image, hand: Floats) -> None:
    assert sharpness(corrupt("blur", picture, hand)) < 0.5 * sharpness(picture)
    plain = Image.new("RGB", (100, 100), (128, 128, 128))
    noise = np.asarray(corrupt("noise", plain, None), float) - 128
    assert noise.std() == pytest.approx(25, rel=0.05)
    assert corrupt("noise", plain, None, 1).tobytes() != corrupt("noise", plain, None, 2).tobytes()


def test_jpeg_leaves_the_picture_recognisable_and_coarser(picture: Image.Image, hand: Floats) -> None:
    difference = np.abs(np.asarray(corrupt("jpeg", picture, hand), int) - np.asarray(picture, int))
    assert 1 < difference.mean() < 12


def test_rotation_goes_both_ways_by_30_degrees_and_cuts_nothing_off(picture: Image.Image, hand: Floats) -> None:
    area = (RIGHT - LEFT + 1) * (BOTTOM - TOP + 1)
    leans = set()
    for seed in range(12):
        turned = np.asarray(corrupt("rotation", picture, hand, seed), int)
        rows, columns = np.nonzero((turned[..., 0] > 170) & (turned[..., 1] < 80))
        assert len(rows) == pytest.approx(area, rel=0.05)
        axis = np.linalg.eigh(np.cov(columns, rows))[1][:, 1]
        angle = np.degrees(np.arctan2(axis[0] * np.sign(axis[1]), abs(axis[1])))
        assert abs(angle) == pytest.approx(30, abs=1.5)
        leans.add(bool(angle > 0))
    assert leans == {True, False}


def test_a_tiny_hand_has_25_pixels_wherever_it_lies(picture: Image.Image, hand: Floats) -> None:
    places = set()
    for seed in range(5):
        room = corrupt("tiny", picture, hand, seed)
        assert room.size == (320, 240)
        left, top, right, bottom = red_box(room)
        assert bottom - top == pytest.approx(HAND_PIXELS, abs=2)
        assert right - left == pytest.approx(HAND_PIXELS * (RIGHT - LEFT) / (BOTTOM - TOP), abs=2)
        places.add((left, top))
    assert len(places) > 1


def test_the_room_around_a_tiny_hand_is_not_black(picture: Image.Image, hand: Floats) -> None:
    room = corrupt("tiny", picture, hand)
    assert min(light(room, (x, y, x + 20, y + 20)) for x in (0, 300) for y in (0, 220)) > 60


def test_the_cut_at_the_wrist_holds_the_hand_and_little_else(picture: Image.Image, hand: Floats) -> None:
    cut = corrupt("wrist", picture, hand)
    assert cut.height == pytest.approx(1.2 * (BOTTOM - TOP), abs=3)
    assert cut.width == pytest.approx(RIGHT - LEFT + 0.2 * (BOTTOM - TOP), abs=3)
    left, top, right, bottom = red_box(cut)
    assert (right - left, bottom - top) == (RIGHT - LEFT + 1, BOTTOM - TOP + 1)


@pytest.mark.parametrize("at", [(-40.0, -40.0), (0.0, 0.0), (175.0, 155.0), (400.0, 300.0)])
def test_landmarks_at_or_beyond_the_border_still_give_a_picture(picture: Image.Image, at: tuple[float, float]) -> None:
    outside = np.full((21, 2), at, np.float32)
    for corruption in SUITE:
        assert min(corruption(picture, outside, 1).size) >= 16


def test_mirrored_twice_is_the_picture(picture: Image.Image, hand: Floats) -> None:
    mirrored = corrupt("mirrored", picture, hand)
    assert red_box(mirrored) == (180 - RIGHT - 1, TOP, 180 - LEFT, BOTTOM + 1)
    assert corrupt("mirrored", mirrored, hand).tobytes() == picture.tobytes()


def test_back_light_darkens_the_hand_and_brightens_the_rest(picture: Image.Image, hand: Floats) -> None:
    lit = corrupt("back_light", picture, hand)
    inside, outside = (LEFT + 12, TOP + 20, RIGHT - 12, BOTTOM - 20), (0, 0, 40, 160)
    assert light(lit, inside) < light(picture, inside)
    assert light(lit, outside) > 1.3 * light(picture, outside)


def test_the_protocol_names_every_corruption() -> None:
    protocol = (Path(__file__).resolve().parents[3] / "docs" / "evaluation.md").read_text()
    assert len(CORRUPTIONS) == len(SUITE)
    for corruption in SUITE:
        assert f"| {corruption.name} | {corruption.words} |" in protocol
