"""Settings that people write: defaults, and a sentence for each that is wrong."""

from dataclasses import replace
from typing import Any

import pytest

from worker.ml.pictures.config import AutoencoderForestConfig, ConfigError, SimpleCnnConfig, TransferConfig, parse


def test_nothing_written_is_the_defaults() -> None:
    assert parse("simple_cnn", {}) == SimpleCnnConfig()
    assert parse("transfer", {}) == TransferConfig()
    assert parse("autoencoder_forest", {}) == AutoencoderForestConfig()


def test_nested_settings_change_alone() -> None:
    config = parse("transfer", {"backbone": "VGG16", "frozen": {"epochs": 7}, "fine_tuning": None})
    assert isinstance(config, TransferConfig)
    assert (config.backbone, config.frozen.epochs, config.frozen.batch) == ("VGG16", 7, 32)
    assert config.fine_tuning is None
    forest = parse("autoencoder_forest", {"forest": {"depths": [5, 10]}})
    assert isinstance(forest, AutoencoderForestConfig)
    assert forest.forest.depths == (5, 10)


@pytest.mark.parametrize(
    ("family", "values", "sentence"),
    [
        ("simple_cnn", {"sied": 50}, r"simple_cnn has no setting named sied\. It has: augmentation, class_weights"),
        ("simple_cnn", {"fitting": {"epoch": 5}}, r"simple_cnn\.fitting has no setting named epoch\. It has: batch"),
        ("simple_cnn", {"fitting": 5}, r"simple_cnn\.fitting must be names and values, and is 5\."),
        ("simple_cnn", {"side": "wide"}, r"simple_cnn\.side must be a whole number, and is 'wide'\."),
        ("simple_cnn", {"side": True}, r"simple_cnn\.side must be a whole number, and is True\."),
        ("simple_cnn", {"side": 8}, r"simple_cnn: side must be at least 16, and is 8\."),
        ("simple_cnn", {"dropout": 2}, r"simple_cnn: dropout must be from 0 to 1, and is 2"),
        ("simple_cnn", {"filters": "16"}, r"simple_cnn\.filters must be a list of whole numbers, and is '16'\."),
        ("simple_cnn", {"fitting": {"epochs": 0}}, r"simple_cnn\.fitting: epochs must be at least 1, and is 0\."),
        ("transfer", {"backbone": "VGG"}, r"transfer\.backbone must be one of VGG16, ResNet50, .* and is 'VGG'\."),
        ("vgg", {}, r"There is no family named vgg\. There are: simple_cnn, transfer, autoencoder_forest\."),
    ],
)
def test_what_is_wrong_is_named(family: str, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        parse(family, values)


def test_one_nested_setting_leaves_its_neighbours_as_the_family_has_them() -> None:
    default = SimpleCnnConfig()
    config = parse("simple_cnn", {"augmentation": {"turn": 0.3}, "fitting": {"epochs": 2}})
    assert isinstance(config, SimpleCnnConfig)
    assert config.augmentation == replace(default.augmentation, turn=0.3)
    assert config.fitting == replace(default.fitting, epochs=2)
