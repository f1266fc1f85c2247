"""Figures as SVG inside an HTML page, in whose style the classes ``name``, ``middle``, ``on``, ``fill``, ``mark``,
``line``, ``dashed``, ``curve`` and ``dot`` get their colours.

A figure is one picture to a screen reader, with a title and a sentence; its numbers belong in a table beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 640


@dataclass(frozen=True, slots=True)
class Bar:
    """A value within its axis with the ends of its interval, if it has one."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """What is told along one side of a plot, and from where to where; ``is_whole`` if it is counted."""

    words: str
    low: float = 0.0
    high: float = 1.0
    is_whole: bool = False

    def place(self, value: float) -> float:
        """From 0 at the low end to 1 at the high one; what lies beyond stays at the end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def written(self, value: float, places: int) -> str:
        return f"{value:,.0f}" if self.is_whole else f"{value:.{places}f}"


def bar_chart(name: str, title: str, sentence: str, bars: Sequence[Bar], axis: Axis) -> str:
    """Bars from left to right, one below the other; ``name`` is the figure's id and unique in its page."""
    left, right, row = 190, 70, 22
    across, height = _WIDTH - left - right, row * len(bars) + 50
    parts = [_ruler(axis, left, across, height - 44)]
    for number, bar in enumerate(bars):
        y = 8 + row * number
        end = left + axis.place(bar.value) * across
        parts.append(f'<text class="name" x="{left - 8}" y="{y + 13}">{escape(bar.name)}</text>')
        parts.append(f'<rect class="fill" x="{left}" y="{y + 2}" width="{end - left:.1f}" height="{row - 8}"/>')
        if bar.low is not None and bar.high is not None:
            low, high = (left + axis.place(edge) * across for edge in (bar.low, bar.high))
            ends = f"M{low:.1f} {y + 5}v8m0-4H{high:.1f}m0-4v8"
            parts.append(f'<path class="mark" d="{ends}"/>')
        parts.append(f'<text x="{_WIDTH - right + 10}" y="{y + 13}">{axis.written(bar.value, 3)}</text>')
    return _figure(name, title, sentence, height, parts)


def plot(
    name: str,
    title: str,
    sentence: str,
    points: Sequence[tuple[float, float]],
    x: Axis,
    y: Axis,
    *,
    with_diagonal: bool = False,
) -> str:
    """A line through points; ``with_diagonal`` draws where both are equal. ``name`` is unique in the page."""
    left, top, across, down = 70, 12, _WIDTH - 100, 300
    place = [(left + x.place(one) * across, top + (1 - y.place(other)) * down) for one, other in points]
    parts = [_ruler(x, left, across, top + down), f'<path class="line" d="M{left} {top}v{down}h{across}"/>']
    parts.append(_side(y, left, top, across, down))
    if with_diagonal:
        ends = [(left + x.place(v) * across, top + (1 - y.place(v)) * down) for v in (x.low, x.high)]
        parts.append('<path class="dashed" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>'.format(*ends[0], *ends[1]))
    if place:
        parts.append(f'<path class="curve" d="M{"L".join(f"{one:.1f} {other:.1f}" for one, other in place)}"/>')
    if len(place) <= 20:
        parts += [f'<circle class="dot" cx="{one:.1f}" cy="{other:.1f}" r="4"/>' for one, other in place]
    return _figure(name, title, sentence, top + down + 44, parts)


def lines(
    name: str, title: str, sentence: str, series: Mapping[str, Sequence[tuple[float, float]]], x: Axis, y: Axis
) -> str:
    """Two or more lines in one plot: the first drawn through, the others dashed, each named at its end."""
    left, top, across, down = 70, 12, _WIDTH - 220, 300
    parts = [_ruler(x, left, across, top + down), _side(y, left, top, across, down)]
    lowest = top + down + 14.0
    for number, (words, points) in enumerate(sorted(series.items(), key=lambda one: one[1][-1][1])):
        place = [(left + x.place(one) * across, top + (1 - y.place(other)) * down) for one, other in points]
        kind = "curve" if words == next(iter(series)) else "dashed"
        parts.append(f'<path class="{kind}" d="M{"L".join(f"{one:.1f} {other:.1f}" for one, other in place)}"/>')
        lowest = min(lowest - 14, place[-1][1]) if number else min(lowest, place[-1][1])
        parts.append(f'<text x="{place[-1][0] + 6:.1f}" y="{lowest + 4:.1f}">{escape(words)}</text>')
    return _figure(name, title, sentence, top + down + 44, parts)


