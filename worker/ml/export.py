"""Keras networks to LiteRT, which serves them without TensorFlow."""

import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from worker.ml.hands.geometry import Floats


def to_litert(model: keras.Model) -> bytes:
    """A flatbuffer that reads one hand (1, 21, 3) and gives logits (1, 29); its weights are stored in 16 bits."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve",
        lambda points: model(points, training=False),
        input_signature=[tf.TensorSpec((1, 21, 3), tf.float32, name="points")],
    )
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())


def to_keras(model: keras.Model) -> bytes:
    """The ``.keras`` archive, for further training and for comparing the export with."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def logits_in_batches(model: keras.Model, points: Floats, size: int = 4096) -> Floats:
    """The Keras network's logits (n, 29), in bounded memory."""
    parts = [model(points[start : start + size], training=False) for start in range(0, len(points), size)]
    return np.concatenate([np.asarray(part) for part in parts])
