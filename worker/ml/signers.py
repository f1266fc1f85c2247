"""What is known of the signers in the photos: which hand, what camera, how light the skin; and who is the vault."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from worker.ml.datasets import person_of

VAULT: Final = frozenset({"kingdavidko", "carbonara", "massey__hand2", "t32rahman", "aslexplorer", "tutututu"})
"""Persons whom nothing is chosen on and nothing is looked at in until the end; then they are judged, once, by a model
that never saw them. Chosen by kind and not by accuracy: webcam users of different skin and room, one of them left or
mirrored, one cut out on black, one cut tight."""

Side = Literal["right", "left"]
Camera = Literal["webcam", "hand-held", "tight crop", "squeezed", "cut out on black", "small stills"]
Tone = Literal["light", "medium", "dark"]

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Session:
    """One recording.

    ``side`` is the hand as the picture shows it: a mirrored right hand is a left one. ``camera`` is what makes the
    pictures different: webcam frames were cut around the hand, ``squeezed`` ones to a square of the wrong aspect ratio;
    ``small stills`` have 50 to 100 pixels. ``tone`` is how light the skin is, as ``benchmarks/skin_tone.py`` groups it
    unless the session is among :data:`TONES_BY_EYE`.
    """

    side: Side
    camera: Camera
    tone: Tone


SESSIONS: Final[Mapping[str, Session]] = {
    "adi3220__grey": Session("right", "webcam", "medium"),
    "adi3220__pink": Session("right", "webcam", "medium"),
    "amaannaseh": Session("right", "webcam", "light"),
    "aslexplorer": Session("right", "webcam", "light"),
    "carbonara": Session("left", "webcam", "medium"),
    "dstdaskjl50__src2": Session("left", "small stills", "dark"),
    "dstdaskjl50__src3": Session("right", "small stills", "medium"),
    "ikedyike": Session("right", "tight crop", "light"),
    "insaneleone": Session("right", "webcam", "medium"),
    "jbhumika__s1": Session("right", "squeezed", "medium"),
    "jbhumika__s2": Session("right", "squeezed", "medium"),
    "jbhumika__s3": Session("right", "squeezed", "dark"),
    "jbhumika__s4": Session("right", "squeezed", "medium"),
    "kaggle100": Session("right", "small stills", "medium"),
    "kaggle64_train": Session("right", "small stills", "medium"),
    "kennethowen": Session("right", "webcam", "medium"),
    "kept_test": Session("right", "hand-held", "light"),
    "kept_train": Session("right", "hand-held", "light"),
    "kingdavidko": Session("right", "webcam", "light"),
    "longhongvo": Session("left", "webcam", "medium"),
    "mariia00": Session("right", "webcam", "light"),
    "massey__hand1": Session("right", "cut out on black", "light"),
    "massey__hand2": Session("right", "cut out on black", "light"),
    "massey__hand3": Session("right", "cut out on black", "light"),
    "massey__hand4": Session("right", "cut out on black", "light"),
    "massey__hand5": Session("right", "cut out on black", "light"),
    "palakbhandari": Session("right", "webcam", "medium"),
    "siqbals": Session("right", "webcam", "medium"),
    "straciulita": Session("right", "webcam", "light"),
    "sufyan": Session("left", "webcam", "medium"),
    "t32rahman": Session("right", "webcam", "light"),
    "tutututu": Session("right", "tight crop", "light"),
}
"""All but ``rooms``, which have no hand."""

TONES_BY_EYE: Final[Mapping[str, str]] = {
    "adi3220__grey": "the hand is in the shade before a bright wall",
    "adi3220__pink": "the hand is in the shade before a bright wall",
    "dstdaskjl50__src3": "too small and too dim to measure",
    "insaneleone": "red light",
    "jbhumika__s1": "the hand is in the shade",
    "kaggle100": "the hand is in the shade before a bright wall",
    "kaggle64_train": "the hand is in the shade before a bright wall",
    "kept_test": "the person of kept_train",
    "longhongvo": "blue light",
    "siqbals": "blue light",
    "sufyan": "the hand is in the shade before a bright wall",
}
"""Sessions in which the measured tone is that of the light, and why."""


def is_in_vault(session: str) -> bool:
    return person_of(session) in VAULT


def _fact(name: str) -> Callable[[str], str]:
    def of(session: str) -> str:
        return getattr(SESSIONS[session], name) if session in SESSIONS else UNKNOWN

    return of


ATTRIBUTES: Final[Mapping[str, Callable[[str], str]]] = {
    "skin tone": _fact("tone"),
    "hand as shown": _fact("side"),
    "camera": _fact("camera"),
}
"""By what accuracy is broken down, and how a session's value is had: ``unknown`` for sessions that are not listed."""