def scatter(name: str, title: str, sentence: str, points: Sequence[tuple[float, float, str]]) -> str:
    """A map without scales: a word, best a letter, at each place."""
    edge, side = 20, _WIDTH - 40
    across, down = [x for x, _, _ in points], [y for _, y, _ in points]
    scale = side / (max(max(across) - min(across), max(down) - min(down)) or 1.0)
    parts = []
    for x, y, words in points:
        place = f'x="{edge + (x - min(across)) * scale:.1f}" y="{edge + (y - min(down)) * scale:.1f}"'
        parts.append(f'<text class="middle" {place}>{escape(words)}</text>')
    return _figure(name, title, sentence, side + 2 * edge, parts)


def heat_map(name: str, title: str, sentence: str, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """Rows of counts as shares of their row: the darker, the more; shares from 2 % are written in, in per cent."""
    left, top, cell = 64, 64, 28
    size, down = cell * len(labels), top + cell * len(labels)
    parts = [f'<path class="line" d="M{left} {top}h{size}v{size}h-{size}z"/>']
    for row, label in enumerate(labels):
        middle = row * cell + cell / 2
        parts.append(f'<text class="name" x="{left - 8}" y="{top + middle + 4}">{escape(label)}</text>')
        parts.append(
            f'<text transform="rotate(-90 {left + middle + 4} {top - 8})" x="{left + middle + 4}" y="{top - 8}">'
            f"{escape(label)}</text>"
        )
        total = sum(counts[row])
        for column, count in enumerate(counts[row]):
            if count:
                parts.append(_cell(left + column * cell, top + row * cell, cell, count / total))
    parts.append(f'<text x="{left}" y="{down + 20}">across: the answer; down: what the photo shows</text>')
    return _figure(name, title, sentence, down + 30, parts, width=left + size + 8)


def _cell(x: float, y: float, side: float, share: float) -> str:
    square = f'<rect class="fill" x="{x}" y="{y}" width="{side}" height="{side}" fill-opacity="{share**0.5:.2f}"/>'
    if share < 0.02:
        return square
    kind = "on" if share > 0.5 else "middle"
    return square + f'<text class="{kind}" x="{x + side / 2}" y="{y + side / 2 + 4}">{share * 100:.0f}</text>'


def _ruler(axis: Axis, left: float, across: float, bottom: float) -> str:
    """Six ticks below, with their values and words."""
    parts = []
    for step in range(6):
        at = left + across * step / 5
        value = axis.low + (axis.high - axis.low) * step / 5
        parts.append(f'<path class="line" d="M{at:.1f} 8V{bottom}"/>')
        parts.append(f'<text class="middle" x="{at:.1f}" y="{bottom + 18}">{axis.written(value, 2)}</text>')
    parts.append(f'<text class="middle" x="{left + across / 2}" y="{bottom + 38}">{escape(axis.words)}</text>')
    return "".join(parts)


def _side(axis: Axis, left: float, top: float, across: float, down: float) -> str:
    """Six lines across, with their values and words on the left."""
    parts = []
    for step in range(6):
        value, at = axis.low + (axis.high - axis.low) * step / 5, top + down * (1 - step / 5)
        parts.append(f'<path class="line" d="M{left} {at:.1f}h{across}"/>')
        parts.append(f'<text class="name" x="{left - 8}" y="{at + 4:.1f}">{axis.written(value, 2)}</text>')
    middle = top + down / 2
    turned = f'transform="rotate(-90 16 {middle:.0f})" x="16" y="{middle:.0f}"'
    parts.append(f'<text class="middle" {turned}>{escape(axis.words)}</text>')
    return "".join(parts)


def _figure(name: str, title: str, sentence: str, height: float, parts: Sequence[str], width: float = _WIDTH) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{name}-title {name}-words"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-words">{escape(sentence)}</desc>{"".join(parts)}</svg>'
    )
