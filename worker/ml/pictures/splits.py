"""Training, validation and test: at random, by class or by signer, with what a split leaks told."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worker.ml.datasets import DatasetError, person_of
from worker.ml.labels import LABELS
from worker.ml.manifest import UNKNOWN_SIGNER
from worker.ml.pictures.config import SplitMethod
from worker.ml.pictures.dataset import Indices, PictureSet


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """``method`` None: by signer where several are known, else at random.

    By signer, pictures of unknown ones are learnt from, and in no other part. ``test_share`` is of all pictures, or of
    those of known signers, ``validation_share`` of the rest. ``test_signers`` names who is tested on instead, by signer
    only. With ``keep_groups``, near-duplicates are never on two sides.
    """

    method: SplitMethod | None = None
    test_share: float = 0.2
    validation_share: float = 0.1
    test_signers: tuple[str, ...] = ()
    keep_groups: bool = False
    seed: int = 20261125

    def __post_init__(self) -> None:
        if not (0 < self.test_share < 1 and 0 < self.validation_share < 1):
            raise DatasetError("The shares of test and validation must lie between 0 and 1.")


@dataclass(frozen=True, slots=True)
class Split:
    """Indices of the three parts, and how many of the test pictures have a near-duplicate among those learnt from.

    ``method`` is the one that was used; ``warnings`` are sentences about what the split cannot tell.
    """

    method: SplitMethod
    training: Indices
    validation: Indices
    test: Indices
    leaked: int
    warnings: tuple[str, ...]


def split(pictures: PictureSet, config: SplitConfig) -> Split:
    """Raises :class:`~worker.ml.datasets.DatasetError` for what cannot be split in this way."""
    method = config.method or _usual(pictures)
    if method != "signer" and config.test_signers:
        raise DatasetError("Signers to test on can be named for a split by signer only.")
    random = np.random.default_rng(config.seed)
    if method == "signer":
        rest, test = _by_signer(pictures, config, random)
    else:
        rest, test = _drawn(np.arange(len(pictures)), config.test_share, pictures, method, config, random)
    training, validation = _validation(rest, pictures, method, config, random)
    if not (len(training) and len(validation) and len(test)):
        raise DatasetError(f"{pictures.name} cannot be split by {method}: a part stays without pictures.")
    leaked = int(np.isin(pictures.groups[test], pictures.groups[rest]).sum())
    return Split(method, training, validation, test, leaked, tuple(_warnings(pictures, method, training, test, leaked)))


def signer_folds(pictures: PictureSet, count: int) -> list[tuple[str, ...]]:
    """Everybody in ``count`` groups of whole people that have about as many pictures each; one person each if there
    are not more people. Raises :class:`~worker.ml.datasets.DatasetError`."""
    persons, sizes = np.unique(_known_persons(pictures), return_counts=True)
    folds: list[list[str]] = [[] for _ in range(min(count, len(persons)))]
    held = [0] * len(folds)
    for place in np.argsort(-sizes, kind="stable"):
        least = held.index(min(held))
        folds[least].append(str(persons[place]))
        held[least] += int(sizes[place])
    return [tuple(sorted(fold)) for fold in folds]


def _known_persons(pictures: PictureSet) -> npt.NDArray[np.str_]:
    """Who signs each picture (n,). Raises :class:`~worker.ml.datasets.DatasetError` unless several do, all known."""
    persons = _several_persons(pictures)
    if UNKNOWN_SIGNER in persons:
        raise DatasetError(f"{pictures.name} has pictures of unknown signers, who cannot be left out in turn.")
    return persons


def _several_persons(pictures: PictureSet) -> npt.NDArray[np.str_]:
    """Who signs each picture (n,). Raises :class:`~worker.ml.datasets.DatasetError` unless two or more are known."""
    persons = _persons(pictures)
    known = sorted(set(persons.tolist()) - {UNKNOWN_SIGNER})
    if len(known) < 2:
        has = f"one known signer, {known[0]}," if known else "pictures of unknown signers"
        raise DatasetError(f"{pictures.name} has {has} and cannot be split by signer.")
    return persons


def _persons(pictures: PictureSet) -> npt.NDArray[np.str_]:
    return np.array([person_of(str(name)) for name in pictures.signers], np.str_)


def _usual(pictures: PictureSet) -> SplitMethod:
    return "signer" if len(set(_persons(pictures).tolist()) - {UNKNOWN_SIGNER}) > 1 else "random"


def _warnings(pictures: PictureSet, method: SplitMethod, training: Indices, test: Indices, leaked: int) -> list[str]:
    told = []
    if leaked:
        told.append(
            f"{leaked} of {len(test)} test pictures ({leaked / len(test):.0%}) have a near-duplicate among the "
            "pictures that are learnt from. The test flatters the model: split by signer, or keep groups together."
        )
    if method != "signer":
        told.append("The same people are learnt from and tested on. How others will be read, this test cannot tell.")
    elif unknown := int((_persons(pictures) == UNKNOWN_SIGNER).sum()):
        told.append(
            f"{unknown} of the pictures that are learnt from are of unknown signers. If some of these are tested on "
            "under their names, the test flatters the model."
        )
    missing = sorted(set(pictures.labels[test]) - set(pictures.labels[training]))
    if missing:
        told.append(f"Nothing is learnt of {', '.join(LABELS[label] for label in missing)}, which the test has.")
    return told


def _by_signer(pictures: PictureSet, config: SplitConfig, random: np.random.Generator) -> tuple[Indices, Indices]:
    persons = _several_persons(pictures)
    chosen = {person_of(name) for name in config.test_signers}
    unknown = sorted((chosen - set(persons.tolist())) | (chosen & {UNKNOWN_SIGNER}))
    if unknown:
        raise DatasetError(f"{pictures.name} has no signer {', '.join(unknown)}.")
    wanted = np.isin(persons, list(chosen)) if chosen else _known_units(persons, config.test_share, random)
    return np.flatnonzero(~wanted), np.flatnonzero(wanted)


def _validation(
    rest: Indices, pictures: PictureSet, method: SplitMethod, config: SplitConfig, random: np.random.Generator
) -> tuple[Indices, Indices]:
    """By whole people too where three or more are left; else drawn by class, which can only flatter the validation."""
    persons = _persons(pictures)[rest]
    if method == "signer" and len(set(persons.tolist()) - {UNKNOWN_SIGNER}) > 2:
        wanted = _known_units(persons, config.validation_share, random)
        return rest[~wanted], rest[wanted]
    drawn: SplitMethod = "stratified" if method == "signer" else method
    return _drawn(rest, config.validation_share, pictures, drawn, config, random)


def _drawn(
    rows: Indices,
    share: float,
    pictures: PictureSet,
    method: SplitMethod,
    config: SplitConfig,
    random: np.random.Generator,
) -> tuple[Indices, Indices]:
    """The rows without, and with, those that were drawn."""
    units = pictures.groups[rows] if config.keep_groups else rows
    labels = pictures.labels[rows] if method == "stratified" else np.zeros(len(rows), np.int64)
    wanted = np.zeros(len(rows), bool)
    for label in np.unique(labels):
        of_label = labels == label
        wanted[of_label] = _units(units[of_label], share, random)
    if config.keep_groups:
        wanted = np.isin(units, units[wanted])  # a group of two classes
        if not 0.5 * share < wanted.mean() < 2 * share:
            raise DatasetError(
                f"{pictures.name} has groups of near-duplicates too large to be kept together: {wanted.mean():.0%} of "
                f"the pictures would be drawn where {share:.0%} are wanted."
            )
    return rows[~wanted], rows[wanted]


def _known_units(persons: npt.NDArray[np.str_], share: float, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """As :func:`_units`, of the pictures of known people; the others are never drawn."""
    is_known = persons != UNKNOWN_SIGNER
    wanted = np.zeros(len(persons), bool)
    wanted[is_known] = _units(persons[is_known], share, random)
    return wanted


def _units(units: npt.NDArray[np.generic], share: float, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """A mask (n,) of whole units, drawn until about ``share`` of the n are in; at least one unit, and never all."""
    _, index, counts = np.unique(units, return_inverse=True, return_counts=True)
    order = random.permutation(len(counts))
    before = np.cumsum(counts[order]) - counts[order] / 2
    taken = max(1, min(len(counts) - 1, int((before <= share * len(units)).sum())))
    return np.isin(index, order[:taken])
