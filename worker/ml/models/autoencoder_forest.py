"""The ``autoencoder_forest`` family: a network learns to reproduce pictures from 512 numbers, and a random forest names
the letter by these."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import keras
import numpy as np
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

from worker.ml.export import to_keras, to_litert
from worker.ml.hands.geometry import Floats
from worker.ml.pictures.codes import code_drawings
from worker.ml.pictures.config import ENCODER_FILE, FOREST_FILE, AutoencoderForestConfig, ForestConfig
from worker.ml.pictures.dataset import Indices
from worker.ml.pictures.family import Drawing, Fitted, History, Material
from worker.ml.pictures.forest import Forest, from_scikit_learn, moments, standardised
from worker.ml.pictures.networks import Reproduce, in_full_precision
from worker.ml.pictures.networks import fit as fit_network
from worker.ml.progress import Report
from worker.ml.threads import allowed_threads

FAMILY: Final = "autoencoder_forest"
KERAS_FILE: Final = "autoencoder.keras"

_BATCH: Final = 256


def build_encoder(config: AutoencoderForestConfig) -> keras.Model:
    """Colours (n, 50, 50, 3) in 0..255 to codes (n, 512)."""
    pixels = keras.Input((config.side, config.side, 3), name="pixels")
    values: Any = keras.layers.Rescaling(1 / 255)(pixels)
    for filters in config.filters:
        values = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(values)
        values = keras.layers.MaxPooling2D(2)(values)
    code = keras.layers.Dense(config.code, dtype="float32", name="code")(keras.layers.Flatten()(values))
    return keras.Model(pixels, code, name="encoder")


def build_decoder(config: AutoencoderForestConfig) -> keras.Model:
    """Codes (n, 512) to colours (n, 50, 50, 3) in 0..1: the last layer is a sigmoid, which cross-entropy asks for."""
    first, second, third, last = config.filters
    side = config.side // 16
    code = keras.Input((config.code,), name="code")
    values: Any = keras.layers.Reshape((side, side, last))(keras.layers.Dense(side * side * last)(code))
    for filters, size, padding in ((third, 2, "same"), (second, 2, "same"), (first, 3, "valid")):
        values = keras.layers.Conv2DTranspose(filters, size, 2, padding=padding, activation="relu")(values)
    colours = keras.layers.Conv2DTranspose(3, 2, 2, padding="same", activation="sigmoid", dtype="float32")(values)
    return keras.Model(code, colours, name="decoder")


def build(config: AutoencoderForestConfig) -> keras.Model:
    encoder, decoder = build_encoder(config), build_decoder(config)
    return keras.Model(encoder.input, decoder(encoder.output), name=FAMILY)


def search(codes: Floats, labels: Indices, config: ForestConfig, seed: int, report: Report) -> tuple[Any, list[Any]]:
    """The forest of the best cross-validated depth and number of trees, grown on all codes (n, width), and the grid.

    Every class counts alike. Folds are stratified, and fewer where a class has fewer pictures than folds.
    """
    fewest = int(np.bincount(labels)[np.unique(labels)].min())
    folds = StratifiedKFold(max(2, min(config.folds, fewest)), shuffle=True, random_state=seed)
    features = min(config.features, codes.shape[1])
    grid = []
    for trees in config.trees:
        for depth in config.depths:
            scores = cross_val_score(_forest(depth, trees, features, config, seed), codes, labels, cv=folds)
            grid.append({"depth": depth, "trees": trees, "accuracy": round(float(scores.mean()), 4)})
            report(f"forest of {trees} trees, depth {depth}: accuracy {scores.mean():.4f} in cross-validation")
    best = max(grid, key=lambda row: (row["accuracy"], -row["depth"], -row["trees"]))
    return _forest(int(best["depth"]), int(best["trees"]), features, config, seed).fit(codes, labels), grid


def _forest(depth: int, trees: int, features: int, config: ForestConfig, seed: int) -> RandomForestClassifier:
    return RandomForestClassifier(
        trees,
        max_depth=depth,
        max_features=features,
        bootstrap=config.bootstrap,
        class_weight="balanced",
        n_jobs=allowed_threads(),
        random_state=seed,
    )


def fit(config: AutoencoderForestConfig, material: Material) -> Fitted:
    """Train the autoencoder, then the forest on the codes of the training pictures."""
    stage = fit_network(lambda: build(config), Reproduce(), config.fitting, config, material, stage="autoencoder")
    model = in_full_precision(stage.model)
    training = material.split.training
    codes = codes_of(encoder_of(model), material, training)
    mean, spread = moments(codes)
    grown, grid = search(
        standardised(codes, mean, spread), material.labels[training], config.forest, config.seed, material.report
    )
    forest = from_scikit_learn(grown, mean, spread)
    return FittedAutoencoderForest(model, grown, forest, grid, {stage.stage: stage.epochs}, config.seed)


def encoder_of(model: keras.Model) -> keras.Model:
    """The first half of the whole network."""
    return keras.Model(model.input, model.get_layer("code").output, name="encoder")


def codes_of(encoder: keras.Model, material: Material, rows: Indices) -> Floats:
    """Codes (k, 512) of the rows (k,)."""
    parts = [
        np.asarray(encoder(material.pictures.read(rows[start : start + _BATCH]).astype(np.float32), training=False))
        for start in range(0, len(rows), _BATCH)
    ]
    return np.concatenate(parts)


class FittedAutoencoderForest:
    """The autoencoder, the forest on its codes, and the ``grid`` that the forest was chosen from."""

    def __init__(
        self, model: keras.Model, grown: Any, forest: Forest, grid: Sequence[Any], history: History, seed: int
    ) -> None:
        self._model, self._encoder, self._grown, self._forest = model, encoder_of(model), grown, forest
        self._grid, self.history, self._seed = grid, history, seed

    def refit(self, material: Material) -> Self:
        """The forest that was chosen, grown anew on the codes of the training and the validation pictures."""
        rows = np.concatenate([material.split.training, material.split.validation])
        codes = standardised(codes_of(self._encoder, material, rows), self._forest.mean, self._forest.spread)
        grown = clone(self._grown).fit(codes, material.labels[rows])
        forest = from_scikit_learn(grown, self._forest.mean, self._forest.spread)
        return type(self)(self._model, grown, forest, self._grid, self.history, self._seed)

    def files(self) -> dict[str, bytes]:
        return {
            ENCODER_FILE: to_litert(self._encoder),
            FOREST_FILE: self._forest.to_bytes(),
            KERAS_FILE: to_keras(self._model),
        }

    def notes(self) -> Mapping[str, object]:
        return {
            "parameters": self._model.count_params(),
            "grid": list(self._grid),
            "trees": len(self._forest.roots),
            "nodes": len(self._forest.feature),
        }

    def drawings(self, material: Material) -> Sequence[Drawing]:
        """Pictures beside their reconstructions, and the test pictures' codes in two dimensions."""
        rows = material.split.test
        pixels = material.pictures.read(rows)
        return code_drawings(
            self._model, codes_of(self._encoder, material, rows), pixels, material.labels[rows], self._seed
        )
