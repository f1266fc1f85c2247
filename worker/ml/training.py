"""Train the ``landmarks`` family."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from worker.ml.augment import augment_hands
from worker.ml.config import LandmarksConfig
from worker.ml.hands.geometry import Floats
from worker.ml.labels import LABELS
from worker.ml.models import landmarks

Report = Callable[[str], None]

_WARM_UP_SHARE = 0.08
_REPORT_EVERY = 500


@dataclass(frozen=True, slots=True)
class Examples:
    """Normalised landmarks (n, 21, 3), their classes (n,), whether their hand's side is unknown (n,), and how often
    each is drawn relative to the others (n,)."""

    points: Floats
    labels: npt.NDArray[np.int64]
    is_side_unknown: npt.NDArray[np.bool_]
    weights: Floats

    def __len__(self) -> int:
        return len(self.labels)


def train(examples: Examples, config: LandmarksConfig, report: Report) -> keras.Model:
    """Train ``config.members`` networks from different seeds and combine them."""
    members = []
    for number in range(config.members):
        say = lambda text, number=number: report(f"member {number + 1} of {config.members}: {text}")  # noqa: E731
        members.append(_train_member(examples, config, number, say))
    return landmarks.combine(members)


def _train_member(examples: Examples, config: LandmarksConfig, number: int, report: Report) -> keras.Model:
    seed = config.seed + number
    keras.utils.set_random_seed(seed)
    model = landmarks.build(config, name=f"member_{number}")
    step = _training_step(model, examples, config)
    draws = _draws(examples.weights, config, np.random.default_rng(seed))
    losses = []
    for done, batch in enumerate(draws, start=1):
        losses.append(step(tf.constant(batch)))
        if done % _REPORT_EVERY == 0:
            report(f"step {done} of {config.steps}, loss {np.mean([float(loss) for loss in losses]):.3f}")
            losses.clear()
    return model


def _draws(weights: Floats, config: LandmarksConfig, random: np.random.Generator) -> Sequence[npt.NDArray[np.int64]]:
    """Indices (steps, batch) of examples, drawn with replacement by their weights."""
    cumulated = np.cumsum(weights, dtype=np.float64)
    drawn = np.searchsorted(cumulated, random.random((config.steps, config.batch)) * cumulated[-1], side="right")
    return np.minimum(drawn, len(weights) - 1)  # type: ignore[no-any-return]


def _training_step(model: keras.Model, examples: Examples, config: LandmarksConfig) -> Callable[[Any], Any]:
    warm_up = int(config.steps * _WARM_UP_SHARE)
    schedule = keras.optimizers.schedules.CosineDecay(
        1e-5, config.steps - warm_up, warmup_target=config.learning_rate, warmup_steps=warm_up
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing)
    points, side_unknown = tf.constant(examples.points), tf.constant(examples.is_side_unknown)
    targets = tf.one_hot(examples.labels, len(LABELS))

    @tf.function  # type: ignore[untyped-decorator]
    def step(batch: Any) -> Any:
        hands = augment_hands(tf.gather(points, batch), tf.gather(side_unknown, batch), config.augmentation)
        with tf.GradientTape() as tape:
            loss = loss_of(tf.gather(targets, batch), model(hands, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return cast(Callable[[Any], Any], step)
