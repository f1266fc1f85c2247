"""Hands to draw where there is no photo (the median of 1,200 hands for each letter, as 21 points), and statistics."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from recognition.statistics import LabelStatistics, Mistake, Period, Score, Statistics
from worker.ml.labels import LABELS

LANDMARKS: Final = {
    "A": "0.395,0.900 0.631,0.768 0.805,0.521 0.831,0.287 0.806,0.100 0.646,0.314 0.667,0.142 0.653,0.299 0.646,0.463 "
    "0.482,0.335 0.504,0.171 0.508,0.384 0.516,0.563 0.325,0.379 0.349,0.249 0.371,0.468 0.387,0.630 0.169,0.444 "
    "0.204,0.335 0.235,0.496 0.254,0.624",
    "S": "0.376,0.900 0.637,0.761 0.813,0.536 0.695,0.321 0.493,0.274 0.697,0.308 0.706,0.100 0.684,0.286 0.689,0.392 "
    "0.522,0.310 0.522,0.101 0.531,0.333 0.539,0.437 0.358,0.348 0.345,0.189 0.387,0.421 0.403,0.521 0.187,0.412 "
    "0.202,0.295 0.252,0.455 0.265,0.543",
    "L": "0.219,0.900 0.410,0.888 0.604,0.800 0.742,0.703 0.853,0.631 0.499,0.536 0.520,0.339 0.514,0.209 0.504,0.100 "
    "0.380,0.517 0.380,0.406 0.348,0.560 0.336,0.679 0.262,0.528 0.261,0.424 0.240,0.583 0.241,0.689 0.147,0.556 "
    "0.151,0.466 0.151,0.590 0.163,0.680",
}


def specimen_hand(letter: str) -> dict[str, object]:
    """A hand in the shape in which predictions store theirs."""
    points = [[float(number) for number in point.split(",")] for point in LANDMARKS[letter].split()]
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    return {
        "box": {
            "x": min(xs) - 0.06,
            "y": min(ys) - 0.06,
            "width": max(xs) - min(xs) + 0.12,
            "height": max(ys) - min(ys) + 0.12,
        },
        "landmarks": [[x, y, 0.0] for x, y in points],
        "handedness": "right",
        "presence": 0.99,
    }


def specimen_statistics() -> dict[str, Statistics]:
    """Statistics of nobody: of no picture, of few and of many."""
    few, many = {"A": 2, "L": 1}, {label: 60 - 2 * number for number, label in enumerate(LABELS)}
    mistakes = [Mistake(meant, said, 9 - number) for number, (meant, said) in enumerate(pairwise(LABELS[:9]))]
    return {
        "empty": _statistics({}, [0] * 26, []),
        "few": _statistics(few, [0] * 25 + [3], [Mistake("S", "A", 1)]),
        "many": _statistics(many, [number * 7 % 31 for number in range(26)], mistakes),
    }


def _statistics(counts: dict[str, int], weeks: list[int], mistakes: list[Mistake]) -> Statistics:
    """Half of the pictures are judged, and two thirds of these are right."""
    first = date(2026, 11, 23) - timedelta(weeks=len(weeks) - 1)
    total = sum(counts.values())
    return Statistics(
        total=total,
        by_state={"succeeded": total},
        unsure=total // 12,
        labels=[LabelStatistics(label, counts.get(label, 0), _score(counts.get(label, 0))) for label in LABELS],
        score=_score(total),
        mistakes=mistakes,
        step="week",
        periods=[Period(first + timedelta(weeks=n), count, _score(count)) for n, count in enumerate(weeks)],
    )


def _score(pictures: int) -> Score:
    judged = (pictures + 1) // 2
    return Score(judged, 2 * judged // 3)
