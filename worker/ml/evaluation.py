"""Metrics that count every photo: a hand that was not found is a wrong answer. The protocol: ``docs/evaluation.md``."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from worker.ml.calibration import softmax
from worker.ml.datasets import Photo, person_of
from worker.ml.hands.geometry import Floats
from worker.ml.labels import INDEX, LABELS, LETTERS, MOVING_LETTERS, NOTHING

ONLY_FOR_TRAINING: Final = ("kaggle*", "kept_test", "rooms", "dstd*")
"""Sessions that are never a fold of their own: second recordings of a person, one room seen by everybody, no hands, or
too weak pictures."""

CLASS_GROUPS: Final = {
    "static_letters": tuple(letter for letter in LETTERS if letter not in MOVING_LETTERS),
    "letters": LETTERS,
    "all_classes": LABELS,
}
"""What is reported apart, by the true class; an answer may be any of the 29 in each."""

BOOTSTRAP_DRAWS: Final = 2000
_BOOTSTRAP_SEED: Final = 20261124
_BINS: Final = 15
_THRESHOLDS: Final = np.round(np.linspace(0, 1, 101), 2)

Mask = npt.NDArray[np.bool_]


def evaluated_persons(photos: Sequence[Photo]) -> list[str]:
    """The persons with sessions that are left out in turn, in order."""
    return sorted({person_of(photo.session) for photo in photos if is_evaluated(photo.session)})


def is_evaluated(session: str) -> bool:
    return not any(fnmatch(session, pattern) for pattern in ONLY_FOR_TRAINING)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model said of photos of people it never saw.

    ``labels`` (n,) true classes, ``sessions`` (n,), ``logits`` (n, 29), ``is_found`` (n,) whether a hand was found;
    where none was, the answer is ``nothing`` and the logits do not count. How sure that answer is stands in
    ``confidence_of_nothing`` (n,), which counts there alone; without it, it is taken for certain.
    """

    labels: npt.NDArray[np.int64]
    sessions: npt.NDArray[np.str_]
    logits: Floats
    is_found: Mask
    confidence_of_nothing: Floats | None = None

    @classmethod
    def joined(cls, parts: Sequence["Answers"]) -> Self:
        return cls(
            labels=np.concatenate([part.labels for part in parts]),
            sessions=np.concatenate([part.sessions for part in parts]),
            logits=np.concatenate([part.logits for part in parts]),
            is_found=np.concatenate([part.is_found for part in parts]),
            confidence_of_nothing=np.concatenate([part._sureness_of_nothing() for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.labels)

    def predicted(self) -> npt.NDArray[np.int64]:
        return np.where(self.is_found, self.logits.argmax(axis=1), INDEX[NOTHING])

    def probabilities(self, temperature: float) -> Floats:
        """Probabilities (n, 29); without a hand, what ``nothing`` leaves is spread evenly over the other classes."""
        nothing = self._sureness_of_nothing()[:, None]
        empty = np.repeat((1 - nothing) / (len(LABELS) - 1), len(LABELS), axis=1)
        empty[:, INDEX[NOTHING]] = nothing[:, 0]
        return np.where(self.is_found[:, None], softmax(self.logits, temperature), empty).astype(np.float32)

    def confidence(self, temperature: float) -> Floats:
        """The probabilities (n,) of the answers."""
        return self.probabilities(temperature)[np.arange(len(self)), self.predicted()]

    def where(self, mask: Mask) -> "Answers":
        nothing = self.confidence_of_nothing
        return Answers(
            self.labels[mask],
            self.sessions[mask],
            self.logits[mask],
            self.is_found[mask],
            nothing if nothing is None else nothing[mask],
        )

    def is_right(self) -> Mask:
        right: Mask = self.predicted() == self.labels
        return right

    def _sureness_of_nothing(self) -> Floats:
        return np.ones(len(self), np.float32) if self.confidence_of_nothing is None else self.confidence_of_nothing


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


class Averages:
    """Means of values (n,) over the sessions (n,) that they are from: sessions count alike, or persons do.

    A person's mean is that of their sessions. Intervals are by signer: persons are drawn with replacement, all of their
    sessions together, and the interval holds the middle 95 % of 2,000 such means (seeded). Source: Efron and
    Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentiles).
    """

    def __init__(self, sessions: npt.NDArray[np.str_]) -> None:
        self.sessions, self._session = np.unique(sessions, return_inverse=True)
        self.persons, self._person = np.unique([person_of(str(name)) for name in self.sessions], return_inverse=True)
        self.person: npt.NDArray[np.str_] = self.persons[self._person[self._session]]

    def by_session(self, values: npt.NDArray[Any], mask: Mask | None = None) -> npt.NDArray[np.float64]:
        """Means (sessions,) of the values where ``mask`` (n,) is; NaN for a session that has none there."""
        rows = slice(None) if mask is None else mask
        return _means(values[rows], self._session[rows], len(self.sessions))

    def by_person(self, values: npt.NDArray[Any], mask: Mask | None = None) -> npt.NDArray[np.float64]:
        """Means (persons,) over their sessions; NaN for a person who has no value there."""
        sessions = self.by_session(values, mask)
        known = ~np.isnan(sessions)
        return _means(sessions[known], self._person[known], len(self.persons))

    def over_sessions(self, values: npt.NDArray[Any], mask: Mask | None = None) -> Estimate:
        """Raises :class:`ValueError` if there is no value where ``mask`` is; so does ``over_persons``."""
        return _estimate(self.by_session(values, mask), self._person)

    def over_persons(self, values: npt.NDArray[Any], mask: Mask | None = None) -> Estimate:
        return _estimate(self.by_person(values, mask), np.arange(len(self.persons)))


def _means(values: npt.NDArray[Any], groups: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.float64]:
    sums, counts = np.bincount(groups, values, count), np.bincount(groups, minlength=count)
    means: npt.NDArray[np.float64] = np.divide(sums, counts, out=np.full(count, np.nan), where=counts > 0)
    return means


def _estimate(values: npt.NDArray[np.float64], persons: npt.NDArray[np.int64]) -> Estimate:
    """The mean of values (k,), each of one person; those that are NaN are left out."""
    known = ~np.isnan(values)
    if not known.any():
        raise ValueError("There are no answers to average over.")
    _, index = np.unique(persons[known], return_inverse=True)
    sums, counts = np.bincount(index, values[known]), np.bincount(index)
    random = np.random.default_rng(_BOOTSTRAP_SEED)
    draws = random.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=BOOTSTRAP_DRAWS)
    low, high = np.percentile((draws @ sums) / (draws @ counts), (2.5, 97.5))
    return Estimate(*(round(float(value), 4) for value in (values[known].mean(), low, high)))


LEAST_TEMPERATURE: Final = 0.3
"""A network that was right of all that it was asked is not made surer than this."""
_TEMPERATURES: Final = LEAST_TEMPERATURE * (5 / LEAST_TEMPERATURE) ** (np.arange(-71, 113) / 112)
"""Those that are tried: from 0.05 to 5."""


def fit_temperature(answers: Answers, least: float = LEAST_TEMPERATURE) -> float:
    """The temperature that makes the true classes of found hands likeliest, ``least`` or more; sessions count alike.

    Source: Guo et al., "On Calibration of Modern Neural Networks", 2017, arXiv:1706.04599.
    """
    rows = np.flatnonzero(answers.is_found)
    _, session, counts = np.unique(answers.sessions[rows], return_inverse=True, return_counts=True)
    weights = 1 / counts[session]

    def loss(temperature: float) -> float:
        likelihood = softmax(answers.logits[rows], temperature)[np.arange(len(rows)), answers.labels[rows]]
        return float(-(weights * np.log(np.maximum(likelihood, 1e-12))).sum())

    tried = _TEMPERATURES
    return round(float(min(tried[tried >= least], key=loss)), 3)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Answers whose confidence is from ``low`` to ``high``: their share of all, mean confidence and accuracy."""

    low: float
    high: float
    share: float
    confidence: float
    accuracy: float


def reliability(confidence: Floats, is_right: Mask) -> list[ReliabilityBin]:
    """15 bins of equal width, without those that are empty."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    return [
        ReliabilityBin(
            low=float(one / _BINS),
            high=float((one + 1) / _BINS),
            share=float((bins == one).mean()),
            confidence=float(confidence[bins == one].mean()),
            accuracy=float(is_right[bins == one].mean()),
        )
        for one in np.unique(bins)
    ]


