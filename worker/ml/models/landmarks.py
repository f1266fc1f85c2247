"""The ``landmarks`` family: names the letter from 21 points, without a pixel. Small and fast to train."""

from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from keras import ops

from worker.ml.config import MIRROR_WEIGHT, LandmarksConfig
from worker.ml.hands.normalise import MIRROR
from worker.ml.hands.skeleton import PARENT
from worker.ml.labels import LABELS

FAMILY: Final = "landmarks"

_PAIRS: Final = np.triu_indices(21, 1)


@keras.saving.register_keras_serializable("asl")
class HandFeatures(keras.layers.Layer):  # type: ignore[misc]
    """Normalised landmarks (n, 21, 3) to what distinguishes letters, (n, 615).

    The points; directions of the 20 bones; all 210 distances in space and in the picture's plane; the points in the
    palm's own frame, and that frame, as some letters differ only by the way the palm faces.
    """

    def call(self, points: Any) -> Any:
        bones = points[:, 1:] - ops.take(points, PARENT[1:], axis=1)
        gaps = ops.square(points[:, :, None] - points[:, None])
        pairs = _PAIRS[0] * 21 + _PAIRS[1]
        in_space = ops.take(_flat(ops.sqrt(ops.sum(gaps, axis=-1) + 1e-6), 441), pairs, axis=1)
        in_plane = ops.take(_flat(ops.sqrt(ops.sum(gaps[..., :2], axis=-1) + 1e-6), 441), pairs, axis=1)
        frame = _palm_frame(points)
        in_frame = ops.matmul(points - points[:, :1], frame)
        parts = [_flat(points, 63), _flat(_unit(bones), 60), in_space, in_plane, _flat(in_frame, 63), _flat(frame, 9)]
        return ops.concatenate(parts, axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        return input_shape[0], 63 + 60 + 210 + 210 + 63 + 9


def _unit(vectors: Any) -> Any:
    return vectors / (ops.sqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True)) + 1e-6)


def _palm_frame(points: Any) -> Any:
    """Orthonormal axes (n, 3, 3) as columns: wrist to middle knuckle, across the palm, out of it."""
    up = _unit(points[:, 9] - points[:, 0])
    out = _unit(_cross(up, points[:, 5] - points[:, 17]))
    return ops.stack([up, _cross(out, up), out], axis=-1)


def _cross(a: Any, b: Any) -> Any:
    return _rolled(a, 1) * _rolled(b, 2) - _rolled(a, 2) * _rolled(b, 1)


def _rolled(vectors: Any, by: int) -> Any:
    return ops.concatenate([vectors[:, by:], vectors[:, :by]], axis=1)


def _flat(values: Any, size: int) -> Any:
    return ops.reshape(values, (-1, size))


def build(config: LandmarksConfig, name: str = "member") -> keras.Model:
    """One member: normalised landmarks (n, 21, 3) to logits (n, 29)."""
    points = keras.Input((21, 3), name="points")
    values = keras.layers.BatchNormalization()(HandFeatures()(points))
    for width in config.hidden:
        values = keras.layers.Dense(width, use_bias=False)(values)
        values = keras.layers.BatchNormalization()(values)
        values = keras.layers.Activation("gelu")(values)
        values = keras.layers.Dropout(config.dropout)(values)
    return keras.Model(points, keras.layers.Dense(len(LABELS), name="logits")(values), name=name)


def combine(members: list[keras.Model]) -> keras.Model:
    """What serves: the mean of the members' log-probabilities, each asked for the hand and its mirror image."""
    points = keras.Input((21, 3), name="points")
    mirrored = keras.layers.Rescaling(MIRROR.tolist(), name="mirror")(points)
    answers = []
    for member in members:
        answers.append((1 - MIRROR_WEIGHT) * ops.log_softmax(member(points)))
        answers.append(MIRROR_WEIGHT * ops.log_softmax(member(mirrored)))
    return keras.Model(points, sum(answers[1:], answers[0]) / len(members), name=FAMILY)


def load(path: Path) -> keras.Model:
    """The Keras network of an artefact of our own: a stranger's could carry code."""
    return keras.models.load_model(path)
