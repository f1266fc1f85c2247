"""The families' networks have the shapes and parameters that they are known by, and normalise as they must."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from worker.ml.models import autoencoder_forest, simple_cnn, transfer
from worker.ml.pictures.config import AutoencoderForestConfig, Backbone, ConfigError, SimpleCnnConfig, TransferConfig


def counts(model: keras.Model) -> list[int]:
    return [layer.count_params() for layer in model.layers if layer.count_params()]


def shapes(model: keras.Model, kind: Any) -> list[tuple[int, ...]]:
    return [tuple(layer.output.shape[1:]) for layer in model.layers if isinstance(layer, kind)]


def test_the_plain_network() -> None:
    model = simple_cnn.build(SimpleCnnConfig())
    assert counts(model) == [448, 4_640, 18_496, 73_856, 590_336, 512 * 29 + 29]
    assert [shape[0] for shape in shapes(model, keras.layers.MaxPooling2D)] == [25, 12, 6, 3]
    assert shapes(model, keras.layers.Flatten) == [(1152,)]
    assert (model.input.shape, model.output.shape) == ((None, 50, 50, 3), (None, 29))


def test_the_autoencoder() -> None:
    config = AutoencoderForestConfig()
    encoder, decoder = autoencoder_forest.build_encoder(config), autoencoder_forest.build_decoder(config)
    assert counts(encoder) == [896, 18_496, 73_856, 295_168, 1_180_160]
    assert counts(decoder) == [1_181_952, 131_200, 32_832, 18_464, 387]
    assert shapes(decoder, keras.layers.Conv2DTranspose) == [(6, 6, 128), (12, 12, 64), (25, 25, 32), (50, 50, 3)]
    assert autoencoder_forest.build(config).count_params() == 2_933_411


def test_vgg16_with_its_head() -> None:
    model = transfer.build(TransferConfig("VGG16", weights="none", side=50))
    assert counts(model) == [14_714_688, 262_656, 512 * 29 + 29]
    frozen = transfer.freeze(model, TransferConfig("VGG16"), learning_share=0.0)
    assert sum(int(np.prod(weight.shape)) for weight in frozen.trainable_variables) == 262_656 + 512 * 29 + 29


@pytest.mark.parametrize(
    ("backbone", "expected"),
    [
        ("VGG16", keras.applications.vgg16.preprocess_input),
        ("ResNet50", keras.applications.resnet50.preprocess_input),
        ("ResNet50V2", keras.applications.resnet_v2.preprocess_input),
        ("EfficientNetB0", keras.applications.efficientnet.preprocess_input),
    ],
)
def test_each_backbone_gets_its_own_normalisation(backbone: Backbone, expected: Callable[[Any], Any]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3)).astype(np.float32)
    given = keras.Input((4, 4, 3))
    model = keras.Model(given, keras.layers.Identity()(transfer.normalise(backbone, given)))
    assert np.asarray(model(pixels)) == pytest.approx(np.asarray(expected(pixels.copy())), abs=1e-3)


def test_efficientnet_scales_inside() -> None:
    layers = keras.applications.EfficientNetB0(include_top=False, weights=None).layers
    assert any(isinstance(layer, keras.layers.Rescaling) for layer in layers)


def test_a_file_of_weights_is_what_the_backbone_gets(tmp_path: Path) -> None:
    """VGG16's path without the internet: only arrays are read."""
    keras.utils.set_random_seed(1)
    given = transfer.build_backbone(TransferConfig("VGG16", weights="none", side=32))
    given.save_weights(tmp_path / "vgg.weights.h5")
    given.save(tmp_path / "vgg.keras")
    pixels = np.random.default_rng(0).normal(size=(1, 32, 32, 3)).astype(np.float32)
    for name in ("vgg.weights.h5", "vgg.keras"):
        loaded = transfer.build_backbone(TransferConfig("VGG16", weights=str(tmp_path / name), side=32))
        assert np.asarray(loaded(pixels)) == pytest.approx(np.asarray(given(pixels)), abs=1e-5)


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save_weights(tmp_path / "other.weights.h5")
    (tmp_path / "broken.keras").write_bytes(b"no archive")
    (tmp_path / "model.pth").write_bytes(b"")
    for name, sentence in {
        "other.weights.h5": "does not hold the weights of ResNet50",
        "broken.keras": "does not hold the weights of ResNet50",
        "model.pth": "is no .weights.h5, .h5 or .keras file",
        "absent.h5": "there is no file",
    }.items():
        with pytest.raises(ConfigError, match=sentence):
            transfer.build_backbone(TransferConfig("ResNet50", weights=str(tmp_path / name), side=32))


def test_without_the_internet_the_other_way_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(**_: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setitem(transfer.BACKBONES, "VGG16", (transfer.BACKBONES["VGG16"][0], offline))
    with pytest.raises(ConfigError, match=r"weights of VGG16 could not be downloaded.*name a file"):
        transfer.build_backbone(TransferConfig("VGG16"))


@pytest.mark.parametrize("backbone", ["ResNet50V2", "MobileNetV2", "EfficientNetB0"])
def test_every_backbone_answers(backbone: Backbone) -> None:
    model = transfer.build(TransferConfig(backbone, weights="none", side=32))
    assert model(np.zeros((1, 32, 32, 3), np.float32)).shape == (1, 29)


def test_only_the_last_layers_are_fine_tuned() -> None:
    config = TransferConfig("MobileNetV2", weights="none", side=32)
    layers = transfer.freeze(transfer.build(config), config, learning_share=0.25).get_layer("MobileNetV2").layers
    assert not layers[0].trainable
    assert sum(layer.trainable for layer in layers) == round(len(layers) * 0.25)
