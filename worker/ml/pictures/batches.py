"""Batches of decoded pictures by tf.data: read, changed and handed over while the last batch is learnt from."""

from typing import Any

import numpy as np
import tensorflow as tf

from worker.ml.augment_pixels import augment_crops
from worker.ml.config import PixelAugmentation
from worker.ml.pictures.config import ConfigError
from worker.ml.pictures.dataset import Indices
from worker.ml.pictures.decoded import DecodedPictures

_AHEAD = 8


def batches(
    pictures: DecodedPictures,
    rows: Indices,
    labels: Indices,
    *,
    batch: int,
    shuffled_by: int | None = None,
    augmentation: PixelAugmentation | None = None,
) -> tf.data.Dataset:
    """Colours (k, side, side, 3) in 0..255 as float32, and classes (k,), of the rows (n,) and the labels of all.

    In their order, or shuffled by a seed. Changes are drawn in the order of batches, so that a seed repeats them.
    """
    order = rows if shuffled_by is None else np.random.default_rng(shuffled_by).permutation(rows)
    side = pictures.side

    def read(chosen: Any) -> Any:
        pixels = tf.numpy_function(pictures.read, [chosen], tf.uint8)
        pixels = tf.cast(tf.ensure_shape(pixels, (None, side, side, 3)), tf.float32)
        return pixels if augmentation is None else augment_pictures(pixels, augmentation)

    dataset = tf.data.Dataset.from_tensor_slices((order, labels[order])).batch(batch)
    return dataset.map(lambda chosen, classes: (read(chosen), classes)).prefetch(_AHEAD)


def augment_pictures(pixels: Any, settings: PixelAugmentation) -> Any:
    """Changed colours (n, side, side, 3): like crops of hands, but without a mask of what is the hand."""
    if settings.background:
        raise ConfigError("augmentation.background needs a hand's mask, which whole pictures have not: leave it 0.")
    return augment_crops(pixels, pixels.shape[1], 1.0, settings)
