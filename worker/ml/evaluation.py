"""Metrics that count every photo: a hand that was not found is a wrong answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from worker.ml.calibration import softmax
from worker.ml.datasets import Photo, person_of
from worker.ml.hands.geometry import Floats
from worker.ml.labels import INDEX, LABELS, NOTHING

ONLY_FOR_TRAINING: Final = ("kaggle*", "kept_test", "rooms", "dstd*")
"""Sessions that are never a fold of their own: second recordings of a person, one room seen by everybody, no hands, or
too weak pictures."""

_BINS: Final = 15


def evaluated_persons(photos: Sequence[Photo]) -> list[str]:
    """The persons with sessions that are left out in turn, in order."""
    return sorted({person_of(photo.session) for photo in photos if is_evaluated(photo.session)})


def is_evaluated(session: str) -> bool:
    return not any(fnmatch(session, pattern) for pattern in ONLY_FOR_TRAINING)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model said of photos of people it never saw.

    ``labels`` (n,) true classes, ``sessions`` (n,), ``logits`` (n, 29), ``is_found`` (n,) whether a hand was found;
    where none was, the answer is ``nothing`` and the logits do not count.
    """

    labels: npt.NDArray[np.int64]
    sessions: npt.NDArray[np.str_]
    logits: Floats
    is_found: npt.NDArray[np.bool_]

    def predicted(self) -> npt.NDArray[np.int64]:
        return np.where(self.is_found, self.logits.argmax(axis=1), INDEX[NOTHING])

    def where(self, mask: npt.NDArray[np.bool_]) -> "Answers":
        return Answers(self.labels[mask], self.sessions[mask], self.logits[mask], self.is_found[mask])

    def is_right(self) -> npt.NDArray[np.bool_]:
        right: npt.NDArray[np.bool_] = self.predicted() == self.labels
        return right


def fit_temperature(answers: Answers) -> float:
    """The temperature that makes the true classes of the found hands likeliest; sessions count alike.

    Source: Guo et al., "On Calibration of Modern Neural Networks", 2017, arXiv:1706.04599.
    """
    rows = np.flatnonzero(answers.is_found)
    _, session, counts = np.unique(answers.sessions[rows], return_inverse=True, return_counts=True)
    weights = 1 / counts[session]

    def loss(temperature: float) -> float:
        likelihood = softmax(answers.logits[rows], temperature)[np.arange(len(rows)), answers.labels[rows]]
        return float(-(weights * np.log(np.maximum(likelihood, 1e-12))).sum())

    grid = np.exp(np.linspace(np.log(0.3), np.log(5), 113))
    return round(float(min(grid, key=loss)), 3)


def calibration_error(confidence: Floats, is_right: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error: the gap between confidence and accuracy in 15 bins of equal width, by their share."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(confidence[bins == one].mean() - is_right[bins == one].mean()) * (bins == one).mean()
        for one in np.unique(bins)
    ]
    return float(sum(gaps))


def summarise(answers: Answers, temperature: float) -> dict[str, Any]:
    """The figures of the model card: means over sessions, and both tables. Hands are found in photos that have one."""
    right = answers.is_right()
    sessions = {
        str(name): {
            "photos": int((answers.sessions == name).sum()),
            "hand_found": _share(answers.is_found[(answers.sessions == name) & (answers.labels != INDEX[NOTHING])]),
            "accuracy": _share(right[answers.sessions == name]),
        }
        for name in np.unique(answers.sessions)
    }
    accuracies = [row["accuracy"] for row in sessions.values()]
    confidence = softmax(answers.logits, temperature).max(axis=1)[answers.is_found]
    return {
        "accuracy_mean_over_sessions": round(float(np.mean(accuracies)), 4),
        "accuracy_of_worst_session": min(accuracies),
        "hand_found_mean_over_sessions": round(float(np.mean([row["hand_found"] for row in sessions.values()])), 4),
        "calibration_error_of_found_hands": round(calibration_error(confidence, right[answers.is_found]), 4),
        "sessions": sessions,
        "classes": {LABELS[i]: _share(right[answers.labels == i]) for i in np.unique(answers.labels)},
        "most_confused": _most_confused(answers),
    }


def _share(values: npt.NDArray[np.bool_]) -> float:
    return round(float(values.mean()), 4)


def _most_confused(answers: Answers, most: int = 12) -> list[dict[str, Any]]:
    """Pairs of true and given class, as shares of the true class's photos, largest first."""
    table = np.zeros((len(LABELS), len(LABELS)))
    np.add.at(table, (answers.labels, answers.predicted()), 1)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    flat = np.argsort(-shares, axis=None)[:most]
    pairs = zip(*np.unravel_index(flat, shares.shape), strict=True)
    return [{"true": LABELS[t], "given": LABELS[g], "share": round(float(shares[t, g]), 4)} for t, g in pairs]
