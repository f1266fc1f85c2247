"""Further training of an artefact's landmark network on new hands, in epochs that can be taken up again.

The pixel network and the fusion's weight stay those of the base: what changes is one network of two. How sure the whole
may call itself is fitted anew afterwards, where enough people are held out (``recalibration.py``).
"""

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from worker.ml.artifact import CARD, Artifact
from worker.ml.augment import augment_hands
from worker.ml.config import HandAugmentation
from worker.ml.datasets import LandmarkSet, load_landmark_set
from worker.ml.export import to_keras, to_litert
from worker.ml.hands.geometry import Floats
from worker.ml.hands.normalise import normalise
from worker.ml.inference import KERAS_FILE, LETTER_FILE
from worker.ml.labels import INDEX, LABELS
from worker.ml.lessons import TOO_FEW, Lesson, RetrainingConfig, Watch, is_held_out
from worker.ml.models import landmarks
from worker.ml.seeds import reseed

KNOWN_EVERY: Final = 25
"""Of the base set's rows every so many-th is never learnt from: by it one sees what was forgotten."""

_TOLD_EVERY: Final = 10
_CHECKPOINT: Final = "checkpoint.keras"
_HISTORY: Final = "history.json"


class RetrainingError(RuntimeError):
    """There is nothing to learn from, or the base cannot be trained further. A sentence for staff."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Normalised landmarks (n, 21, 3), their classes (n,), how often each is drawn relative to the others (n,), and
    whether its side is unknown (n,)."""

    points: Floats
    labels: npt.NDArray[np.int64]
    weights: Floats
    is_side_unknown: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, lessons: Sequence[Lesson], sets: Sequence[LandmarkSet]) -> Self:
        """Signers and sets count by the square root of how many hands they have."""
        points = [points_of(lessons), *(one.points for one in sets)]
        labels = [np.array([INDEX[one.label] for one in lessons], np.int64), *(one.labels for one in sets)]
        signers = [np.array([one.signer for one in lessons], np.str_), *(one.sessions for one in sets)]
        _, group, counts = np.unique(np.concatenate(signers), return_inverse=True, return_counts=True)
        return cls(
            np.concatenate(points),
            np.concatenate(labels),
            (1 / np.sqrt(counts[group])).astype(np.float32),
            np.repeat([False, True], [len(lessons), sum(len(one.labels) for one in sets)]),
        )

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a network was trained further on: ``pictures`` of so many ``signers`` of this site, who agreed to it,
    ``imported`` pictures of data sets, and ``base_hands`` of the base set."""

    pictures: int
    signers: int
    imported: int
    base_hands: int

    @classmethod
    def of(cls, lessons: Sequence[Lesson], base_hands: int) -> Self:
        own = [one for one in lessons if not one.is_imported]
        return cls(len(own), len({one.signer for one in own}), len(lessons) - len(own), base_hands)

    def __str__(self) -> str:
        people = "1 person" if self.signers == 1 else f"{self.signers} people"
        parts = {
            f"{self.pictures} pictures of {people} of this site, who agreed to it": self.pictures,
            f"{self.imported} imported pictures": self.imported,
            f"{self.base_hands} hands of the base set": self.base_hands,
        }
        return ", and on ".join(words for words, count in parts.items() if count)


@dataclass(frozen=True, slots=True)
class Retrained:
    """A network that can be served, and what it learnt from."""

    network: keras.Model
    learnt: Learnt


def points_of(lessons: Sequence[Lesson]) -> Floats:
    """Normalised landmarks (n, 21, 3), as serving would have them."""
    if not lessons:
        return np.zeros((0, 21, 3), np.float32)
    scale = np.array([[one.width, one.height, one.width] for one in lessons], np.float32)
    points = np.array([one.landmarks for one in lessons], np.float32) * scale[:, None]
    return normalise(points, is_left=np.array([one.is_left for one in lessons]))


def load_sets(folder: Path | None) -> list[LandmarkSet]:
    """The base set: every ``.npz`` of a folder, in order; none without a folder."""
    return [load_landmark_set(path) for path in sorted(folder.glob("*.npz"))] if folder else []


def known_and_rest(one: LandmarkSet) -> tuple[LandmarkSet, LandmarkSet]:
    """A set's rows that are judged and those that are learnt from."""
    is_known = np.arange(len(one.labels)) % KNOWN_EVERY == 0
    return _rows(one, is_known), _rows(one, ~is_known)


def retrain(
    base: Path,
    lessons: Sequence[Lesson],
    sets: Sequence[LandmarkSet],
    config: RetrainingConfig,
    work: Path,
    watch: Watch,
) -> Retrained:
    """Train the base's landmark network on the signers who are not held out, and on the base set.

    ``work`` keeps a checkpoint after each epoch: the same call with the same folder goes on after the last one.
    Raises :class:`RetrainingError`, and whatever ``watch`` raises.
    """
    learnt = [one for one in lessons if not is_held_out(one.signer)]
    if len({one.label for one in learnt}) < 2:
        raise RetrainingError(TOO_FEW)
    parts = [known_and_rest(one) for one in sets]
    hands = Hands.of(learnt, [rest for _, rest in parts])
    judged = Hands.of([one for one in lessons if is_held_out(one.signer)], [known for known, _ in parts])
    told = Learnt.of(learnt, len(hands) - len(learnt))
    base_hands = f" and {told.base_hands} base hands" if told.base_hands else ""
    watch.say(f"{len(learnt)} pictures{base_hands} to learn from")
    trainer, history = _resumed(work, watch) or (_trainer(_members(base), config), [])
    served = landmarks.combine(_submodels(trainer))  # the same weights, asked as serving asks
    for epoch in range(len(history) + 1, config.epochs + 1):
        loss = _train_epoch(trainer, hands, config, epoch, watch)
        history.append({"loss": loss, "accuracy": _accuracy(served, judged)})
        _keep(trainer, history, work)
        watch.epoch(history)
    return Retrained(served, told)


