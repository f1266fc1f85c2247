"""What a recogniser says of one picture. Standard library only, so that the web may know it too."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

Handedness = Literal["left", "right"]

_TOGETHER: Final = 0.9
_THIRD: Final = 0.05


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

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The hand of which :meth:`Recognition.as_dict` made a dict."""
        landmarks = tuple((float(x), float(y), float(z)) for x, y, z in stored["landmarks"])
        return cls(Box(**stored["box"]), landmarks, stored["handedness"], float(stored["presence"]))


@dataclass(frozen=True, slots=True)
class Film:
    """Says of a picture that it is one of many in a row.

    ``hand`` was seen a moment ago and may be followed; if there was none, so many pictures on end have ``missed`` one.
    """

    hand: Hand | None = None
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Recognition:
    """The answer for one picture.

    ``top`` holds the five likeliest candidates, best first; ``label`` and ``confidence`` are the first of them.
    ``hand`` is None if no hand was found, and ``label`` then is ``nothing``; families that read whole pictures look for
    none. ``milliseconds`` holds the wall-clock time by stage: ``decode``, ``find`` where a hand is looked for, ``name``
    and ``total``. ``is_unsure`` says that the confidence lies below the
    artefact's threshold, which was chosen on training signers so that answers above it are right at least 98 % of the
    time.
    """

    label: str
    confidence: float
    top: tuple[Candidate, ...]
    hand: Hand | None
    milliseconds: dict[str, float]
    is_unsure: bool = False

    @property
    def contenders(self) -> tuple[str, ...]:
        """The labels between which it cannot decide, best first; none if it is sure."""
        return contenders(self.top) if self.is_unsure else ()

    def as_dict(self) -> dict[str, Any]:
        """The answer in plain lists and dicts, as stored in the database and written by the commands."""
        return asdict(self)


def contenders(top: Sequence[Candidate]) -> tuple[str, ...]:
    """The labels between which an unsure answer wavers, best first as ``top`` is.

    They are the two likeliest; and the third too, where those hold less than 0.9 of the probability together and it
    has 0.05 or more of its own.
    """
    has_third = len(top) > 2 and top[0].confidence + top[1].confidence < _TOGETHER and top[2].confidence >= _THIRD
    return tuple(candidate.label for candidate in top[: 3 if has_third else 2])


def one_of(words: Sequence[str]) -> str:
    """``M, N or T``: alternatives as a sentence lists them."""
    return " or ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
