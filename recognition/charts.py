"""Figures as drawings: numbers in, the coordinates of an SVG out. Drawn by the server, beside a table of the same."""

from dataclasses import dataclass

from recognition.statistics import Period

_STEP, _WIDTH, _HEIGHT = 10, 7, 100


@dataclass(frozen=True)
class Block:
    """A part of a column. ``kind`` names its class in the style sheet."""

    kind: str
    y: str
    height: str


@dataclass(frozen=True)
class Column:
    x: str
    blocks: list[Block]
    period: Period


@dataclass(frozen=True)
class TimeChart:
    """Stacked columns over time. Stretched to the width of the page, so that the words beside it stay readable."""

    width: int
    columns: list[Column]
    column_width: int = _WIDTH
    height: int = _HEIGHT
    most: int = 0

    @classmethod
    def of(cls, periods: list[Period]) -> "TimeChart":
        """``most`` is the value at the top."""
        most = max((period.count for period in periods), default=0)
        columns = [Column(str(number * _STEP), _stacked(period, most), period) for number, period in enumerate(periods)]
        return cls(width=len(periods) * _STEP, columns=columns, most=most)


def _stacked(period: Period, most: int) -> list[Block]:
    """Right, wrong, and not judged, from the ground up; nothing where nothing is."""
    right, wrong = period.score.right, period.score.judged - period.score.right
    blocks, ground = [], float(_HEIGHT)
    for kind, count in (("right", right), ("wrong", wrong), ("open", period.count - right - wrong)):
        if count:
            height = _HEIGHT * count / most
            ground -= height
            blocks.append(Block(kind, f"{ground:.2f}", f"{height:.2f}"))
    return blocks


@dataclass(frozen=True)
class Curve:
    """A line over epochs, in a drawing 100 wide and high, with its values in words."""

    name: str
    points: str
    first: str
    last: str

    @classmethod
    def of(cls, name: str, values: list[float], epochs: int) -> "Curve":
        """One value an epoch; the scale is that of the values, so that what matters is seen."""
        low, high = min(values, default=0.0), max(values, default=1.0)
        if high == low:
            low, high = low - 1, high + 1  # what does not change runs in the middle, not on the ground as if it were 0
        scale = high - low
        places = [
            (100 * number / max(1, epochs - 1), 96 - 92 * (value - low) / scale) for number, value in enumerate(values)
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        return cls(name, line, f"{values[0]:.4f}" if values else "", f"{values[-1]:.4f}" if values else "")
