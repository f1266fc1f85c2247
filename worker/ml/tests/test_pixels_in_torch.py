"""PyTorch trains the same network on the same crops. It runs where PyTorch is, which the product does not need."""

from dataclasses import replace

import numpy as np
import pytest

from worker.ml.config import CropsConfig, PixelAugmentation
from worker.ml.hands.crop import Pixels
from worker.ml.hands.geometry import Floats
from worker.ml.pixel_lesson import PixelLesson

torch = pytest.importorskip("torch", reason="PyTorch is not installed: only a GPU machine that trains pixels needs it")

from worker.ml.pixels_in_torch import Learner, augment  # noqa: E402

NONE = PixelAugmentation(
    move=0, turn=0, scale=0, stretch=0, light=0, background=0, coarse=0, grey=0, cut=0, noise=0, mirror=0
)
SIDE, KEPT = 64, 76


@pytest.fixture
def crops() -> Pixels:
    """Three classes: a white bar high, in the middle or low; the mask covers the left half."""
    pixels = np.full((12, KEPT, KEPT, 4), 60, np.uint8)
    for row in range(12):
        pixels[row, 12 + 20 * (row % 3) : 24 + 20 * (row % 3), :, :3] = 250
    pixels[..., 3] = 0
    pixels[:, :, : KEPT // 2, 3] = 255
    return pixels


def changed(crops: Pixels, settings: PixelAugmentation) -> Floats:
    torch.manual_seed(1)
    around = torch.full((len(crops), KEPT, KEPT, 3), 200, dtype=torch.uint8)
    views: Floats = augment(torch.from_numpy(crops), around, SIDE, KEPT / SIDE, settings).permute(0, 2, 3, 1).numpy()
    return views


def test_without_any_strength_it_is_what_serving_reads(crops: Pixels) -> None:
    assert changed(crops, NONE) == pytest.approx(crops[:, 6:-6, 6:-6, :3].astype(float), abs=0.51)


def test_surroundings_are_exchanged_and_hands_are_not(crops: Pixels) -> None:
    views = changed(crops, replace(NONE, background=1.0))
    assert views[:, :, : SIDE // 2 - 1] == pytest.approx(crops[:, 6:-6, 6 : KEPT // 2 - 1, :3].astype(float), abs=0.51)
    assert views[:, :, SIDE // 2 + 1 :].std(axis=(1, 2, 3)) == pytest.approx(np.zeros(12), abs=1e-3)


def test_coarse_crops_keep_their_brightness(crops: Pixels) -> None:
    views, plain = changed(crops, replace(NONE, coarse=1.0)), changed(crops, NONE)
    assert views.mean() == pytest.approx(plain.mean(), abs=2)
    assert np.abs(np.diff(views, axis=1)).max() < np.abs(np.diff(plain, axis=1)).max()


def test_it_learns_and_tells_of_it(crops: Pixels) -> None:
    labels = np.arange(12) % 3
    lesson = PixelLesson(
        crops,
        np.zeros(12, bool),
        np.arange(12),
        labels,
        np.ones(12, np.float32),
        np.zeros((1, KEPT, KEPT, 3), np.uint8),
    )
    config = CropsConfig(side=SIDE, steps=20, batch=8, is_pretrained=False)
    said: list[str] = []
    weights = Learner(lesson, {}, config, KEPT / SIDE, torch.device("cpu")).learn(said.append)
    assert float(said[-1].rsplit(" ", 1)[1]) < float(said[0].rsplit(" ", 1)[1])
    assert weights["classifier.1.weight"].shape == (29, 1280)
    assert not any("num_batches" in name for name in weights)
