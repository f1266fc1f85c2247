"""Trains Keras networks on whole pictures: epochs, early stopping, schedule, precision, and a way back after a kill."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

import keras
import numpy as np
import tensorflow as tf

from worker.ml.config import PixelAugmentation
from worker.ml.export import to_keras, to_litert
from worker.ml.labels import LABELS
from worker.ml.pictures.batches import batches
from worker.ml.pictures.checkpoint import Checkpoint
from worker.ml.pictures.config import NETWORK_FILE, ConfigError, Fitting, Precision
from worker.ml.pictures.dataset import balancing_weights
from worker.ml.pictures.family import Drawing, Epoch, History, Material
from worker.ml.seeds import reseed

KERAS_FILE: Final = "network.keras"

_EVALUATION_BATCH: Final = 256


class Objective(Protocol):
    """What a network is to do: losses (n,) of its answers, and scores (n,) of 0 or 1 if it classifies."""

    def losses(self, answers: Any, pixels: Any, labels: Any) -> Any: ...

    def scores(self, answers: Any, labels: Any) -> Any | None: ...


@dataclass(frozen=True, slots=True)
class Classify:
    """Name the class; ``weights`` (29,) is how much each counts."""

    weights: Any
    label_smoothing: float = 0.0

    def losses(self, answers: Any, pixels: Any, labels: Any) -> Any:
        targets = tf.one_hot(labels, len(LABELS))
        targets += (1 / len(LABELS) - targets) * self.label_smoothing
        return tf.nn.softmax_cross_entropy_with_logits(targets, answers) * tf.gather(self.weights, labels)

    def scores(self, answers: Any, labels: Any) -> Any:
        return tf.cast(tf.argmax(answers, axis=-1) == labels, tf.float32)


@dataclass(frozen=True, slots=True)
class Reproduce:
    """Answer the picture itself, in 0..1: binary cross-entropy, the mean over its values."""

    def losses(self, answers: Any, pixels: Any, labels: Any) -> Any:
        wanted, given = pixels / 255, tf.clip_by_value(tf.cast(answers, tf.float32), 1e-7, 1 - 1e-7)
        each = -(wanted * tf.math.log(given) + (1 - wanted) * tf.math.log(1 - given))
        return tf.reduce_mean(each, axis=(1, 2, 3))

    def scores(self, answers: Any, labels: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Stage:
    """A network at the weights of its best epoch, and all epochs that it took."""

    stage: str
    model: keras.Model
    epochs: Sequence[Epoch]


class ClassifierConfig(Protocol):
    @property
    def augmentation(self) -> PixelAugmentation: ...
    @property
    def class_weights(self) -> bool: ...
    @property
    def precision(self) -> Precision: ...
    @property
    def seed(self) -> int: ...


def fit_classifier(
    build: Callable[[], keras.Model], fitting: Fitting, config: ClassifierConfig, material: Material, *, stage: str
) -> Stage:
    """Train a network that answers logits (n, 29)."""
    labels = material.labels[material.split.training]
    weights = balancing_weights(labels) if config.class_weights else np.ones(len(LABELS), np.float32)
    objective = Classify(tf.constant(weights), fitting.label_smoothing)
    return fit(build, objective, fitting, config, material, stage=stage, augmentation=config.augmentation)


class SeededConfig(Protocol):
    @property
    def precision(self) -> Precision: ...
    @property
    def seed(self) -> int: ...


def fit(
    build: Callable[[], keras.Model],
    objective: Objective,
    fitting: Fitting,
    config: SeededConfig,
    material: Material,
    *,
    stage: str,
    augmentation: PixelAugmentation | None = None,
) -> Stage:
    """Train until the epochs are over or the validation loss stops falling; keep the best epoch's weights.

    Raises :class:`ConfigError` when the loss is no number; the epoch before that one stays kept.
    """
    keras.utils.set_random_seed(config.seed)
    with _precision(config.precision):
        model = build()
        run = _Run(model, objective, fitting, material, augmentation)
        checkpoint = Checkpoint(material.folder / f"{stage.replace(' ', '-')}.npz")
        progress = checkpoint.restore(model, run.optimizer)
        if progress.epochs:
            material.report(f"{stage}: taken up after epoch {len(progress.epochs)}")
            material.watch.epochs(stage, progress.epochs)
        while not progress.is_done:
            number = len(progress.epochs) + 1
            reseed(model, config.seed + number)
            try:
                epoch = run.epoch(config.seed + number)
            except KeyboardInterrupt:
                material.report(_interrupted(stage, number))
                raise
            _check(epoch, stage, number, fitting)
            progress.add(epoch, model)
            material.report(f"{stage}, epoch {number} of {fitting.epochs}: {_words(progress.epochs[-1])}")
            progress.is_done = number >= fitting.epochs or progress.epochs_without_gain >= fitting.patience
            checkpoint.save(progress, model, run.optimizer)
            material.watch.epochs(stage, progress.epochs)
    model.set_weights(progress.best)
    return Stage(stage, model, progress.epochs)


def _interrupted(stage: str, number: int) -> str:
    kept = (
        f"epoch {number - 1} is kept, and the same command goes on from there" if number > 1 else "nothing is kept yet"
    )
    return f"{stage}: stopped in epoch {number}; {kept}"


def _check(epoch: Epoch, stage: str, number: int, fitting: Fitting) -> None:
    """Raise :class:`ConfigError` for an epoch after which nothing more can be learnt."""
    if not (math.isfinite(epoch.loss) and math.isfinite(epoch.validation_loss)):
        raise ConfigError(
            f"{stage}, epoch {number}: the loss is no number. Lower the learning rate, which is "
            f"{fitting.learning_rate:g}."
        )


def _words(epoch: Epoch) -> str:
    accuracy = f", accuracy {epoch.validation_accuracy:.4f}" if epoch.validation_accuracy is not None else ""
    return (
        f"loss {epoch.loss:.4f}, validation {epoch.validation_loss:.4f}{accuracy}; {epoch.seconds:.0f} s "
        f"({epoch.cpu_seconds:.0f} s of processor), {epoch.waiting_share:.0%} of it waiting for data"
    )


class _Run:
    """A network with its optimizer, which can pass over the material."""

    def __init__(
        self,
        model: keras.Model,
        objective: Objective,
        fitting: Fitting,
        material: Material,
        augmentation: PixelAugmentation | None,
    ) -> None:
        self._model, self._fitting, self._material, self._augmentation = model, fitting, material, augmentation
        self._steps = math.ceil(len(material.split.training) / fitting.batch)
        self._schedule = _schedule(fitting, self._steps)
        adam = keras.optimizers.AdamW(self._schedule, weight_decay=fitting.weight_decay, global_clipnorm=fitting.clip)
        is_mixed = keras.config.dtype_policy().name == "mixed_float16"
        self.optimizer = keras.optimizers.LossScaleOptimizer(adam) if is_mixed else adam
        self.optimizer.build(model.trainable_variables)
        self._learn, self._judge = _steps(model, objective, self.optimizer)

    def epoch(self, seed: int) -> Epoch:
        started, cpu = time.perf_counter(), time.process_time()
        training = batches(
            self._material.pictures,
            self._material.split.training,
            self._material.labels,
            batch=self._fitting.batch,
            shuffled_by=seed,
            augmentation=self._augmentation,
        )
        waited, waits = 0.0, time.perf_counter()
        sums = np.zeros(3)
        for step, (pixels, labels) in enumerate(training, start=1):
            waited += time.perf_counter() - waits
            sums += np.array([float(one) for one in self._learn(pixels, labels)])
            self._material.watch.step(step, self._steps)
            waits = time.perf_counter()
        stepped = time.perf_counter() - started
        validation = self._validate()
        return Epoch(
            loss=_rounded(sums[0] / sums[2]),
            accuracy=_rounded(sums[1] / sums[2]) if validation[1] is not None else None,
            validation_loss=_rounded(validation[0]),
            validation_accuracy=validation[1],
            learning_rate=float(self._schedule(self.optimizer.iterations)),
            seconds=round(time.perf_counter() - started, 2),
            cpu_seconds=round(time.process_time() - cpu, 2),
            waiting_share=_rounded(waited / stepped),
        )

    def _validate(self) -> tuple[float, float | None]:
        sums, classifies = np.zeros(3), False
        rows = self._material.split.validation
        for pixels, labels in batches(self._material.pictures, rows, self._material.labels, batch=_EVALUATION_BATCH):
            loss, score, count = self._judge(pixels, labels)
            classifies = float(score) >= 0
            sums += np.array([float(loss), float(score), float(count)])
        return sums[0] / sums[2], _rounded(sums[1] / sums[2]) if classifies else None


def _steps(model: keras.Model, objective: Objective, optimizer: keras.Optimizer) -> tuple[Any, Any]:
    """Learning from a batch and judging by one: each gives the sum of losses, the sum of scores (-1 where there are
    none) and the number of pictures."""
    is_scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    signature = (tf.TensorSpec(model.input.shape, tf.float32), tf.TensorSpec((None,), tf.int64))  # any size of batch

    def sums(answers: Any, pixels: Any, labels: Any) -> tuple[Any, Any, Any]:
        losses, scores = objective.losses(answers, pixels, labels), objective.scores(answers, labels)
        score = tf.constant(-1.0) if scores is None else tf.reduce_sum(scores)
        return tf.reduce_sum(losses), score, tf.cast(tf.shape(losses)[0], tf.float32)

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def learn(pixels: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            loss, score, count = sums(model(pixels, training=True), pixels, labels)
            mean = loss / count
            scaled = optimizer.scale_loss(mean) if is_scaled else mean
        gradients = tape.gradient(scaled, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss, score, count

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def judge(pixels: Any, labels: Any) -> Any:
        return sums(model(pixels, training=False), pixels, labels)

    return learn, judge


def _schedule(fitting: Fitting, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    warm_up = min(fitting.warm_up_epochs, fitting.epochs - 1) * steps
    rest = fitting.epochs * steps - warm_up
    if not warm_up:
        return keras.optimizers.schedules.CosineDecay(fitting.learning_rate, rest)
    return keras.optimizers.schedules.CosineDecay(
        fitting.learning_rate / 20, rest, warmup_target=fitting.learning_rate, warmup_steps=warm_up
    )


@contextmanager
def _precision(wanted: Precision) -> Iterator[None]:
    """Half precision where a network gains from it; its weights stay in full."""
    before = keras.config.dtype_policy()
    is_mixed = wanted == "mixed" or (wanted == "auto" and bool(tf.config.list_physical_devices("GPU")))
    keras.config.set_dtype_policy("mixed_float16" if is_mixed else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def in_full_precision(model: keras.Model) -> keras.Model:
    """The same network without half precision, which LiteRT's processors have nothing of."""
    if all(layer.dtype_policy.compute_dtype != "float16" for layer in model._flatten_layers()):
        return model
    copy = keras.models.clone_model(model, clone_function=_in_full_precision, recursive=True)
    copy.set_weights(model.get_weights())
    return copy


def _in_full_precision(layer: keras.layers.Layer) -> keras.layers.Layer:
    return layer.__class__.from_config({**layer.get_config(), "dtype": "float32"})


def _rounded(value: float) -> float:
    return round(float(value), 6)


class FittedNetwork:
    """A network that names the class by itself."""

    def __init__(self, model: keras.Model, history: History) -> None:
        self._model = in_full_precision(model)
        self.history = history

    def files(self) -> dict[str, bytes]:
        return {NETWORK_FILE: to_litert(self._model), KERAS_FILE: to_keras(self._model)}

    def refit(self, material: Material) -> Self:
        return self

    def notes(self) -> Mapping[str, object]:
        return {"parameters": self._model.count_params()}

    def drawings(self, material: Material) -> Sequence[Drawing]:
        return ()
