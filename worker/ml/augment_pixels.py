"""Crops of hands as other rooms, lights and cameras would give them. TensorFlow operations on whole batches."""

from typing import Any, Final

import numpy as np
import tensorflow as tf

from worker.ml.config import PixelAugmentation

_NOISE: Final = np.random.default_rng(0).normal(size=999_983).astype(np.float32)


def augment_crops(
    crops: Any, side: int, margin: float, settings: PixelAugmentation, surroundings: Any | None = None
) -> Any:
    """Changed colours (n, side, side, 3) in 0..255 from crops (n, kept, kept, 4): colours and the hand's mask, which is
    needed only with ``surroundings`` (n, kept, kept, 3), where some of the hands are shown.

    ``margin`` is by how much the crops are wider than what the network reads.
    """
    values = tf.cast(crops, tf.float32)
    if surroundings is not None:
        values = _elsewhere(values, tf.cast(surroundings, tf.float32), settings.background)
    colours = _warp(values[..., :3], side, margin, settings)
    colours = _relight(colours, settings.light, settings.grey)
    if settings.coarse:
        colours = _coarsen(colours, side, settings)
    noise = _noise(tf.shape(colours)) * settings.noise * tf.square(_uniform(colours, 0, 1))
    changed = tf.clip_by_value(colours + noise, 0, 255)
    return _cut(changed, side, settings.cut) if settings.cut else changed


def _warp(values: Any, side: int, margin: float, settings: PixelAugmentation) -> Any:
    """Moved, turned, scaled, stretched and sometimes mirrored about the middle, (n, side, side, channels)."""
    count = tf.shape(values)[0]
    kept = tf.cast(tf.shape(values)[1], tf.float32)
    step = kept / (margin * side)
    scale = step * tf.exp(tf.random.normal((count,), stddev=settings.scale))
    stretch = tf.exp(tf.random.normal((count,), stddev=settings.stretch / 2))
    flip = tf.where(tf.random.uniform((count,)) < settings.mirror, -1.0, 1.0)
    turn = tf.random.normal((count,), stddev=settings.turn)
    move = tf.random.normal((2, count), stddev=settings.move) * kept / margin
    a, b = tf.cos(turn) * scale * stretch * flip, -tf.sin(turn) * scale / stretch
    c, d = tf.sin(turn) * scale * stretch * flip, tf.cos(turn) * scale / stretch
    middle = (side - 1) / 2
    x = (kept - 1) / 2 + move[0] - (a + b) * middle
    y = (kept - 1) / 2 + move[1] - (c + d) * middle
    zero = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=values,
        transforms=tf.stack([a, b, x, c, d, y, zero, zero], axis=1),
        output_shape=[side, side],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )


def _elsewhere(crops: Any, surroundings: Any, share: float) -> Any:
    """Some hands before the surroundings, in a light of their own: all that is outside the mask is covered."""
    chosen = tf.cast(_uniform(crops, 0, 1) < share, tf.float32)
    keep = 1 - (1 - crops[..., 3:] / 255) * chosen
    around = tf.clip_by_value(surroundings * tf.exp(_normal(crops, 0.4)), 0, 255)
    return crops[..., :3] * keep + around * (1 - keep)


def _relight(colours: Any, light: float, grey: float) -> Any:
    """Exposure, contrast, white balance, light from one side, and some pictures without colours."""
    values = colours / 255
    values += values * (1 - values) * tf.clip_by_value(_normal(colours, 0.5 * light), -0.95, 0.95)  # much like a power
    middle = tf.reduce_mean(values, axis=(1, 2, 3), keepdims=True)
    contrast = tf.exp(_normal(colours, 0.25 * light))
    tint = tf.random.normal((tf.shape(colours)[0], 1, 1, 3), stddev=0.08 * light)
    slope = tf.linspace(-1.0, 1.0, tf.shape(colours)[1])
    across, down = slope[None, None, :, None], slope[None, :, None, None]
    fall = across * _normal(colours, 0.15 * light) + down * _normal(colours, 0.15 * light)
    values = (middle + (values - middle) * contrast) * tf.exp(_normal(colours, 0.15 * light) + tint + fall)
    plain = tf.reduce_mean(values, axis=-1, keepdims=True)
    values += (plain - values) * tf.cast(_uniform(colours, 0, 1) < grey, tf.float32)
    return tf.clip_by_value(values, 0, 1) * 255


def _coarsen(colours: Any, side: int, settings: PixelAugmentation) -> Any:
    """Some crops as few pixels would record them; all of a batch by the same number."""
    low, high = tf.math.log(float(settings.fewest_pixels)), tf.math.log(float(side))
    pixels = tf.cast(tf.exp(tf.random.uniform((), low, high)), tf.int32)
    small = tf.image.resize(colours, [pixels, pixels], method="area")
    coarse = tf.image.resize(small, [side, side], method="bilinear")
    return tf.where(_uniform(colours, 0, 1) < settings.coarse, coarse, colours)


def _noise(shape: Any) -> Any:
    """Standard normal noise for a batch, read from anywhere in a bank: to draw it anew would take longest of all."""
    count = tf.reduce_prod(shape)
    start = tf.random.uniform((), 0, len(_NOISE), tf.int32)
    return tf.reshape(tf.gather(tf.constant(_NOISE), (start + tf.range(count)) % len(_NOISE)), shape)


def _cut(colours: Any, side: int, share: float) -> Any:
    """Some crops end early on one side, as at a picture's border: black beyond."""
    place = tf.range(side)[None, :]
    depth = tf.cast(_uniform(colours, 0.0, 0.3)[:, :, 0, 0] * side, tf.int32)
    which = tf.random.uniform((tf.shape(colours)[0], 1), 0, 4, tf.int32)
    chosen = _uniform(colours, 0, 1)[:, :, 0, 0] < share
    ahead, behind = place >= depth, place < side - depth
    columns = tf.where(which == 0, ahead, tf.where(which == 1, behind, tf.ones_like(ahead)))
    rows = tf.where(which == 2, ahead, tf.where(which == 3, behind, tf.ones_like(ahead)))
    kept = (columns[:, None, :] & rows[:, :, None]) | ~chosen[:, :, None]
    return tf.where(kept[..., None], colours, 0.0)


def _uniform(like: Any, low: float, high: float) -> Any:
    return tf.random.uniform((tf.shape(like)[0], 1, 1, 1), low, high)


def _normal(like: Any, spread: float) -> Any:
    return tf.random.normal((tf.shape(like)[0], 1, 1, 1), stddev=spread)