def calibration_error(confidence: Floats, is_right: Mask) -> float:
    """Expected calibration error: the gap between confidence and accuracy in 15 bins of equal width, by their share."""
    return sum(abs(one.confidence - one.accuracy) * one.share for one in reliability(confidence, is_right))


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """At this threshold of confidence: the share of answers at or above it and their accuracy, both over signers.

    A signer without such an answer is not in the accuracy; it is None where nobody has one.
    """

    threshold: float
    share: float
    accuracy: float | None


def coverage_curve(answers: Answers, temperature: float) -> list[CoveragePoint]:
    """Coverage against accuracy, for thresholds from 0 to 1 in hundredths."""
    averages, confidence, right = Averages(answers.sessions), answers.confidence(temperature), answers.is_right()
    points = []
    for threshold in _THRESHOLDS:
        sure = confidence >= threshold
        accuracy = averages.by_person(right, sure)
        points.append(
            CoveragePoint(
                threshold=float(threshold),
                share=round(float(averages.by_person(sure).mean()), 4),
                accuracy=round(float(np.nanmean(accuracy)), 4) if sure.any() else None,
            )
        )
    return points


def choose_threshold(answers: Answers, temperature: float, accuracy: float = 0.98) -> float:
    """The lowest threshold, in hundredths, at which sure answers are right at least that often, averaged over signers.

    An answer is sure if its confidence is at least the threshold. It is 1 if no threshold reaches the accuracy.
    """
    points = coverage_curve(answers, temperature)
    reached = [one.threshold for one in points if one.accuracy is not None and one.accuracy >= accuracy]
    return min(reached, default=1.0)


