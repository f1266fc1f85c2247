"""Names the letter from a whole picture, without looking for a hand. Neither TensorFlow nor scikit-learn is needed."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from PIL import Image

from worker.ml.artifact import MANIFEST, REMEDY, Artifact, ArtifactCorrupt
from worker.ml.calibration import softmax
from worker.ml.clock import Clock
from worker.ml.hands.geometry import Floats
from worker.ml.labels import LABELS
from worker.ml.litert import LitertNetwork
from worker.ml.pictures.config import ENCODER_FILE, FOREST_FILE, NETWORK_FILE, PICTURE_FAMILIES
from worker.ml.pictures.forest import Forest
from worker.ml.pictures.squares import Pixels, squared
from worker.ml.recognition import Film

_LEAST: Final = 1e-3
"""What stands for the probability of a class that no tree voted for, before its logarithm is taken."""

_STEPS: Final = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))


class PictureNetwork(Protocol):
    """Colours (side, side, 3) of bytes to logits (29,)."""

    @property
    def side(self) -> int: ...

    def logits(self, pixels: Pixels) -> Floats: ...


class Classifier:
    """A network that names the class by itself: ``simple_cnn`` and ``transfer``."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._network = LitertNetwork(path, threads)
        self.side = _side_of(self._network, path)
        if self._network.size != len(LABELS):
            raise ArtifactCorrupt(f"{path} does not name one of {len(LABELS)} classes. {REMEDY}")
        self.logits(np.zeros(self._network.shape, np.uint8))  # nonsense is found out before it serves

    def logits(self, pixels: Pixels) -> Floats:
        return self._network.run(pixels)


class CodesAndTrees:
    """An encoder, and a forest that reads its codes: ``autoencoder_forest``.

    It is asked for the picture as it is and moved by a pixel each way, as codes, unlike what they show, jump with that.
    """

    def __init__(self, encoder: Path, forest: Path, threads: int = 1) -> None:
        self._encoder = LitertNetwork(encoder, threads)
        self.side = _side_of(self._encoder, encoder)
        self._forest = Forest.load(forest)
        if self._forest.width != self._encoder.size:
            raise ArtifactCorrupt(f"{forest} reads codes of another length than {encoder.name} writes. {REMEDY}")
        self.logits(np.zeros(self._encoder.shape, np.uint8))

    def logits(self, pixels: Pixels) -> Floats:
        codes = np.stack([self._encoder.run(one) for one in moved(pixels)])
        return log_votes(self._forest.probabilities(codes).mean(axis=0))


def moved(pixels: Pixels) -> Iterator[Pixels]:
    """A picture (side, side, 3), and the same moved by a pixel each way; what is at its border is there twice."""
    side = len(pixels)
    wider = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    for down, across in _STEPS:
        yield wider[1 + down : 1 + down + side, 1 + across : 1 + across + side]


def log_votes(probabilities: Floats) -> Floats:
    """Logits (..., 29) of the shares of trees (..., 29)."""
    logits: Floats = np.log(np.maximum(probabilities, _LEAST)).astype(np.float32)
    return logits


def _side_of(network: LitertNetwork, path: Path) -> int:
    if len(network.shape) != 3 or network.shape[0] != network.shape[1] or network.shape[2] != 3:
        raise ArtifactCorrupt(f"{path} does not read a square picture. {REMEDY}")
    return network.shape[0]


SERVE: Final[Mapping[tuple[str, ...], Callable[..., PictureNetwork]]] = {
    (NETWORK_FILE,): Classifier,
    (ENCODER_FILE, FOREST_FILE): CodesAndTrees,
}
"""What serves from the files that a family names, given their paths and a number of threads."""


def load_network(artifact: Artifact, directory: Path, threads: int = 1) -> PictureNetwork:
    """What the artefact's family serves with. Raises :class:`~worker.ml.artifact.ArtifactCorrupt`."""
    names = PICTURE_FAMILIES[artifact.family].served
    for name in names:
        if name not in artifact.files:
            raise ArtifactCorrupt(f"{directory / MANIFEST} names no {name}, which serving needs. {REMEDY}")
    return SERVE[names](*(directory / name for name in names), threads=threads)


class PictureReader:
    """Names the letter from the whole picture; no hand is looked for."""

    def __init__(self, artifact: Artifact, directory: Path, threads: int = 1) -> None:
        self._network = load_network(artifact, directory, threads)
        self._temperature = artifact.temperature

    def read(self, image: Image.Image, clock: Clock, film: Film | None) -> tuple[None, Floats]:
        with clock.stage("name"):
            return None, softmax(self._network.logits(squared(image, self._network.side)), self._temperature)
