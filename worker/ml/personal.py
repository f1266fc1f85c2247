"""A person's private adaptation: what the recogniser gets wrong of one hand, learnt from a few pictures of it.

The recogniser stays as it is. To its log-probabilities a correction is added, which kernel ridge regression learns from
the person's samples: how far each was from the right answer, carried over to hands of nearly the same shape. Where a
hand looks like none of the samples the correction is nil, and the answer that of the recogniser alone. It takes one
linear system with as many unknowns as there are samples.

Of classes that the person never showed nothing is known, and hands that show them lie near samples of others. So that
they are not called those others, such classes rise with the best of the others, by as much as the recogniser believed
in them.

Sources: Saunders, Gammerman and Vovk, "Ridge regression learning algorithm in dual variables", 1998; the idea of a few
examples beside a network that stays: Zhang et al., "Tip-Adapter", 2022. What it brings is measured by
``benchmarks/personal_adaptation.py``; the constants below were chosen on the signers that are not in the vault.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from worker.ml.calibration import softmax
from worker.ml.config import FEWEST_JUDGED
from worker.ml.hands.geometry import Floats
from worker.ml.hands.normalise import normalise
from worker.ml.labels import INDEX, LABELS
from worker.ml.recognition import Hand

FORMAT: Final = 1
"""Of what is stored. 1: shapes, weights and the classes that were shown."""

NEARNESS: Final = 0.3
"""How fast the say of a sample falls with distance: exp(-NEARNESS / 2 * squared distance), palms of size 1."""

RIDGE: Final = 0.3
"""How much a single sample is mistrusted."""

STRENGTH: Final = 6.0
"""By what errors of probability, 0..1, are multiplied to move log-probabilities. With 10 a tenth less is wrong of the
letters that were shown, and more of those that were not, and of the same person on another day."""

_MOST_ROUNDS: Final = 5
_FLOOR: Final = 1e-6


class TooFewSamples(ValueError):
    """There is too little to learn from. ``str()`` is a sentence for the person."""


class UnreadableAdaptation(ValueError):
    """These bytes are no adaptation of this format."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One hand as a recogniser sees it: its normalised landmarks (63,) and calibrated probabilities (29,)."""

    shape: Floats
    probabilities: Floats


def sight_of(hand: Hand, size: tuple[int, int], probabilities: Floats) -> Sight:
    """A hand in fractions of a picture of this ``size`` in pixels, with what the networks say of it."""
    width, height = size
    points = np.array(hand.landmarks, np.float32) * np.array([width, height, width], np.float32)
    return Sight(normalise(points, is_left=hand.handedness == "left").reshape(-1), probabilities)


