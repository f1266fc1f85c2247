"""The state of an unfinished training, written after every epoch: arrays and JSON, nothing that could be run."""

import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from worker.ml.pictures.family import Epoch


@dataclass(slots=True)
class Progress:
    """How far a stage has come: its epochs, the least validation loss, and the weights that it was reached with."""

    epochs: list[Epoch] = field(default_factory=list)
    best_loss: float = float("inf")
    best_epoch: int = 0
    best: list[np.typing.NDArray[Any]] = field(default_factory=list)
    is_done: bool = False

    def add(self, epoch: Epoch, model: keras.Model) -> None:
        self.epochs.append(epoch)
        if epoch.validation_loss < self.best_loss:
            self.best_loss, self.best_epoch = epoch.validation_loss, len(self.epochs)
            self.best = model.get_weights()

    @property
    def epochs_without_gain(self) -> int:
        return len(self.epochs) - self.best_epoch


class Checkpoint:
    """One file, replaced as a whole after each epoch."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, progress: Progress, model: keras.Model, optimizer: keras.Optimizer) -> None:
        arrays = {
            **_named("model", model.get_weights()),
            **_named("optimizer", [np.asarray(variable) for variable in optimizer.variables]),
            **_named("best", progress.best),
        }
        told = {
            "epochs": [asdict(epoch) for epoch in progress.epochs],
            "best_loss": progress.best_loss,
            "best_epoch": progress.best_epoch,
            "is_done": progress.is_done,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part.npz")
        try:
            np.savez(part, allow_pickle=False, told=np.array(json.dumps(told)), **arrays)
            os.replace(part, self._path)
        finally:
            part.unlink(missing_ok=True)

    def restore(self, model: keras.Model, optimizer: keras.Optimizer) -> Progress:
        """Set the weights and the optimizer's state, and tell how far it had come; from the start if nothing fits."""
        try:
            with np.load(self._path, allow_pickle=False) as stored:
                told = json.loads(str(stored["told"]))
                weights, states, best = (_listed(stored, name) for name in ("model", "optimizer", "best"))
            fits = [one.shape for one in weights] == [one.shape for one in model.get_weights()]
            if not fits or [one.shape for one in states] != [tuple(one.shape) for one in optimizer.variables]:
                return Progress()
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):
            return Progress()
        model.set_weights(weights)
        for variable, state in zip(optimizer.variables, states, strict=True):
            variable.assign(state)
        epochs = [Epoch(**values) for values in told["epochs"]]
        return Progress(epochs, told["best_loss"], told["best_epoch"], best, told["is_done"])


def _named(kind: str, arrays: Sequence[np.typing.NDArray[Any]]) -> dict[str, np.typing.NDArray[Any]]:
    return {f"{kind}_{number:04d}": array for number, array in enumerate(arrays)}


def _listed(stored: Any, kind: str) -> list[np.typing.NDArray[Any]]:
    return [stored[name] for name in sorted(stored.files) if name.startswith(f"{kind}_")]