def calibration_of(answers: Answers, least_temperature: float = LEAST_TEMPERATURE) -> dict[str, float]:
    """The ``temperature``, and at it the threshold ``unsure_below``, that the answers suggest."""
    temperature = fit_temperature(answers, least_temperature)
    return {"temperature": temperature, "unsure_below": choose_threshold(answers, temperature)}


def sure_answers(answers: Answers, temperature: float, threshold: float) -> dict[str, Any]:
    """How many answers are sure, and how many of the sure and of the others are right; means over signers."""
    averages, right = Averages(answers.sessions), answers.is_right()
    sure = answers.confidence(temperature) >= threshold
    return {
        "threshold": threshold,
        "share": asdict(averages.over_persons(sure)),
        "accuracy": asdict(averages.over_persons(right, sure)) if sure.any() else None,
        "accuracy_of_others": asdict(averages.over_persons(right, ~sure)) if not sure.all() else None,
    }


def accuracy_by_group(answers: Answers) -> dict[str, dict[str, Any]]:
    """For each of :data:`CLASS_GROUPS` that has photos: their number, and accuracy over signers and over sessions."""
    averages, right = Averages(answers.sessions), answers.is_right()
    table = {}
    for name, classes in CLASS_GROUPS.items():
        mask = np.isin(answers.labels, [INDEX[label] for label in classes])
        if mask.any():
            table[name] = {
                "photos": int(mask.sum()),
                "over_signers": asdict(averages.over_persons(right, mask)),
                "over_sessions": asdict(averages.over_sessions(right, mask)),
            }
    return table


