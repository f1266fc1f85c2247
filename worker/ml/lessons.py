"""What a retraining learns from and is told, and how it tells of itself. Standard library only."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from worker.ml.manifest import UNKNOWN_SIGNER

HELD_OUT_SHARE: Final = 0.2

TOO_FEW: Final = (
    "There are too few pictures to learn from: two classes at least are needed, of people who are not held out for "
    "judging. Accept more pictures, then make a new version."
)

KNOWN: Final = "known"
"""The comparison on hands that the base set has; see ``comparison.compare_on_sets``."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One hand: its class, who signs, and its landmarks as predictions store them.

    ``landmarks`` are 21 points in fractions of the picture's width, height and width; ``width`` and ``height`` are the
    picture's pixels; ``picture`` is its file. Whom an imported one shows, this site has not asked.
    """

    label: str
    signer: str
    landmarks: tuple[tuple[float, float, float], ...]
    width: int
    height: int
    is_left: bool
    picture: Path
    is_imported: bool = False


@dataclass(frozen=True, slots=True)
class RetrainingConfig:
    """``epochs`` of ``steps`` batches of ``batch`` hands, drawn anew and changed a little each time."""

    epochs: int = 10
    steps: int = 60
    batch: int = 256
    learning_rate: float = 3e-4
    label_smoothing: float = 0.05
    weight_decay: float = 0.01
    seed: int = 20261125

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Watch(Protocol):
    """Who watches a retraining. Every call may raise, which ends it: that is how it is cancelled."""

    def say(self, text: str) -> None: ...

    def step(self, *, epoch: int, step: int, steps: int) -> None: ...

    def epoch(self, history: Sequence[Mapping[str, float | None]]) -> None:
        """One row of ``loss`` and ``accuracy`` for each epoch so far, whose checkpoint is on disk.

        ``accuracy`` is on held-out hands, None without any.
        """
        ...


def is_held_out(signer: str) -> bool:
    """Whether nothing that this signer shows is ever learnt from: decided by the name, so for all time and all sets.

    Unknown signers never are: each may be somebody who is learnt from under a name, and so is no judge.
    """
    return signer != UNKNOWN_SIGNER and hashlib.sha256(signer.encode()).digest()[0] < 256 * HELD_OUT_SHARE
