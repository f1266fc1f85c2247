"""What the ``crops`` network learns from, in memory, and as files for a machine with a GPU to learn it there."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from worker.ml.config import CropsConfig, PixelAugmentation
from worker.ml.hands.crop import Pixels
from worker.ml.hands.geometry import Floats

Weights = Mapping[str, npt.NDArray[Any]]
"""Arrays under torchvision's names."""

_CROPS: Final = "crops.npy"
_IMAGENET: Final = "imagenet.npz"
_SETTINGS: Final = "settings.json"
_LEARNT_WITH: Final = "learnt_with"


@dataclass(frozen=True, slots=True)
class PixelLesson:
    """``rows`` (n,) of ``crops`` (all, kept, kept, 4), whether each of all is of a left hand (all,), the rows' classes
    (n,), how often each is drawn relative to the others (n,), and surroundings (m, kept, kept, 3) to show hands in."""

    crops: Pixels
    is_left: npt.NDArray[np.bool_]
    rows: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    weights: Floats
    surroundings: Pixels


class LentLessons:
    """A folder of lessons that share their crops, and of the weights that were learnt from them."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self, crops: Pixels, imagenet: Weights, config: CropsConfig, margin: float) -> None:
        """Write what all lessons share; ``margin`` is by how much the crops are wider than what the network reads.

        Lessons that nobody has learnt are forgotten: they may have been of other crops, or by other settings.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        for name in self._names():
            if not self._weights(name).exists():
                self._lesson(name).unlink()
        np.save(self._root / _CROPS, crops)
        np.savez(self._root / _IMAGENET, **imagenet)  # type: ignore[arg-type]
        (self._root / _SETTINGS).write_text(json.dumps({"config": asdict(config), "margin": margin}, indent=1))

    def add(self, name: str, lesson: PixelLesson) -> None:
        own = {one.name: getattr(lesson, one.name) for one in fields(lesson) if one.name != "crops"}
        np.savez_compressed(self._lesson(name), **own)

    def settings(self) -> tuple[CropsConfig, float]:
        """The configuration and the margin. Raises :class:`OSError` where there is no such folder."""
        stored = json.loads((self._root / _SETTINGS).read_text())
        augmentation = PixelAugmentation(**stored["config"].pop("augmentation"))
        return CropsConfig(**stored["config"], augmentation=augmentation), stored["margin"]

    def imagenet(self) -> Weights:
        with np.load(self._root / _IMAGENET, allow_pickle=False) as stored:
            return dict(stored)

    def to_learn(self) -> Iterator[tuple[str, PixelLesson]]:
        """Names and lessons of which there are no weights yet."""
        crops = np.load(self._root / _CROPS, mmap_mode="r", allow_pickle=False)
        for name in self._names():
            if self.weights(name) is None:
                with np.load(self._lesson(name), allow_pickle=False) as stored:
                    yield name, PixelLesson(crops=crops, **stored)

    def weights(self, name: str) -> Weights | None:
        """What was learnt from the lesson, None if it was not learnt."""
        if not self._weights(name).exists():
            return None
        with np.load(self._weights(name), allow_pickle=False) as stored:
            return {key: value for key, value in stored.items() if key != _LEARNT_WITH}

    def learnt_with(self, name: str) -> str | None:
        """By what the lesson was learnt, None if it was not learnt."""
        if not self._weights(name).exists():
            return None
        with np.load(self._weights(name), allow_pickle=False) as stored:
            return str(stored[_LEARNT_WITH])

    def learnt(self, name: str, weights: Weights, learnt_with: str) -> None:
        part = self._weights(name).with_suffix(".part.npz")
        np.savez(part, **weights, **{_LEARNT_WITH: np.array(learnt_with)})  # type: ignore[arg-type]
        os.replace(part, self._weights(name))

    def _names(self) -> list[str]:
        return [path.name.partition(".")[0] for path in sorted(self._root.glob("*.lesson.npz"))]

    def _lesson(self, name: str) -> Path:
        return self._root / f"{name}.lesson.npz"

    def _weights(self, name: str) -> Path:
        return self._root / f"{name}.weights.npz"
