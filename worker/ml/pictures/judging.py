"""Asks any artefact, of whatever family, about labelled pictures, through what serves it; figures of what it said."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from worker.ml.config import OWN_PICTURES, ImageLimits
from worker.ml.datasets import DatasetError
from worker.ml.evaluation import (
    Answers,
    Averages,
    calibration_error,
    confusion_counts,
    most_confused,
    reliability,
)
from worker.ml.hands.geometry import Floats
from worker.ml.images import ImageError
from worker.ml.intervals import wilson
from worker.ml.labels import INDEX, LABELS
from worker.ml.manifest import UNKNOWN_SIGNER
from worker.ml.pictures.dataset import PictureSet
from worker.ml.progress import Report
from worker.ml.recognition import Recognition

_PAIRS: Final = 20
_REPORT_EVERY: Final = 2000


class CanRecognise(Protocol):
    def recognise(self, data: bytes, limits: ImageLimits) -> Recognition: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said of the pictures: answers, which of them were unsure (n,), and the milliseconds each took (n,)."""

    pictures: PictureSet
    answers: Answers
    is_unsure: npt.NDArray[np.bool_]
    milliseconds: Floats


def judge(recogniser: CanRecognise, pictures: PictureSet, report: Report) -> Judged:
    """Raises :class:`~worker.ml.datasets.DatasetError` for a picture that cannot be read."""
    said = []
    for done, path in enumerate(pictures.paths, start=1):
        said.append(_asked(recogniser, path))
        if done % _REPORT_EVERY == 0:
            report(f"{pictures.name}: judged {done} of {len(pictures)} pictures")
    probabilities = np.array([probabilities_of(one) for one in said], np.float32).reshape(-1, len(LABELS))
    return Judged(
        pictures,
        Answers(pictures.labels, pictures.signers, np.log(probabilities), np.ones(len(said), bool)),
        np.array([one.is_unsure for one in said], bool),
        np.array([one.milliseconds["total"] for one in said], np.float32),
    )


def joined(parts: Sequence[Judged], pictures: PictureSet) -> Judged:
    """What was said of parts of a set, as of ``pictures``, which are all of them in the same order."""
    answers = [one.answers for one in parts]
    return Judged(
        pictures,
        Answers(
            np.concatenate([one.labels for one in answers]),
            np.concatenate([one.sessions for one in answers]),
            np.concatenate([one.logits for one in answers]),
            np.concatenate([one.is_found for one in answers]),
        ),
        np.concatenate([one.is_unsure for one in parts]),
        np.concatenate([one.milliseconds for one in parts]),
    )


def _asked(recogniser: CanRecognise, path: Path) -> Recognition:
    try:
        return recogniser.recognise(path.read_bytes(), OWN_PICTURES)
    except ImageError as error:
        raise DatasetError(f"{path} cannot be read: {error} Import the data again.") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}. Import the data again.") from error


def probabilities_of(said: Recognition) -> Floats:
    """Of all classes (29,): what the five likeliest leave is spread evenly over the others."""
    probabilities = np.full(len(LABELS), np.nan, np.float32)
    for candidate in said.top:
        probabilities[INDEX[candidate.label]] = max(candidate.confidence, 1e-6)
    others = np.isnan(probabilities)
    probabilities[others] = max(1 - float(np.nansum(probabilities)), 1e-5) / max(1, others.sum())
    probabilities[INDEX[said.label]] += 1e-6  # of equals, the answer is the one that was given
    return probabilities / probabilities.sum()  # type: ignore[no-any-return]


