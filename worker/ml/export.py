"""Keras networks to LiteRT, which serves them without TensorFlow."""

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from worker.ml.hands.geometry import Floats
from worker.ml.labels import LABELS


def to_litert(model: keras.Model) -> bytes:
    """A flatbuffer that reads one hand at a time, (1, ...), and gives logits (1, 29); weights are stored in 16 bits."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve",
        lambda hand: model(hand, training=False),
        input_signature=[tf.TensorSpec((1, *model.input.shape[1:]), tf.float32, name="hand")],
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


def logits_in_batches(model: keras.Model, hands: npt.NDArray[Any], size: int = 256) -> Floats:
    """The Keras network's logits (n, 29) for hands (n, ...), in bounded memory."""
    batches = (hands[start : start + size] for start in range(0, len(hands), size))
    parts = [model.predict_on_batch(batch.astype(np.float32)) for batch in batches]
    return np.concatenate(parts) if parts else np.zeros((0, len(LABELS)), np.float32)