def accuracy_by(answers: Answers, attribute: Callable[[str], str]) -> dict[str, dict[str, Any]]:
    """Accuracy over the signers of each value that ``attribute`` gives to sessions, by that value."""
    names, index = np.unique(answers.sessions, return_inverse=True)
    values = np.array([attribute(str(name)) for name in names])[index]
    right = answers.is_right()
    table = {}
    for value in np.unique(values):
        mask = values == value
        averages = Averages(answers.sessions[mask])
        table[str(value)] = {
            "signers": len(averages.persons),
            "sessions": len(averages.sessions),
            "photos": int(mask.sum()),
            "accuracy": asdict(averages.over_persons(right[mask])),
        }
    return table


def agreement(answers: Answers, others: Answers) -> Estimate:
    """How often two series of answers to the same photos are the same, right or wrong, over signers."""
    if not (np.array_equal(answers.labels, others.labels) and np.array_equal(answers.sessions, others.sessions)):
        raise ValueError("The answers are not to the same photos.")
    return Averages(answers.sessions).over_persons(answers.predicted() == others.predicted())


def letters_called_nothing(answers: Answers) -> float:
    """The share of photos of letters that are answered ``nothing``, over signers."""
    letters = answers.labels < len(LETTERS)
    return Averages(answers.sessions).over_persons(answers.predicted() == INDEX[NOTHING], letters).mean


def confusion_counts(answers: Answers) -> npt.NDArray[np.int64]:
    """Photos (29, 29) by true class (rows) and given class (columns)."""
    table = np.zeros((len(LABELS), len(LABELS)), np.int64)
    np.add.at(table, (answers.labels, answers.predicted()), 1)
    return table


def summarise(answers: Answers, temperature: float) -> dict[str, Any]:
    """The figures of the model card: means over sessions and over signers, and the tables of sessions, signers, groups
    of classes, classes and confusions. Hands are found in photos that have one."""
    averages, right, found = Averages(answers.sessions), answers.is_right(), answers.is_found
    has_hand = answers.labels != INDEX[NOTHING]
    confidence = answers.confidence(temperature)
    sessions = averages.by_session(right), averages.by_session(found, has_hand)
    persons = averages.by_person(right), averages.by_person(found, has_hand)
    return {
        "accuracy_mean_over_sessions": averages.over_sessions(right).mean,
        "accuracy_of_worst_session": round(float(sessions[0].min()), 4),
        "accuracy_mean_over_signers": averages.over_persons(right).mean,
        "accuracy_of_worst_signer": round(float(persons[0].min()), 4),
        "accuracy_of_groups": accuracy_by_group(answers),
        "hand_found_mean_over_sessions": averages.over_sessions(found, has_hand).mean,
        "letters_called_nothing": letters_called_nothing(answers),
        "calibration_error": round(calibration_error(confidence, right), 4),
        "calibration_error_of_found_hands": round(calibration_error(confidence[found], right[found]), 4),
        "sessions": _rows(answers.sessions, averages.sessions, *sessions),
        "signers": _rows(averages.person, averages.persons, *persons),
        "classes": {LABELS[i]: round(float(right[answers.labels == i].mean()), 4) for i in np.unique(answers.labels)},
        "most_confused": most_confused(answers),
    }


def _rows(
    of_photos: npt.NDArray[np.str_],
    names: npt.NDArray[np.str_],
    accuracy: npt.NDArray[np.float64],
    hand_found: npt.NDArray[np.float64],
) -> dict[str, dict[str, Any]]:
    return {
        str(name): {
            "photos": int((of_photos == name).sum()),
            "hand_found": round(float(found), 4),
            "accuracy": round(float(right), 4),
        }
        for name, right, found in zip(names, accuracy, hand_found, strict=True)
    }


def most_confused(answers: Answers, most: int = 12) -> list[dict[str, Any]]:
    """Pairs of true and given class, as shares of the true class's photos, largest first."""
    table = confusion_counts(answers)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    flat = np.argsort(-shares, axis=None, kind="stable")[:most]
    pairs = zip(*np.unravel_index(flat, shares.shape), strict=True)
    return [
        {"true": LABELS[t], "given": LABELS[g], "share": round(float(shares[t, g]), 4), "photos": int(table[t, g])}
        for t, g in pairs
        if shares[t, g] > 0
    ]
