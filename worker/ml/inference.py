"""Serve a trained artefact: bytes of a picture in, :class:`Recognition` out."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.ml.artifact import MANIFEST, REMEDY, SHIPPED, Artifact, ArtifactCorrupt, verify
from worker.ml.calibration import confidence_of_nothing, softmax
from worker.ml.clock import Clock
from worker.ml.config import ImageLimits
from worker.ml.fusion import SIGNS, fuse, signing_hand, sureness
from worker.ml.hands.crop import cut_hand
from worker.ml.hands.finder import Finding, HandFinder
from worker.ml.hands.geometry import Floats, Picture
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, LandmarkNetwork, Landmarks, carried_file
from worker.ml.hands.normalise import normalise
from worker.ml.images import decode
from worker.ml.labels import INDEX, LABELS, NOTHING
from worker.ml.litert import LitertNetwork
from worker.ml.personal import Adaptation, Sight, sight_of
from worker.ml.pictures.config import PICTURE_FAMILIES
from worker.ml.pictures.serving import PictureReader
from worker.ml.recognition import Box, Candidate, Film, Hand, Recognition

LETTER_FILE: Final = "letters.tflite"
CROP_FILE: Final = "crops.tflite"
KERAS_FILE: Final = "letters.keras"
_TOP: Final = 5
_BOX_MARGIN: Final = 0.1


class Recogniser:
    """A loaded artefact. One picture at a time: calls from several threads wait for each other."""

    def __init__(self, artifact: Artifact, reader: "Reader") -> None:
        self.artifact = artifact
        self._reader = reader
        self._lock = threading.Lock()

    @classmethod
    def load(cls, directory: Path = SHIPPED, *, threads: int = 1) -> Self:
        """Verify and load an artefact; ``threads`` is LiteRT's, for each picture.

        Raises :class:`~worker.ml.artifact.ArtifactError` or :class:`~worker.ml.hands.networks.HandModelsMissing`.
        """
        artifact = Artifact.load(directory)
        if artifact.family in PICTURE_FAMILIES:
            return cls(artifact, PictureReader(artifact, directory, threads))
        return cls(artifact, HandReader(artifact, directory, threads))

    def recognise(
        self,
        data: bytes,
        limits: ImageLimits = ImageLimits(),  # noqa: B008 - frozen
        *,
        adaptation: Adaptation | None = None,
        film: Film | None = None,
    ) -> Recognition:
        """Name the letter in an encoded picture, as ``adaptation`` has it if a hand is found.

        With a ``film``, the hand that was seen before is followed, and one that is hard to find may wait for the next
        picture.
        Raises :class:`~worker.ml.images.ImageError` for unusable bytes.
        """
        clock = Clock()
        with self._lock:
            with clock.stage("decode"):
                image = decode(data, limits)
            hand, probabilities = self._reader.read(image, clock, film)
        if adaptation is not None and hand is not None:
            probabilities = adaptation.adapt(sight_of(hand, image.size, probabilities))
        best = np.argsort(-probabilities, kind="stable")[:_TOP]
        top = tuple(Candidate(LABELS[i], round(float(probabilities[i]), 4)) for i in best)
        return Recognition(
            label=top[0].label,
            confidence=top[0].confidence,
            top=top,
            hand=hand,
            milliseconds=clock.milliseconds(),
            is_unsure=top[0].confidence < self.artifact.unsure_below,
        )

    @property
    def finds_hands(self) -> bool:
        """Whether its family looks for a hand: only such answers can be adapted to a person."""
        return isinstance(self._reader, HandReader)

    def look_again(self, data: bytes, hand: Hand, limits: ImageLimits = ImageLimits()) -> Sight:  # noqa: B008 - frozen
        """What it sees in a picture whose hand was found before, without looking for it: a fifth of the time.

        Raises :class:`~worker.ml.images.ImageError` for unusable bytes, and ``TypeError`` if it finds no hands.
        """
        if not isinstance(self._reader, HandReader):
            raise TypeError(f"{self.artifact.name} reads pictures as a whole: there is no hand to look at again.")
        image = decode(data, limits)
        with self._lock:
            return sight_of(hand, image.size, self._reader.name(image, hand))


class Reader(Protocol):
    """How a family reads a decoded picture."""

    def read(self, image: Image.Image, clock: Clock, film: Film | None) -> tuple[Hand | None, Floats]:
        """The signing hand, if the family looks for one, and calibrated probabilities (29,) of the classes."""
        ...


class HandReader:
    """Finds the hand, then names its letter: all families that begin with MediaPipe's two networks."""

    def __init__(self, artifact: Artifact, directory: Path, threads: int = 1) -> None:
        paths = {name: carried_file(name) for name in (PALM_FILE, LANDMARK_FILE)}
        for name, path in paths.items():
            if name not in artifact.carried:
                raise ArtifactCorrupt(f"{directory / MANIFEST} does not say which {name} it was made for. {REMEDY}")
            verify(path, artifact.carried[name])
        self._finder = HandFinder(paths[PALM_FILE], paths[LANDMARK_FILE], threads)
        self._namer = LetterNamer(artifact, directory, threads)

    def read(self, image: Image.Image, clock: Clock, film: Film | None) -> tuple[Hand | None, Floats]:
        """The hand whose letter is surest, of all places where one was believed; while none signs surely, more are
        looked for."""
        picture = Picture(image)
        hands: list[Landmarks] = []
        logits: list[Floats] = []
        presence = 0.0
        for finding in clock.each("find", self._findings(picture, film)):
            presence = max(presence, finding.presence)
            with clock.stage("name"):
                hands += finding.hands
                logits += [self._namer.logits(picture, hand) for hand in finding.hands]
            if hands and sureness(*_stacked(hands, logits)).max() >= SIGNS:
                break
        if not hands:
            return None, _nothing(presence)
        chosen = signing_hand(*_stacked(hands, logits))
        return _in_fractions(hands[chosen], picture), self._namer.probabilities(logits[chosen])

    def name(self, image: Image.Image, hand: Hand) -> Floats:
        """Calibrated probabilities (29,) of the classes for a hand that was found before."""
        picture = Picture(image)
        return self._namer.probabilities(self._namer.logits(picture, _in_pixels(hand, picture)))

    def _findings(self, picture: Picture, film: Film | None) -> Iterator[Finding]:
        """Of a film's picture one: the next picture is another chance."""
        if film is None:
            yield from self._finder.search(picture)
            return
        followed = self._finder.follow(picture, _in_pixels(film.hand, picture)) if film.hand else None
        yield Finding((followed,), followed.presence) if followed else self._finder.find_in_film(picture, film.missed)


