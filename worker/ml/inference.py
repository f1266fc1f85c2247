"""Serve a trained artefact: bytes of a picture in, :class:`Recognition` out."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from worker.ml.artifact import SHIPPED, Artifact, verify
from worker.ml.calibration import softmax
from worker.ml.config import ImageLimits
from worker.ml.hands.finder import HandFinder
from worker.ml.hands.geometry import Floats, Picture
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, Landmarks, carried_file
from worker.ml.hands.normalise import normalise
from worker.ml.images import decode
from worker.ml.labels import INDEX, LABELS, NOTHING
from worker.ml.recognition import Box, Candidate, Hand, Recognition

LETTER_FILE: Final = "letters.tflite"
KERAS_FILE: Final = "letters.keras"
_TOP: Final = 5
_BOX_MARGIN: Final = 0.1


class Recogniser:
    """A loaded artefact. One picture at a time: calls from several threads wait for each other."""

    def __init__(self, artifact: Artifact, finder: HandFinder, letters: "LetterNetwork") -> None:
        self.artifact = artifact
        self._finder = finder
        self._letters = letters
        self._lock = threading.Lock()

    @classmethod
    def load(cls, directory: Path = SHIPPED, *, threads: int = 1) -> Self:
        """Verify and load an artefact; ``threads`` is LiteRT's, for each picture.

        Raises :class:`~worker.ml.artifact.ArtifactError` or :class:`~worker.ml.hands.networks.HandModelsMissing`.
        """
        artifact = Artifact.load(directory)
        paths = {name: carried_file(name) for name in (PALM_FILE, LANDMARK_FILE)}
        for name, path in paths.items():
            verify(path, artifact.carried[name])
        finder = HandFinder(paths[PALM_FILE], paths[LANDMARK_FILE], threads)
        return cls(artifact, finder, LetterNetwork(directory / LETTER_FILE, artifact.temperature))

    def recognise(self, data: bytes, limits: ImageLimits = ImageLimits()) -> Recognition:  # noqa: B008 - frozen
        """Name the letter in an encoded picture. Raises :class:`~worker.ml.images.ImageError` for unusable bytes."""
        clock = _Clock()
        with self._lock:
            with clock.stage("decode"):
                picture = Picture(decode(data, limits))
            with clock.stage("find"):
                hand, presence = self._finder.find(picture)
            with clock.stage("name"):
                probabilities = self._letters.name(hand) if hand else _nothing(presence)
        best = np.argsort(-probabilities, kind="stable")[:_TOP]
        top = tuple(Candidate(LABELS[i], round(float(probabilities[i]), 4)) for i in best)
        return Recognition(
            label=top[0].label,
            confidence=top[0].confidence,
            top=top,
            hand=_in_fractions(hand, picture) if hand else None,
            milliseconds=clock.milliseconds(),
        )


class LetterNetwork:
    """The exported network that names the letter from landmarks."""

    def __init__(self, path: Path, temperature: float) -> None:
        self._interpreter = Interpreter(model_path=str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._temperature = temperature

    def name(self, hand: Landmarks) -> Floats:
        """Calibrated probabilities (29,) of the classes."""
        return softmax(self.logits(normalise(hand.points, is_left=hand.handedness == "left")), self._temperature)

    def logits(self, points: Floats) -> Floats:
        """Logits (29,) for normalised landmarks (21, 3)."""
        self._interpreter.set_tensor(self._input, points[None])
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)[0]  # type: ignore[no-any-return]


def _nothing(presence: float) -> Floats:
    """Probabilities (29,) when no hand was believed; ``presence`` is the highest that was refused.

    Of the photos without a believed hand, those of other people's hands and those of empty rooms, 98 % were empty at a
    presence below 0.2, 89 % from 0.2 to 0.5, 52 % from 0.5 to 0.8 and 20 % above (249 photos).
    """
    doubt = 0.9 * presence**2
    probabilities = np.full(len(LABELS), doubt / (len(LABELS) - 1), np.float32)
    probabilities[INDEX[NOTHING]] = 1 - doubt
    return probabilities


def _in_fractions(hand: Landmarks, picture: Picture) -> Hand:
    points = hand.points / np.array([picture.width, picture.height, picture.width], np.float32)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    margin = (high - low) * _BOX_MARGIN
    (x, y), (right, bottom) = low - margin, high + margin
    return Hand(
        box=Box(*(round(float(v), 4) for v in (x, y, right - x, bottom - y))),
        landmarks=tuple((round(float(x), 4), round(float(y), 4), round(float(z), 4)) for x, y, z in points),
        handedness=hand.handedness,
        presence=round(hand.presence, 4),
    )


class _Clock:
    """Wall-clock milliseconds by stage."""

    def __init__(self) -> None:
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._stages[name] = (time.perf_counter() - start) * 1000

    def milliseconds(self) -> dict[str, float]:
        rounded = {name: round(value, 2) for name, value in self._stages.items()}
        return {**rounded, "total": round(sum(self._stages.values()), 2)}