def publish_candidate(
    base: Path, retrained: Retrained, config: RetrainingConfig, data: Mapping[str, Any], output: Path
) -> Artifact:
    """Write the base's artefact with another landmark network to ``output``; ``data`` has the ``sha256`` of what was
    given to learn from, and may have more. Raises ``OSError`` if the disk is full."""
    artifact = Artifact.load(base)
    kept = {name: (base / name).read_bytes() for name in artifact.files if Path(name).suffix == ".tflite"}
    card = (
        f"# {artifact.family}, retrained\n\nThe landmark network of `{artifact.name}`, trained further on "
        f"{retrained.learnt} (data {data['sha256'][:8]}). All else is the base's, but for how sure it calls itself, "
        "where its metrics say that this was fitted anew. How it compares is told beside it: its base's figures are "
        "not its own.\n"
    )
    draft = replace(
        artifact,
        name=f"{artifact.family}-{data['sha256'][:8]}-{config.seed}",
        data={**data, **asdict(retrained.learnt)},
        config={**artifact.config, "retraining": config.as_dict()},
        metrics={},
    )
    files = {LETTER_FILE: to_litert(retrained.network), KERAS_FILE: to_keras(retrained.network), CARD: card.encode()}
    return draft.publish(output, kept | files)


def _rows(one: LandmarkSet, chosen: npt.NDArray[np.bool_]) -> LandmarkSet:
    return LandmarkSet(one.points[chosen], one.labels[chosen], one.sessions[chosen])


def _members(base: Path) -> list[keras.Model]:
    members = _submodels(landmarks.load(base / KERAS_FILE))
    if not members:
        raise RetrainingError(f"{base / KERAS_FILE} has no networks that could be trained further.")
    return members


def _submodels(model: keras.Model) -> list[keras.Model]:
    return [layer for layer in model.layers if isinstance(layer, keras.Model)]


def _trainer(members: Sequence[keras.Model], config: RetrainingConfig) -> keras.Model:
    """All members side by side: each has a loss of its own, as if it were trained alone."""
    keras.utils.set_random_seed(config.seed)
    points = keras.Input((21, 3), name="points")
    trainer = keras.Model(points, [member(points) for member in members], name="trainer")
    schedule = keras.optimizers.schedules.CosineDecay(config.learning_rate, config.epochs * config.steps)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay)
    trainer.compile(optimizer=optimizer, loss=[loss] * len(members))
    return trainer


def _train_epoch(trainer: keras.Model, hands: Hands, config: RetrainingConfig, epoch: int, watch: Watch) -> float:
    """The mean loss of a member. Raises :class:`RetrainingError` where it is no number."""
    reseed(trainer, config.seed + epoch)
    outputs, loss = len(trainer.outputs), 0.0
    trainer.reset_metrics()
    for step, (points, targets) in enumerate(_batches(hands, config, epoch), start=1):
        told = trainer.train_on_batch(points, [targets] * outputs, return_dict=True)
        loss = float(told["loss"]) / outputs  # Keras gives the mean since the metrics were reset
        if step % _TOLD_EVERY == 0 or step == config.steps:
            watch.step(epoch=epoch, step=step, steps=config.steps)
    if not math.isfinite(loss):
        raise RetrainingError(
            f"In epoch {epoch} the loss is no number: the learning rate, {config.learning_rate:g}, is too high. Train "
            "with a lower one."
        )
    return loss


def _batches(hands: Hands, config: RetrainingConfig, epoch: int) -> Iterator[tuple[Floats, Floats]]:
    """Hands drawn with replacement by their weights, the same for the same seed and epoch, each a little changed."""
    random = np.random.default_rng((config.seed, epoch))
    shares = hands.weights / hands.weights.sum(dtype=np.float64)
    targets = np.eye(len(LABELS), dtype=np.float32)

    @tf.function  # type: ignore[untyped-decorator]  # anew in each epoch: its draws follow the seed of its tracing
    def changed(points: Any, is_side_unknown: Any) -> Any:
        return augment_hands(points, is_side_unknown, HandAugmentation())

    for _ in range(config.steps):
        drawn = random.choice(len(hands), config.batch, p=shares)
        yield changed(hands.points[drawn], hands.is_side_unknown[drawn]).numpy(), targets[hands.labels[drawn]]


def _accuracy(served: keras.Model, judged: Hands) -> float | None:
    if not len(judged):
        return None
    said = served.predict(judged.points, batch_size=512, verbose=0).argmax(axis=1)
    return float(np.average(said == judged.labels, weights=judged.weights))


def _keep(trainer: keras.Model, history: list[dict[str, Any]], work: Path) -> None:
    """Checkpoint and history in one step each; the history, which says how far it is, comes last."""
    work.mkdir(parents=True, exist_ok=True)
    checkpoint, told = work / _CHECKPOINT, work / _HISTORY
    trainer.save(work / "part.keras")
    os.replace(work / "part.keras", checkpoint)
    told.with_suffix(".part").write_text(json.dumps(history))
    os.replace(told.with_suffix(".part"), told)


def _resumed(work: Path, watch: Watch) -> tuple[keras.Model, list[dict[str, Any]]] | None:
    """The trainer as it was after its last epoch; None to begin anew. It is our own file, in a folder of our own."""
    try:
        history = json.loads((work / _HISTORY).read_text())
        trainer = keras.models.load_model(work / _CHECKPOINT)
    except (OSError, ValueError):
        return None
    watch.say(f"taken up again after epoch {len(history)}")
    return trainer, history
