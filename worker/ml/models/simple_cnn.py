"""The ``simple_cnn`` family: a plain network from scratch, for pictures of 50 by 50 pixels."""

from typing import Any, Final

import keras

from worker.ml.labels import LABELS
from worker.ml.pictures.config import SimpleCnnConfig
from worker.ml.pictures.family import Fitted, Material
from worker.ml.pictures.networks import FittedNetwork, fit_classifier

FAMILY: Final = "simple_cnn"


def build(config: SimpleCnnConfig) -> keras.Model:
    """Colours (n, side, side, 3) in 0..255 to logits (n, 29)."""
    pixels = keras.Input((config.side, config.side, 3), name="pixels")
    values: Any = keras.layers.Rescaling(1 / 255)(pixels)
    for filters in config.filters:
        values = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(values)
        values = keras.layers.MaxPooling2D(2)(values)
    values = keras.layers.Flatten()(values)
    values = keras.layers.Dense(config.dense, activation="relu")(values)
    values = keras.layers.Dropout(config.dropout)(values)
    return keras.Model(pixels, keras.layers.Dense(len(LABELS), dtype="float32", name="logits")(values), name=FAMILY)


def fit(config: SimpleCnnConfig, material: Material) -> Fitted:
    """Train it; what was begun with the same material is taken up."""
    stage = fit_classifier(lambda: build(config), config.fitting, config, material, stage="from scratch")
    return FittedNetwork(stage.model, {stage.stage: stage.epochs})
