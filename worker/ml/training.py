"""Train the networks that name the letter: from landmarks, and from the pixels around the hand."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from worker.ml.augment import augment_hands
from worker.ml.augment_pixels import augment_crops
from worker.ml.config import WARM_UP_SHARE, CropsConfig, LandmarksConfig
from worker.ml.draws import WeightedDraws
from worker.ml.hands.crop import righted
from worker.ml.hands.geometry import Floats
from worker.ml.labels import LABELS
from worker.ml.models import crops, landmarks
from worker.ml.pixel_lesson import PixelLesson
from worker.ml.progress import Report

_REPORTS = 4


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


def train_landmarks(examples: Examples, config: LandmarksConfig, report: Report) -> keras.Model:
    """Train ``config.members`` networks from different seeds and combine them."""
    members = []
    for number in range(config.members):
        say = lambda text, number=number: report(f"landmarks, member {number + 1} of {config.members}: {text}")  # noqa: E731
        members.append(_train_member(examples, config, number, say))
    return landmarks.combine(members)


def train_crops(lesson: PixelLesson, config: CropsConfig, margin: float, report: Report) -> keras.Model:
    """A network that reads ``config.side`` pixels a side; the lesson's crops are ``margin`` times as wide."""
    keras.utils.set_random_seed(config.seed)
    random = np.random.default_rng(config.seed)
    network = crops.build(config)
    descend = _descent(network, config)
    targets = np.eye(len(LABELS), dtype=np.float32)[lesson.labels]

    @tf.function  # type: ignore[untyped-decorator]
    def step(hands: Any, surroundings: Any, wanted: Any) -> Any:
        return descend(augment_crops(hands, config.side, margin, config.augmentation, surroundings), wanted)

    def losses() -> Iterator[Any]:
        for drawn in WeightedDraws(lesson.weights).draw((config.steps, config.batch), random):
            rows = lesson.rows[drawn]
            around = lesson.surroundings[random.integers(0, len(lesson.surroundings), len(drawn))]
            mirrored = random.random(len(drawn)) < 0.5
            yield step(righted(lesson.crops[rows], lesson.is_left[rows]), righted(around, mirrored), targets[drawn])

    _run(losses(), config.steps, lambda text: report(f"pixels: {text}"))
    return crops.with_mirror(network)


def _train_member(examples: Examples, config: LandmarksConfig, number: int, report: Report) -> keras.Model:
    seed = config.seed + number
    keras.utils.set_random_seed(seed)
    model = landmarks.build(config, name=f"member_{number}")
    descend = _descent(model, config)
    points, side_unknown = tf.constant(examples.points), tf.constant(examples.is_side_unknown)
    targets = tf.one_hot(examples.labels, len(LABELS))

    @tf.function  # type: ignore[untyped-decorator]
    def step(batch: Any) -> Any:
        hands = augment_hands(tf.gather(points, batch), tf.gather(side_unknown, batch), config.augmentation)
        return descend(hands, tf.gather(targets, batch))

    draws = WeightedDraws(examples.weights).draw((config.steps, config.batch), np.random.default_rng(seed))
    _run((step(tf.constant(batch)) for batch in draws), config.steps, report)
    return model


def _run(losses: Iterable[Any], steps: int, report: Report) -> None:
    """Take the steps, whose losses come as they are taken, and tell of them now and then."""
    every = max(1, steps // _REPORTS)
    lately = []
    for done, loss in enumerate(losses, start=1):
        lately.append(loss)
        if done % every == 0:
            report(f"step {done} of {steps}, loss {np.mean([float(one) for one in lately]):.3f}")
            lately.clear()


def _descent(model: keras.Model, config: LandmarksConfig | CropsConfig) -> Callable[[Any, Any], Any]:
    """A step of AdamW on inputs and one-hot targets, with warm-up and cosine decay; gives the loss."""
    warm_up = int(config.steps * WARM_UP_SHARE)
    schedule = keras.optimizers.schedules.CosineDecay(
        1e-5, config.steps - warm_up, warmup_target=config.learning_rate, warmup_steps=warm_up
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing)

    def descend(inputs: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(targets, model(inputs, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return descend
