"""Mistakes for a person to look at: labels that may be wrong, and signs that are answered wrong throughout."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from worker.ml.evaluation import Answers
from worker.ml.labels import LABELS


@dataclass(frozen=True, slots=True)
class DoubtfulLabel:
    """A photo, by its index, whose label is held to be all but impossible while another class is given surely."""

    photo: int
    label: str
    probability: float
    given: str
    confidence: float


def doubtful_labels(answers: Answers, temperature: float, *, most: float = 0.01) -> list[DoubtfulLabel]:
    """Photos whose true class gets less than ``most`` while another gets more than 0.95, the surest first.

    To be looked at by a person: the label may be wrong, or the model. They count like all others.
    """
    probabilities, given = answers.probabilities(temperature), answers.predicted()
    rows = np.arange(len(answers))
    of_label, confidence = probabilities[rows, answers.labels], probabilities[rows, given]
    doubtful = np.flatnonzero((of_label < most) & (confidence > 0.95))
    return [
        DoubtfulLabel(
            photo=int(row),
            label=LABELS[answers.labels[row]],
            probability=round(float(of_label[row]), 4),
            given=LABELS[given[row]],
            confidence=round(float(confidence[row]), 4),
        )
        for row in doubtful[np.argsort(-confidence[doubtful], kind="stable")]
    ]


@dataclass(frozen=True, slots=True)
class Sign:
    """A class as one session shows it: its photos, the share answered right, and what most of the others get."""

    session: str
    label: str
    photos: int
    accuracy: float
    given: str


def wrong_throughout(answers: Answers, *, below: float = 0.1) -> dict[str, Any]:
    """The signs of which less than ``below`` are answered right, out of how many, and their share of all errors.

    Who signs a letter in a way of their own, or has another's label on it, is answered wrong in all of its photos.
    Errors weigh as in the mean over sessions.
    """
    given, wrong = answers.predicted(), ~answers.is_right()
    _, session, counts = np.unique(answers.sessions, return_inverse=True, return_counts=True)
    weights = wrong / counts[session]
    _, first, sign = np.unique(session * len(LABELS) + answers.labels, return_index=True, return_inverse=True)
    accuracy = 1 - np.bincount(sign, wrong) / np.bincount(sign)
    worst = np.flatnonzero(accuracy < below)
    listed = [
        Sign(
            session=str(answers.sessions[first[one]]),
            label=LABELS[answers.labels[first[one]]],
            photos=int((sign == one).sum()),
            accuracy=round(float(accuracy[one]), 4),
            given=LABELS[np.bincount(given[wrong & (sign == one)]).argmax()],
        )
        for one in worst
    ]
    return {
        "signs": len(first),
        "share_of_errors": round(float(weights[np.isin(sign, worst)].sum() / max(weights.sum(), 1e-12)), 4),
        "listed": [asdict(one) for one in listed],
    }
