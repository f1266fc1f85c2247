"""MobileNetV2 with its ImageNet weights is the network that was trained."""

from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw

from worker.ml.calibration import softmax
from worker.ml.config import CropsConfig
from worker.ml.export import logits_in_batches, to_litert
from worker.ml.hands.geometry import Floats
from worker.ml.inference import HandNetwork
from worker.ml.models.crops import build, with_mirror
from worker.ml.models.mobilenet import BLOCKS, blocks, load_imagenet


@pytest.fixture(scope="module")
def network() -> keras.Model:
    pixels = keras.Input((96, 96, 3))
    network = keras.Model(pixels, blocks(pixels, 0, BLOCKS))
    load_imagenet(network)
    return network


def scene() -> Floats:
    """Something with edges, colours and shades, as photos have."""
    image = Image.radial_gradient("L").resize((96, 96)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 30, 60, 80), fill=(190, 140, 110))
    draw.rectangle((55, 10, 85, 50), fill=(60, 90, 160))
    return np.asarray(image, np.float32)[None]


def test_it_has_the_parameters_of_the_paper_without_its_classifier(network: keras.Model) -> None:
    assert network.count_params() == 3_504_872 - 1_281_000 + 2 * 17_056  # and the means and variances


def test_its_first_block_convolves_as_torch_would(network: keras.Model) -> None:
    """One output of the first block by hand: padded by one on every side, stride 2, epsilon 1e-5, ReLU6."""
    pixels = scene()
    kernel = network.get_layer("features-0-0").get_weights()[0]
    scale, shift, mean, variance = network.get_layer("features-0-1").get_weights()
    scaled = (pixels[0] / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    window = np.pad(scaled, ((1, 1), (1, 1), (0, 0)))[40:43, 60:63]
    raw = np.tensordot(window, kernel, axes=3)
    expected = np.clip((raw - mean) / np.sqrt(variance + 1e-5) * scale + shift, 0, 6)
    activation = next(layer for layer in network.layers if isinstance(layer, keras.layers.ReLU))
    first = keras.Model(network.input, activation.output)
    assert np.asarray(first(pixels))[0, 20, 30] == pytest.approx(expected, abs=1e-3)


def test_it_starts_from_all_of_imagenet(network: keras.Model) -> None:
    built = build(CropsConfig(side=96))
    features = keras.Model(built.input, next(one for one in built.layers if "pooling" in one.name).input)
    pixels = scene()
    assert np.asarray(features(pixels)) == pytest.approx(np.asarray(network(pixels)), abs=1e-3)


def test_the_mirror_image_has_its_say() -> None:
    network = build(CropsConfig(side=96))

    def log_probabilities(pixels: Floats) -> Floats:
        return np.log(softmax(np.asarray(network(pixels), np.float32), 1.0))

    straight, mirrored = log_probabilities(scene()), log_probabilities(scene()[:, :, ::-1].copy())
    said = np.asarray(with_mirror(network)(scene()))
    assert said == pytest.approx(0.7 * straight + 0.3 * mirrored, abs=1e-3)
    assert straight != pytest.approx(mirrored, abs=1e-2)


def test_the_export_reads_colours_as_keras_does(tmp_path: Path) -> None:
    model = with_mirror(build(CropsConfig(side=96)))
    (tmp_path / "crops.tflite").write_bytes(to_litert(model))
    served = HandNetwork(tmp_path / "crops.tflite").logits(scene()[0].astype(np.uint8))
    kept = logits_in_batches(model, scene().astype(np.uint8))[0]
    assert softmax(served, 1.0) == pytest.approx(softmax(kept, 1.0), abs=0.01)