@dataclass(frozen=True, slots=True)
class Adaptation:
    """Shapes (samples, 63) that are known of a person, and what each adds to the log-probabilities (samples, 29).

    ``is_shown`` (29,) marks the classes that there are samples of.
    """

    shapes: Floats
    weights: Floats
    is_shown: npt.NDArray[np.bool_]

    @classmethod
    def fit(cls, sights: Sequence[Sight], labels: Sequence[str]) -> Self:
        """Learn from hands and the classes that they show."""
        shapes = np.stack([sight.shape for sight in sights]).astype(np.float32)
        errors = _one_hot(labels) - np.stack([sight.probabilities for sight in sights])
        kernel = _nearness(shapes, shapes).astype(np.float64)
        weights = STRENGTH * np.linalg.solve(kernel + RIDGE * np.eye(len(kernel)), errors)
        return cls(shapes, weights.astype(np.float32), np.isin(LABELS, labels))

    def adapt(self, sight: Sight) -> Floats:
        """Probabilities (29,) of the classes, as this person signs them."""
        correction = (_nearness(sight.shape[None], self.shapes) @ self.weights)[0]
        belief = sight.probabilities[~self.is_shown].sum()
        correction[~self.is_shown] += belief * max(correction.max(), 0)
        return softmax(np.log(np.maximum(sight.probabilities, _FLOOR)) + correction, 1.0)

    def to_bytes(self) -> bytes:
        buffer = io.BytesIO()
        np.savez(buffer, format=np.int64(FORMAT), shapes=self.shapes, weights=self.weights, is_shown=self.is_shown)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """What :meth:`to_bytes` made. Nothing in it is run. Raises :class:`UnreadableAdaptation`."""
        try:
            with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
                version, is_shown = int(arrays["format"]), arrays["is_shown"]
                shapes, weights = arrays["shapes"], arrays["weights"]
        except (ValueError, KeyError, EOFError, OSError, TypeError, zipfile.BadZipFile) as error:
            raise UnreadableAdaptation(f"This cannot be read as an adaptation: {error}") from error
        if version != FORMAT:
            raise UnreadableAdaptation(f"This adaptation has format {version}; this code reads {FORMAT}.")
        count = len(shapes)
        is_whole = shapes.shape == (count, 63) and weights.shape == (count, len(LABELS)) and count > 0
        is_whole = is_whole and is_shown.shape == (len(LABELS),) and is_shown.dtype == np.bool_
        if not is_whole or not (np.isfinite(shapes).all() and np.isfinite(weights).all()):
            raise UnreadableAdaptation("This adaptation has the wrong shape, or holds what is no number.")
        return cls(shapes.astype(np.float32), weights.astype(np.float32), is_shown)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of ``judged`` samples, how many were right ``before`` and ``after``."""

    judged: int
    before: int
    after: int

    def as_dict(self) -> dict[str, int]:
        return {"judged": self.judged, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Personalised:
    """What was learnt, and what it brings on samples that it had not seen.

    ``adaptation`` is None where it would not help. ``by_letter`` holds the letters that have two samples or more.
    """

    adaptation: Adaptation | None
    samples: int
    letters: int
    whole: Counts
    by_letter: dict[str, Counts]

    def figures(self) -> dict[str, Any]:
        """In plain dicts, as they are stored."""
        return {
            "samples": self.samples,
            "letters": self.letters,
            **self.whole.as_dict(),
            "by_letter": {label: counts.as_dict() for label, counts in self.by_letter.items()},
        }


def personalise(sights: Sequence[Sight], labels: Sequence[str]) -> Personalised:
    """Learn from all samples, given in the order in which they were taken, and judge what was learnt.

    Judged in rounds: the first sample of each letter by an adaptation that has seen neither it nor the first of any
    other letter, then the second ones, and so on. Pictures taken in one go look alike, so that a single one held out
    would be known by its neighbour. It is kept if more of them are right than before; or as many, if the right classes
    have become likelier. Raises :class:`TooFewSamples`.
    """
    order, is_judged = _rounds(labels)
    if is_judged.sum() < FEWEST_JUDGED:
        raise TooFewSamples(
            f"Too few pictures to learn from: {int(is_judged.sum())} are of letters that you have shown twice or more, "
            f"and {FEWEST_JUDGED} are needed. Two of each of five letters will do; three of every letter are best."
        )
    before = np.stack([sight.probabilities for sight in sights])
    after = before.copy()
    for number in np.unique(order):
        held_out = np.flatnonzero((order == number) & is_judged).tolist()
        known = np.flatnonzero(order != number).tolist()
        adaptation = Adaptation.fit([sights[i] for i in known], [labels[i] for i in known])
        for i in held_out:
            after[i] = adaptation.adapt(sights[i])
    truth = np.array([INDEX[label] for label in labels])
    was_right, is_right = (said.argmax(axis=1) == truth for said in (before, after))
    by_letter = {
        label: _counts(is_judged & (truth == INDEX[label]), was_right, is_right)
        for label in LABELS
        if (is_judged & (truth == INDEX[label])).any()
    }
    whole = _counts(is_judged, was_right, is_right)
    gain = whole.after - whole.before
    helps = gain > 0 or (gain == 0 and _loss(after, truth, is_judged) < _loss(before, truth, is_judged))
    learnt = Adaptation.fit(sights, labels) if helps else None
    return Personalised(learnt, len(sights), len(set(labels)), whole, by_letter)


def _rounds(labels: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The round (samples,) in which each is held out, and whether (samples,) its letter has others to learn from."""
    seen: dict[str, int] = {}
    order = np.zeros(len(labels), np.int64)
    for place, label in enumerate(labels):
        order[place] = seen.get(label, 0) % _MOST_ROUNDS
        seen[label] = seen.get(label, 0) + 1
    return order, np.array([seen[label] > 1 for label in labels], bool)


def _nearness(shapes: Floats, others: Floats) -> Floats:
    """A Gaussian kernel (n, m) of shapes (n, 63) and (m, 63)."""
    squares = np.square(shapes).sum(axis=1)[:, None] + np.square(others).sum(axis=1) - 2 * shapes @ others.T
    near: Floats = np.exp(-NEARNESS / 2 * np.maximum(squares, 0))
    return near


def _one_hot(labels: Sequence[str]) -> Floats:
    rows: Floats = np.eye(len(LABELS), dtype=np.float32)[[INDEX[label] for label in labels]]
    return rows


def _counts(rows: npt.NDArray[np.bool_], was_right: npt.NDArray[np.bool_], is_right: npt.NDArray[np.bool_]) -> Counts:
    return Counts(int(rows.sum()), int((rows & was_right).sum()), int((rows & is_right).sum()))


def _loss(probabilities: Floats, truth: npt.NDArray[np.int64], rows: npt.NDArray[np.bool_]) -> float:
    likelihood = probabilities[np.flatnonzero(rows), truth[rows]]
    return float(-np.log(np.maximum(likelihood, _FLOOR)).mean())
