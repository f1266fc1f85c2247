"""The ``crops`` network: names the letter from the pixels around the hand."""

from typing import Final

import keras
from keras import ops

from worker.ml.config import MIRROR_WEIGHT, CropsConfig
from worker.ml.labels import LABELS
from worker.ml.models.mobilenet import BLOCKS, blocks, load_imagenet

FAMILY: Final = "crops"


def build_stem(config: CropsConfig) -> keras.Model:
    """The first blocks, which keep their ImageNet weights: colours (n, side, side, 3) in 0..255 to features."""
    pixels = keras.Input((config.side, config.side, 3), name="pixels")
    stem = keras.Model(pixels, blocks(pixels, 0, config.frozen_blocks), name="stem")
    if config.is_pretrained:
        load_imagenet(stem)
    stem.trainable = False
    return stem


def build_trunk(config: CropsConfig, stem: keras.Model) -> keras.Model:
    """The blocks that learn, starting from ImageNet: the stem's features to logits (n, 29)."""
    features = keras.Input(stem.output.shape[1:], name="features")
    values = keras.layers.GlobalAveragePooling2D()(blocks(features, config.frozen_blocks, BLOCKS))
    values = keras.layers.Dropout(config.dropout)(values)
    trunk = keras.Model(features, keras.layers.Dense(len(LABELS), name="logits")(values), name="trunk")
    if config.is_pretrained:
        load_imagenet(trunk)
    return trunk


def combine(stem: keras.Model, trunk: keras.Model) -> keras.Model:
    """What serves: log-probabilities (n, 29) of colours (n, side, side, 3), asked for the crop and its mirror image."""
    pixels = keras.Input(stem.input.shape[1:], name="pixels")
    answer = ops.log_softmax(trunk(stem(pixels)))
    mirrored = ops.log_softmax(trunk(stem(ops.flip(pixels, axis=2))))
    return keras.Model(pixels, (1 - MIRROR_WEIGHT) * answer + MIRROR_WEIGHT * mirrored, name=FAMILY)
