"""What a training tells its row while it goes on, and hears from it: whether it may."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from recognition.models import TrainingRun

if TYPE_CHECKING:
    from worker.ml.pictures.family import Epoch

History = Sequence[Mapping[str, float | None]]

_TOLD_EVERY_SECONDS = 1.0


class Interrupted(Exception):
    """The run is to be cancelled, or is another worker's by now."""


class RunWatch:
    """Tells the row of progress, and raises :class:`Interrupted` when it may not go on."""

    def __init__(self, run: TrainingRun) -> None:
        self._run = run

    def say(self, text: str) -> None:
        self._check(self._run.tell(text))

    def stage(self, name: str) -> None:
        self._check(self._run.tell(f"{name} ...", stage=name))

    def step(self, *, epoch: int, step: int, steps: int) -> None:
        self._check(self._run.tell(epoch=epoch, step=step, steps=steps))

    def epoch(self, history: History) -> None:
        last = history[-1]
        shown = "" if last["accuracy"] is None else f", accuracy {last['accuracy']:.4f}"
        self.history(history, f"epoch {len(history)} of {self._run.epochs}: loss {last['loss']:.4f}{shown}")

    def history(self, history: History, line: str = "") -> None:
        self._check(self._run.tell(line, history=list(history)))

    def beat(self) -> None:
        self._check(True)

    def _check(self, is_ours: bool) -> None:
        if not (is_ours and self._run.beat()):
            raise Interrupted


class PictureWatch:
    """The stages of a family that reads pictures, as one history; steps are told once a second."""

    def __init__(self, watch: RunWatch) -> None:
        self._watch = watch
        self._stages: dict[str, Sequence[Epoch]] = {}
        self._told_at = 0.0

    def step(self, step: int, steps: int) -> None:
        now = time.monotonic()
        if now - self._told_at >= _TOLD_EVERY_SECONDS:
            self._told_at = now
            self._watch.step(epoch=len(self._history) + 1, step=step, steps=steps)

    def epochs(self, stage: str, epochs: Sequence["Epoch"]) -> None:
        self._stages[stage] = epochs
        self._watch.history(self._history)

    @property
    def _history(self) -> list[dict[str, float | None]]:
        return [
            {"loss": epoch.loss, "accuracy": epoch.validation_accuracy}
            for epochs in self._stages.values()
            for epoch in epochs
        ]
