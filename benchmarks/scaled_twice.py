"""What pictures that were scaled before do to a backbone: ``python -m benchmarks.scaled_twice --data MANIFEST``

Frozen ImageNet features of whole pictures with the head of the ``transfer`` family, once from colours in 0..255, as the
backbone's normalisation expects them, and once from colours in 0..1, which it takes for all but black.
"""

import argparse
from pathlib import Path
from typing import Any

import keras
import numpy as np

from worker.ml.labels import LABELS
from worker.ml.models.transfer import build_backbone, normalise
from worker.ml.pictures.config import Backbone, TransferConfig, parse
from worker.ml.pictures.decoded import DecodedPictures, decode_all
from worker.ml.pictures.loading import load_pictures
from worker.ml.pictures.splits import SplitConfig, split

SCALES = {"colours in 0..255, as they are": 1.0, "scaled to 0..1 before": 1 / 255}
_BATCH = 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="manifest, or folder of pictures")
    parser.add_argument("--backbone", default="MobileNetV2")
    parser.add_argument("--weights", default="imagenet", help="or a file of them")
    parser.add_argument("--every", type=int, default=5, help="take every so manieth picture")
    parser.add_argument("--cache", type=Path, default=Path(".local/cache"))
    options = parser.parse_args()
    config = parse("transfer", {"backbone": options.backbone, "weights": options.weights})
    assert isinstance(config, TransferConfig)  # noqa: S101 - parse gives what the family is
    everything = load_pictures(options.data, print)
    pictures = everything.where(np.arange(0, len(everything), options.every))
    decoded = decode_all(pictures, config.side, options.cache, print)
    parts = split(pictures, SplitConfig("stratified"))
    backbone = build_backbone(config)
    for words, scale in SCALES.items():
        learnt, tested = (
            _features(backbone, config.backbone, decoded, rows, scale) for rows in (parts.training, parts.test)
        )
        keras.utils.set_random_seed(config.seed)
        head = _head(learnt.shape[1], config)
        head.fit(learnt, pictures.labels[parts.training], epochs=20, batch_size=32, verbose=0)
        _, accuracy = head.evaluate(tested, pictures.labels[parts.test], verbose=0)
        print(f"{words}: accuracy {accuracy:.4f} on {len(tested)} test pictures")


def _features(
    backbone: keras.Model, name: Backbone, decoded: DecodedPictures, rows: np.typing.NDArray[np.int64], scale: float
) -> np.typing.NDArray[Any]:
    parts = []
    for start in range(0, len(rows), _BATCH):
        pixels = decoded.read(rows[start : start + _BATCH]) * np.float32(scale)
        parts.append(np.asarray(backbone(normalise(name, pixels), training=False)))
    return np.concatenate(parts)


def _head(width: int, config: TransferConfig) -> keras.Model:
    layers = [
        keras.Input((width,)),
        keras.layers.Dense(config.dense, activation="relu"),
        keras.layers.Dropout(config.dropout),
        keras.layers.Dense(len(LABELS)),
    ]
    head = keras.Sequential(layers)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    head.compile(keras.optimizers.RMSprop(1e-3), loss, metrics=["accuracy"])
    return head


if __name__ == "__main__":
    main()
