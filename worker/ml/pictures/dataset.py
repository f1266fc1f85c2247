"""Labelled pictures to train on and to judge by, as their manifest lists them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from worker.ml.datasets import DatasetError
from worker.ml.labels import INDEX, LABELS
from worker.ml.manifest import UNKNOWN_SIGNER, Manifest

Indices = npt.NDArray[np.int64]

FEWEST_A_CLASS: Final = 3
"""One to learn from, one to validate and one to test with."""


@dataclass(frozen=True, slots=True)
class PictureSet:
    """``n`` pictures: their files, SHA-256, classes (n,), signers (n,) and groups of near-duplicates (n,).

    ``name`` is what the set is called in reports, ``fingerprint`` the manifest's. ``unreadable`` are files that could
    not be read and are not among the pictures, each with the reason.
    """

    name: str
    paths: tuple[Path, ...]
    sha256: tuple[str, ...]
    labels: Indices
    signers: npt.NDArray[np.str_]
    groups: Indices
    fingerprint: str
    unreadable: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.paths)

    @classmethod
    def of(cls, manifest: Manifest, name: str) -> Self:
        entries = manifest.entries
        return cls(
            name=name,
            paths=tuple(manifest.file_of(entry) for entry in entries),
            sha256=tuple(entry.sha256 for entry in entries),
            labels=np.array([INDEX[entry.label] for entry in entries], np.int64),
            signers=np.array([entry.signer or UNKNOWN_SIGNER for entry in entries], np.str_),
            groups=np.array([entry.group for entry in entries], np.int64),
            fingerprint=manifest.fingerprint,
            unreadable=manifest.unreadable,
        )

    def where(self, rows: npt.NDArray[Any], name: str | None = None) -> "PictureSet":
        """Some of them, by index or mask; under another ``name`` they are a set that nothing was unreadable of."""
        chosen = np.arange(len(self))[rows]
        return PictureSet(
            name or self.name,
            tuple(self.paths[row] for row in chosen),
            tuple(self.sha256[row] for row in chosen),
            self.labels[chosen],
            self.signers[chosen],
            self.groups[chosen],
            self.fingerprint,
            () if name else self.unreadable,
        )

    def parted_by(self, stays: Callable[[str], bool], name: str) -> tuple["PictureSet", "PictureSet"]:
        """The pictures of the signers who stay, and those of the others under another name, but for files that both
        have: these stay."""
        staying = np.array([stays(str(signer)) for signer in self.signers], bool)
        files = {sha256 for sha256, stays_here in zip(self.sha256, staying, strict=True) if stays_here}
        shared = np.array([sha256 in files for sha256 in self.sha256], bool)
        return self.where(staying), self.where(~staying & ~shared, name)

    def without_signers(self, signers: list[str]) -> "PictureSet":
        """Raises :class:`DatasetError` for a signer who is not there."""
        unknown = sorted(set(signers) - set(self.signers.tolist()))
        if unknown:
            raise DatasetError(f"{self.name} has no signer {', '.join(unknown)}.")
        return self.where(~np.isin(self.signers, signers))


def check_trainable(pictures: PictureSet) -> None:
    """Raise :class:`DatasetError` for a set that nothing can be learnt from."""
    counts = np.bincount(pictures.labels, minlength=len(LABELS))
    present = np.flatnonzero(counts)
    if len(present) == 0:
        raise DatasetError(f"{pictures.name} has no pictures.")
    if len(present) == 1:
        raise DatasetError(
            f"{pictures.name} has pictures of {LABELS[present[0]]} alone. At least two classes are needed."
        )
    few = [f"{LABELS[label]} ({counts[label]})" for label in present if counts[label] < FEWEST_A_CLASS]
    if few:
        raise DatasetError(
            f"{pictures.name} has too few pictures of {', '.join(few)}. Each class needs {FEWEST_A_CLASS} or more: to "
            "learn from, to validate and to test with."
        )


def absent_classes(pictures: PictureSet) -> list[str]:
    """The classes without a picture, which a model trained on the set can never answer."""
    counts = np.bincount(pictures.labels, minlength=len(LABELS))
    return [LABELS[label] for label in np.flatnonzero(counts == 0)]


def unread(pictures: PictureSet) -> list[str]:
    """That files of the set could not be read, in a sentence for whoever sees its figures; none if all could."""
    if not pictures.unreadable:
        return []
    count, (source, reason) = len(pictures.unreadable), pictures.unreadable[0]
    files = "1 file" if count == 1 else f"{count} files"
    return [f"{files} of {pictures.name} could not be read and are in no figure, such as {source}: {reason}"]


def balancing_weights(labels: Indices) -> npt.NDArray[np.float32]:
    """How much each class (29,) counts so that all that occur count alike; on average over pictures 1."""
    counts = np.bincount(labels, minlength=len(LABELS))
    present = counts > 0
    weights = np.zeros(len(LABELS), np.float32)
    weights[present] = len(labels) / (present.sum() * counts[present])
    return weights