def figures_of(judged: Judged) -> dict[str, Any]:
    """All figures of one set of pictures, ready for JSON. Accuracy is over pictures, and over signers where there are
    several; intervals are 95 %: Wilson's over pictures, by signer over signers."""
    answers, right = judged.answers, judged.answers.is_right()
    confidence = answers.confidence(1.0)
    counts = confusion_counts(answers)
    rows = class_rows(counts)
    averages = Averages(answers.sessions)
    sure = ~judged.is_unsure
    return {
        "name": judged.pictures.name,
        "fingerprint": judged.pictures.fingerprint,
        "pictures": len(answers),
        "signers": len(averages.persons) if UNKNOWN_SIGNER not in averages.persons else None,
        "accuracy": {"mean": _rounded(right.mean()), **_interval(float(right.mean()), len(right))},
        "accuracy_over_signers": asdict(averages.over_persons(right)) if len(averages.persons) > 1 else None,
        "averages": averaged(rows),
        "classes": rows,
        "by_signer": {
            str(name): {"pictures": int((averages.person == name).sum()), "accuracy": _rounded(value)}
            for name, value in zip(averages.persons, averages.by_person(right), strict=True)
        },
        "confusion": {"labels": list(LABELS), "counts": counts.tolist()},
        "most_confused": most_confused(answers, _PAIRS),
        "reliability": [
            {name: _rounded(value) for name, value in asdict(one).items()} for one in reliability(confidence, right)
        ],
        "calibration_error": _rounded(calibration_error(confidence, right)),
        "sure": {
            "share": _rounded(sure.mean()),
            "accuracy": _rounded(right[sure].mean()) if sure.any() else None,
        },
        "milliseconds": {
            "median": round(float(np.median(judged.milliseconds)), 2),
            "p95": round(float(np.percentile(judged.milliseconds, 95)), 2),
        },
        "mistakes": int((~right).sum()),
    }


def class_rows(counts: npt.NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    """Precision, recall and F1 of each class that was shown or answered, from counts (29, 29) by true and given class.

    A precision is None where the class was never answered, a recall where it was never shown.
    """
    rows = {}
    for label, (shown, given, hit) in zip(
        LABELS, zip(counts.sum(axis=1), counts.sum(axis=0), np.diag(counts), strict=True), strict=True
    ):
        if shown or given:
            rows[label] = {
                "pictures": int(shown),
                "precision": _rounded(hit / given) if given else None,
                "recall": _rounded(hit / shown) if shown else None,
                "f1": _rounded(2 * hit / (shown + given)),
            }
    return rows


def averaged(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Means over the classes that were shown: ``macro`` all alike, ``weighted`` by their pictures.

    A class that was never answered has a precision of 0 in them.
    """
    shown = [row for row in rows.values() if row["pictures"]]
    weights = np.array([row["pictures"] for row in shown], float)
    table = {}
    for name in ("precision", "recall", "f1"):
        values = np.array([row[name] or 0.0 for row in shown])
        table[name] = {"macro": _rounded(values.mean()), "weighted": _rounded(np.average(values, weights=weights))}
    return table


@dataclass(frozen=True, slots=True)
class Mistake:
    """A picture, by its row, that was answered wrong."""

    row: int
    label: str
    given: str
    confidence: float


def mistakes(judged: Judged, most: int = 60) -> Sequence[Mistake]:
    """The surest wrong answers first, in turn of each true class, so that no class fills the gallery."""
    answers = judged.answers
    given, confidence = answers.predicted(), answers.confidence(1.0)
    wrong = np.flatnonzero(~answers.is_right())
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
    turn = np.zeros(len(wrong), int)
    for label in np.unique(answers.labels[wrong]):
        of_label = answers.labels[wrong] == label
        turn[of_label] = np.arange(of_label.sum())
    chosen = wrong[np.argsort(turn, kind="stable")][:most]
    return [
        Mistake(int(row), LABELS[answers.labels[row]], LABELS[given[row]], _rounded(confidence[row])) for row in chosen
    ]


def _interval(share: float, count: int) -> dict[str, float]:
    low, high = wilson(share, count)
    return {"low": low, "high": high}


def _rounded(value: Any) -> float:
    return round(float(value), 4)
