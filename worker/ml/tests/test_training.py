"""Training learns, is repeatable, and what it exports answers as it does."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from worker.ml.artifact import ArtifactCorrupt
from worker.ml.augment import augment_hands
from worker.ml.config import CropsConfig, HandAugmentation, LandmarksConfig
from worker.ml.export import logits_in_batches, to_keras, to_litert
from worker.ml.hand_table import CROP_MARGIN
from worker.ml.hands.geometry import Floats
from worker.ml.hands.normalise import MIRROR, normalise
from worker.ml.inference import HandNetwork
from worker.ml.labels import INDEX
from worker.ml.models.landmarks import HandFeatures, build, combine, load
from worker.ml.pixel_lesson import PixelLesson
from worker.ml.training import Examples, train_crops, train_landmarks

SMALL = LandmarksConfig(hidden=(32,), members=2, steps=60, batch=64, seed=7)


def hands(count: int, seed: int = 0) -> Floats:
    return normalise(np.random.default_rng(seed).normal(size=(count, 21, 3)).astype(np.float32), is_left=False)


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Three letters, each one random hand with a little noise."""
    labels = np.arange(300) % 3
    points = hands(3)[labels] + np.random.default_rng(1).normal(scale=0.05, size=(300, 21, 3)).astype(np.float32)
    return Examples(points.astype(np.float32), labels, np.zeros(300, bool), np.ones(300, np.float32))


@pytest.fixture(scope="module")
def bars() -> PixelLesson:
    """Three classes: a white bar high, in the middle or low."""
    labels = np.arange(60) % 3
    pixels = np.full((60, 38, 38, 4), 60, np.uint8)
    pixels[..., 3] = 255
    for row, label in enumerate(labels):
        pixels[row, 6 + 10 * label : 12 + 10 * label, :, :3] = 250
    surroundings = np.zeros((2, 38, 38, 3), np.uint8)
    return PixelLesson(pixels, np.zeros(60, bool), np.arange(60), labels, np.ones(60, np.float32), surroundings)


def test_it_learns_and_tells_of_its_progress(examples: Examples) -> None:
    said: list[str] = []
    config = LandmarksConfig(hidden=(64,), members=1, steps=500, batch=64)
    model = train_landmarks(examples, config, said.append)
    assert (logits_in_batches(model, hands(3)).argmax(axis=1) == [0, 1, 2]).all()
    assert len(said) == 4
    assert said[-1].startswith("landmarks, member 1 of 1: step 500 of 500, loss ")


def test_the_same_seed_gives_the_same_network(examples: Examples) -> None:
    one, two = (logits_in_batches(train_landmarks(examples, SMALL, print), hands(5)) for _ in range(2))
    assert one == pytest.approx(two, abs=1e-4)


def test_examples_without_weight_are_never_drawn(examples: Examples) -> None:
    weights = np.where(examples.labels == 0, 0, 1).astype(np.float32)
    few = Examples(examples.points, examples.labels, examples.is_side_unknown, weights)
    model = train_landmarks(few, LandmarksConfig(hidden=(32,), members=1, steps=300, batch=64), print)
    assert (logits_in_batches(model, hands(3)).argmax(axis=1) != INDEX["A"]).all()


def test_the_export_answers_as_keras_does(tmp_path: Path) -> None:
    model = combine([build(LandmarksConfig(), name) for name in ("one", "two")])
    path = tmp_path / "letters.tflite"
    path.write_bytes(to_litert(model))
    exported = HandNetwork(path)
    points = hands(40)
    served = np.array([exported.logits(hand) for hand in points])
    assert served == pytest.approx(logits_in_batches(model, points), abs=0.02)


def test_pixels_are_learnt_from(bars: PixelLesson) -> None:
    said: list[str] = []
    config = CropsConfig(side=32, steps=40, batch=16, is_pretrained=False)
    model = train_crops(bars, config, CROP_MARGIN, said.append)
    losses = [float(text.rsplit(" ", 1)[1]) for text in said]
    assert said[-1].startswith("pixels: step 40 of 40, loss ")
    assert losses[-1] < 0.7 * losses[0]
    assert model.output.shape == (None, 29)


def test_a_network_that_answers_nonsense_is_not_served(tmp_path: Path) -> None:
    model = combine([build(LandmarksConfig(hidden=(16,)), "one")])
    layer = model.get_layer("one").get_layer("logits")
    layer.set_weights([np.full_like(layer.get_weights()[0], np.nan), layer.get_weights()[1]])
    path = tmp_path / "letters.tflite"
    path.write_bytes(to_litert(model))
    with pytest.raises(ArtifactCorrupt, match=r"letters\.tflite answers with what is no number\. Restore"):
        HandNetwork(path)


def test_what_is_no_network_is_not_served(tmp_path: Path) -> None:
    path = tmp_path / "letters.tflite"
    path.write_bytes(b"no flatbuffer")
    with pytest.raises(ArtifactCorrupt, match=r"letters\.tflite is no network that can be served"):
        HandNetwork(path)


def test_the_keras_archive_gives_the_same_network_back(tmp_path: Path) -> None:
    model = combine([build(LandmarksConfig(hidden=(16,)), "one")])
    (tmp_path / "letters.keras").write_bytes(to_keras(model))
    again = load(tmp_path / "letters.keras")
    assert logits_in_batches(again, hands(5)) == pytest.approx(logits_in_batches(model, hands(5)), abs=1e-5)


def test_the_number_of_parameters_is_that_of_the_layers() -> None:
    features, hidden, classes = 615, 384, 29
    model = build(LandmarksConfig(hidden=(hidden,)))
    norms = 4 * features + 4 * hidden
    assert model.count_params() == norms + features * hidden + hidden * classes + classes


def test_features_tell_how_a_hand_is_turned_only_where_they_should() -> None:
    """Distances in space do not change when the hand turns in the picture; its points do."""
    points = hands(1)
    turned = points[..., [1, 0, 2]] * np.array([1, -1, 1], np.float32)
    one, two = (np.asarray(HandFeatures()(p))[0] for p in (points, turned))
    assert one[123:543] == pytest.approx(two[123:543], abs=1e-4)
    assert one[:63] != pytest.approx(two[:63], abs=1e-2)


def test_augmentation_bends_hands_and_keeps_them_normalised() -> None:
    points = hands(200)
    bent = np.asarray(augment_hands(tf.constant(points), tf.zeros(200, bool), HandAugmentation()))
    assert normalise(bent, is_left=False) == pytest.approx(bent, abs=1e-4)
    assert (np.abs(bent - points).max(axis=(1, 2)) > 0.05).all()


def test_without_any_strength_augmentation_changes_nothing() -> None:
    none = HandAugmentation(finger=0, bone=0, roll=0, tilt=0, stretch=0, depth=0, noise=0, mirror=0)
    points = hands(20)
    assert np.asarray(augment_hands(tf.constant(points), tf.zeros(20, bool), none)) == pytest.approx(points, abs=1e-4)


def test_hands_of_unknown_side_are_mirrored_half_of_the_time() -> None:
    none = HandAugmentation(finger=0, bone=0, roll=0, tilt=0, stretch=0, depth=0, noise=0, mirror=0)
    points = np.repeat(hands(1), 600, axis=0)
    bent = np.asarray(augment_hands(tf.constant(points), tf.ones(600, bool), none))
    mirrored = np.abs(bent - points * MIRROR).max(axis=(1, 2)) < 1e-3
    kept = np.abs(bent - points).max(axis=(1, 2)) < 1e-3
    assert (mirrored | kept).all()
    assert 0.4 < mirrored.mean() < 0.6