class LetterNamer:
    """The exported networks of an artefact, which name the letter from landmarks and, where it has one, from pixels."""

    def __init__(self, artifact: Artifact, directory: Path, threads: int = 1) -> None:
        reads_pixels = artifact.landmarks_share < 1
        for name in (LETTER_FILE, *([CROP_FILE] if reads_pixels else [])):
            if name not in artifact.files:
                raise ArtifactCorrupt(f"{directory / MANIFEST} names no {name}, which serving needs. {REMEDY}")
        self._artifact = artifact
        self._landmarks = HandNetwork(directory / LETTER_FILE)
        self._pixels = HandNetwork(directory / CROP_FILE, threads) if reads_pixels else None

    def logits(self, picture: Picture, hand: Landmarks) -> Floats:
        """Fused logits (29,) of one hand."""
        is_left = hand.handedness == "left"
        landmarks = self._landmarks.logits(normalise(hand.points, is_left=is_left))
        if self._pixels is None:
            return landmarks
        crop = cut_hand(picture, hand.points, self._pixels.shape[0])
        pixels = self._pixels.logits(crop[:, ::-1] if is_left else crop)
        return fuse(landmarks, pixels, self._artifact.landmarks_share)

    def probabilities(self, logits: Floats) -> Floats:
        """Calibrated probabilities (29,) of the classes for fused logits (29,)."""
        return softmax(logits, self._artifact.temperature)


class HandNetwork:
    """An exported network that reads one hand. Raises :class:`ArtifactCorrupt` if LiteRT cannot read the file."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._network = LitertNetwork(path, threads)
        self.shape = self._network.shape
        is_hand = self.shape == (21, 3) or (len(self.shape) == 3 and self.shape[0] == self.shape[1])
        if not is_hand or self._network.size != len(LABELS):
            raise ArtifactCorrupt(f"{path} does not read a hand and name one of {len(LABELS)} classes. {REMEDY}")
        self.logits(np.zeros(self.shape))  # a network that answers nonsense is found out before it serves

    def logits(self, hand: npt.NDArray[Any]) -> Floats:
        """Logits (29,) for one hand of the shape ``shape``: landmarks (21, 3) or colours (side, side, 3) in 0..255.

        Raises :class:`ArtifactCorrupt` if the network's answer is no number: its weights are broken.
        """
        return self._network.run(hand)


def _stacked(hands: Sequence[Landmarks], logits: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Logits (hands, 29) and presences (hands,)."""
    return np.stack(logits), np.array([hand.presence for hand in hands], np.float32)


def _nothing(presence: float) -> Floats:
    """Probabilities (29,) when no hand was believed; ``presence`` is the highest that was refused."""
    sure = float(confidence_of_nothing(np.array([presence], np.float32))[0])
    probabilities = np.full(len(LABELS), (1 - sure) / (len(LABELS) - 1), np.float32)
    probabilities[INDEX[NOTHING]] = sure
    return probabilities


def _in_pixels(hand: Hand, picture: Picture) -> Landmarks:
    points = np.array(hand.landmarks, np.float32) * np.array([picture.width, picture.height, picture.width], np.float32)
    return Landmarks(points, hand.presence, hand.handedness, LandmarkNetwork.region_of(points))


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
