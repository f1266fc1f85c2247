"""The contract of the families that read whole pictures: what each is given to learn from, and what it gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from worker.ml.pictures.dataset import Indices
from worker.ml.pictures.decoded import DecodedPictures
from worker.ml.pictures.splits import Split
from worker.ml.progress import Report


@dataclass(frozen=True, slots=True)
class Material:
    """Decoded pictures, their classes (n,), and which of them are for what.

    ``folder`` is where the state of an unfinished training is kept, so that the same call takes it up. ``report`` takes
    sentences for whoever waits, ``watch`` the progress in numbers.
    """

    pictures: DecodedPictures
    labels: Indices
    split: Split
    folder: Path
    report: Report
    watch: "Watch"


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the training pictures.

    Losses and accuracies are means over pictures, accuracies None where nothing is classified; ``seconds`` by the wall
    clock, ``cpu_seconds`` of all cores together; ``waiting_share`` (0..1) is of the time of its steps that went by
    without data.
    """

    loss: float
    validation_loss: float
    accuracy: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float
    cpu_seconds: float
    waiting_share: float


class Watch(Protocol):
    """Who watches a network learn. Every call may raise, which ends it: that is how it is cancelled."""

    def step(self, step: int, steps: int) -> None:
        """So many of an epoch's ``steps`` are done."""
        ...

    def epochs(self, stage: str, epochs: Sequence[Epoch]) -> None:
        """All epochs of a stage so far, whose state is on disk."""
        ...


class _Unwatched:
    def step(self, step: int, steps: int) -> None:
        pass

    def epochs(self, stage: str, epochs: Sequence[Epoch]) -> None:
        pass


UNWATCHED: Final[Watch] = _Unwatched()

History = Mapping[str, Sequence[Epoch]]
"""The epochs of each stage of a training, by the stage's name."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A section of the report that only this family has: a heading, and HTML with figures and their numbers."""

    name: str
    title: str
    content: str


class Fitted(Protocol):
    """A family that has learnt."""

    @property
    def history(self) -> History: ...

    def files(self) -> dict[str, bytes]:
        """What serving needs, by file name, and the Keras networks for further training."""
        ...

    def refit(self, material: Material) -> "Fitted":
        """The same, with the validation pictures learnt from as well where that takes no validating; else itself.

        It is asked for when they have served: to choose by, and to calibrate.
        """
        ...

    def notes(self) -> Mapping[str, object]:
        """What was found out on the way and belongs in the artefact's figures, such as a grid that was searched."""
        ...

    def drawings(self, material: Material) -> Sequence[Drawing]: ...
