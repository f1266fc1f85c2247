"""How predictions are worded and drawn in templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import template

from recognition.recipe_words import family_words
from recognition.specimens import specimen_hand
from worker.ml.labels import MOVING_LETTERS, NAMES

register = template.Library()
register.filter(family_words)

# MediaPipe's numbering: 0 wrist, then thumb, index, middle, ring and little finger from base to tip.
_PALM = (0, 5, 9, 13, 17, 0)
_FINGERS = ((0, 1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
_LANDMARKS = 21

_WORDS = ((0.95, "almost certain"), (0.8, "quite sure"), (0.6, "fairly sure"), (0.4, "doubtful"), (0.0, "a guess"))
_CHANCES = ((0.6, "likely"), (0.3, "possible"), (0.1, "less likely"), (0.0, "unlikely"))


@dataclass(frozen=True)
class Overlay:
    """A hand in the pixels of its picture. ``lines`` are SVG point lists; radius and centres are in pixels too."""

    width: int
    height: int
    lines: list[str]
    joints: list[tuple[str, str]]
    radius: str
    box: dict[str, str]


@register.filter
def percent(fraction: float | None) -> str:
    """0.934 -> ``93 %``. Never rounds up to 100 or down to 0 what is neither."""
    if fraction is None:
        return ""
    if 0.99 < fraction < 1:
        return "over 99\u00a0%"
    if 0 < fraction < 0.01:
        return "under 1\u00a0%"
    return f"{fraction * 100:.0f}\u00a0%"


@register.filter
def megabytes(size_bytes: float | None) -> str:
    """9,412,344 -> ``9.4 MB``."""
    return "" if size_bytes is None else f"{size_bytes / 1e6:.1f}\u00a0MB"


@register.filter
def seconds(milliseconds: float) -> str:
    """1,240 -> ``1.2 s``."""
    return f"{milliseconds / 1000:.1f}\u00a0s"


@register.filter
def duration(seconds: float) -> str:
    """About how long it takes: 45 -> ``45 seconds``, 3,300 -> ``55 minutes``, 8,400 -> ``2 hours 20 minutes``."""
    if seconds < 90:
        return _counted(round(seconds), "second")
    if seconds < 5400:
        return _counted(round(seconds / 60), "minute")
    hours, tens = divmod(round(seconds / 600), 6)
    return f"{_counted(hours, 'hour')}{f' {10 * tens} minutes' if tens and hours < 10 else ''}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@register.filter
def bench_figure(value: float | None, key: str) -> str:
    """A figure of the bench by what it measures; empty if it was not."""
    if value is None or key == "size_bytes":
        return megabytes(value)
    return f"{value:.1f}" if key == "latency_milliseconds" else f"{value:.3f}"


@register.filter
def bench_delta(value: float | None, key: str) -> str:
    """A difference of two figures, with its sign; empty if there is none."""
    if value is None:
        return ""
    return f"{'−' if value < 0 else '+'}{bench_figure(abs(value), key)}"


@register.filter
def in_words(fraction: float | None) -> str:
    """How sure the recogniser is, for readers to whom a number says little."""
    if fraction is None:
        return ""
    return next(words for least, words in _WORDS if fraction >= least)


@register.filter
def chance_in_words(fraction: float) -> str:
    """How likely a contender of an unsure answer is: words in which none of them is sure."""
    return next(words for least, words in _CHANCES if fraction >= least)


@register.filter
def label_name(label: str) -> str:
    return NAMES.get(label, label)


@register.filter
def is_movement(label: str) -> bool:
    return label in MOVING_LETTERS


@register.filter
def svg_width(fraction: float | None) -> str:
    """A bar's length in a drawing 100 units wide; always with a point, whatever the language."""
    return f"{(fraction or 0) * 100:.1f}"


@register.filter
def svg_rest(fraction: float) -> str:
    """Where, from the top of a drawing 100 units high, a level of this height begins."""
    return f"{(1 - fraction) * 100:.1f}"


@register.inclusion_tag("components/hand_overlay.html")
def hand_overlay(hand: dict[str, Any] | None, width: int, height: int) -> dict[str, Any]:
    """Draws the hand over its picture; nothing if there is no hand, or one that is not whole."""
    points = (hand or {}).get("landmarks", [])
    return {"overlay": _overlay(points, (hand or {}).get("box"), width, height) if len(points) == _LANDMARKS else None}


def _overlay(points: Sequence[Sequence[float]], box: dict[str, float] | None, width: int, height: int) -> Overlay:
    at = [(f"{point[0] * width:.1f}", f"{point[1] * height:.1f}") for point in points]
    lines = [" ".join(",".join(at[index]) for index in chain) for chain in (_PALM, *_FINGERS)]
    corner: dict[str, str] = {}
    if box:
        corner = {
            "x": f"{box['x'] * width:.1f}",
            "y": f"{box['y'] * height:.1f}",
            "width": f"{box['width'] * width:.1f}",
            "height": f"{box['height'] * height:.1f}",
        }
    return Overlay(width, height, lines, at, f"{max(width, height) * 0.009:.1f}", corner)


@register.inclusion_tag("components/hand_drawing.html")
def hand_drawing(letter: str) -> dict[str, Any]:
    """A letter's hand as a drawing of its own, without a photo."""
    hand = specimen_hand(letter)
    return {"hand": hand, "letter": letter}


@register.inclusion_tag("components/example_hand.html")
def example_hand() -> dict[str, Any]:
    """An L as a silhouette in a picture of 400 by 300, to be moved about by the style sheet."""
    hand = specimen_hand("L")
    overlay = _overlay(cast(list[list[float]], hand["landmarks"]), None, 260, 240)
    return {"overlay": overlay, "wrist": " ".join(overlay.joints[0])}
