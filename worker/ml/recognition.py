"""What a recogniser says of one picture. Standard library only, so that the web may know it too."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Handedness = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A class and the calibrated probability (0..1) that it is the right one."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Box:
    """An upright box as fractions (0..1) of the upright picture's width and height; may reach over its border."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Hand:
    """The signing hand that was found.

    ``landmarks`` are MediaPipe's 21 points (wrist, then thumb to little finger, base to tip): x and y as fractions of
    the upright picture's width and height, z (depth from the wrist, towards the camera negative) as a fraction of its
    width. ``handedness`` is that of the person's hand on an unmirrored picture; ``presence`` is the landmark network's
    probability (0..1) that its region shows a hand.
    """

    box: Box
    landmarks: tuple[tuple[float, float, float], ...]
    handedness: Handedness
    presence: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """The answer for one picture.

    ``top`` holds the five likeliest candidates, best first; ``label`` and ``confidence`` are the first of them.
    ``hand`` is None if no hand was found, and ``label`` then is ``nothing``. ``milliseconds`` holds the wall-clock
    time by stage: ``decode``, ``find``, ``name`` and ``total``.
    """

    label: str
    confidence: float
    top: tuple[Candidate, ...]
    hand: Hand | None
    milliseconds: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """The answer in plain lists and dicts, as stored in the database and written by the commands."""
        return asdict(self)
