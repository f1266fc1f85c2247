"""The ``crops`` network: names the letter from the pixels around the hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import keras
import numpy.typing as npt
from keras import ops

from worker.ml.config import MIRROR_WEIGHT, CropsConfig
from worker.ml.labels import LABELS
from worker.ml.models.mobilenet import BLOCKS, blocks, load_imagenet, load_weights

FAMILY: Final = "crops"


def build(config: CropsConfig) -> keras.Model:
    """Logits (n, 29) of colours (n, side, side, 3) in 0..255, all blocks starting from ImageNet."""
    pixels = keras.Input((config.side, config.side, 3), name="pixels")
    values = keras.layers.GlobalAveragePooling2D()(blocks(pixels, 0, BLOCKS))
    values = keras.layers.Dropout(config.dropout)(values)
    network = keras.Model(pixels, keras.layers.Dense(len(LABELS), dtype="float32", name="logits")(values))
    if config.is_pretrained:
        load_imagenet(network)
    return network


def of_torchvision(config: CropsConfig, weights: Mapping[str, npt.NDArray[Any]]) -> keras.Model:
    """The network with weights that torchvision's MobileNetV2 of as many classes has learnt."""
    network = build(replace(config, is_pretrained=False))
    load_weights(network, weights)
    network.get_layer("logits").set_weights([weights["classifier.1.weight"].T, weights["classifier.1.bias"]])
    return network


def with_mirror(network: keras.Model) -> keras.Model:
    """What serves: log-probabilities (n, 29) of colours (n, side, side, 3), asked for the crop and its mirror image."""
    pixels = keras.Input(network.input.shape[1:], name="pixels")
    answer = ops.log_softmax(network(pixels))
    mirrored = ops.log_softmax(network(ops.flip(pixels, axis=2)))
    return keras.Model(pixels, (1 - MIRROR_WEIGHT) * answer + MIRROR_WEIGHT * mirrored, name=FAMILY)
