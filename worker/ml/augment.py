"""Bend hands as other people's hands, cameras and angles would. TensorFlow operations on whole batches."""

from typing import Any, Final

import numpy as np
import tensorflow as tf

from worker.ml.config import HandAugmentation
from worker.ml.hands.normalise import PALM
from worker.ml.hands.skeleton import PARENT

_FINGER: Final = (0, *(finger for finger in range(1, 6) for _ in range(4)))


def _chains() -> np.typing.NDArray[np.float32]:
    """(21, 21): row i has a one for each bone on the way from the wrist to landmark i."""
    chains = np.zeros((21, 21), np.float32)
    for point in range(1, 21):
        at = point
        while at:
            chains[point, at] = 1
            at = PARENT[at]
    return chains


def augment_hands(points: Any, is_side_unknown: Any, settings: HandAugmentation) -> Any:
    """A changed copy of normalised landmarks (n, 21, 3), normalised again; ``is_side_unknown`` is (n,) bool."""
    count = tf.shape(points)[0]
    points = _resize_bones(points, count, settings)
    for axes, spread in (((0, 1), settings.roll), ((0, 2), settings.tilt), ((1, 2), settings.tilt)):
        points = _turn(points, tf.random.normal((count,), stddev=spread), *axes)
    scale = tf.exp(tf.random.normal((count, 1, 3)) * tf.constant([settings.stretch, 0.0, settings.depth]))
    noise = tf.random.normal(tf.shape(points)) * settings.noise * tf.random.uniform((count, 1, 1))
    mirrored = tf.random.uniform((count,)) < tf.where(is_side_unknown, 0.5, settings.mirror)
    flip = tf.where(mirrored[:, None, None], tf.constant([-1.0, 1.0, 1.0]), tf.ones(3))
    return _normalised((points * scale + noise) * flip)


def _resize_bones(points: Any, count: Any, settings: HandAugmentation) -> Any:
    """Other hands: lengths of fingers, and of single bones, changed; angles kept."""
    bones = points - tf.gather(points, PARENT, axis=1)
    fingers = tf.gather(tf.exp(tf.random.normal((count, 6), stddev=settings.finger)), _FINGER, axis=1)
    single = tf.exp(tf.random.normal((count, 21), stddev=settings.bone))
    return points[:, :1] + tf.einsum("ij,njk->nik", _chains(), bones * (fingers * single)[..., None])


def _turn(points: Any, angles: Any, first: int, second: int) -> Any:
    """Rotation by angles (n,) in the plane of two axes."""
    cos, sin = tf.cos(angles)[:, None], tf.sin(angles)[:, None]
    axes = [points[..., axis] for axis in range(3)]
    axes[first], axes[second] = axes[first] * cos - axes[second] * sin, axes[first] * sin + axes[second] * cos
    return tf.stack(axes, axis=-1)


def _normalised(points: Any) -> Any:
    """Origin and size as :func:`worker.ml.hands.normalise.normalise` makes them."""
    palm = tf.gather(points, PALM, axis=1)
    centre = tf.reduce_mean(palm, axis=1, keepdims=True)
    size = tf.sqrt(tf.reduce_mean(tf.reduce_sum(tf.square(palm - centre), axis=-1), axis=-1))
    return (points - centre) / tf.maximum(size, 1e-6)[:, None, None]
