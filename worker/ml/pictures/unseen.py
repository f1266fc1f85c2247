"""Whether a set is of people whom a training never sees: what is said of them is called so wherever it is told."""

from collections.abc import Sequence
from typing import Final

from worker.ml.datasets import DatasetError, person_of
from worker.ml.manifest import UNKNOWN_SIGNER
from worker.ml.pictures.dataset import PictureSet

_NAMED: Final = 5
"""Of the people whom a model learnt from, how many are named in a sentence."""


def check_unseen(pictures: PictureSet, others: PictureSet) -> list[str]:
    """What nobody can know of ``others`` when a training is given ``pictures``, in a sentence; none if all is known.

    Raises :class:`~worker.ml.datasets.DatasetError` where both have files or people in common.
    """
    files = set(pictures.sha256)
    shared = [path for path, sha256 in zip(others.paths, others.sha256, strict=True) if sha256 in files]
    if shared:
        raise DatasetError(
            f"{len(shared)} of the {len(others)} pictures of {others.name} are in {pictures.name} too, such as "
            f"{shared[0]}: they are no test of people whom the model never saw. Name a set of others."
        )
    known = people_in_both(others, {person_of(str(signer)) for signer in pictures.signers})
    if known:
        raise DatasetError(
            f"{others.name} has people who are in {pictures.name} too ({in_short(known)}): it is no test of people "
            "whom the model never saw. Leave them out by --without."
        )
    unknown = int((others.signers == UNKNOWN_SIGNER).sum())
    return (
        [f"{unknown} pictures of {others.name} are of unknown signers: whether it never saw them cannot be checked."]
        if unknown
        else []
    )


def people_in_both(pictures: PictureSet, persons: set[str]) -> list[str]:
    """The signers of a set, by name, who are one of these people."""
    return sorted({name for name in pictures.signers.tolist() if person_of(name) in persons - {UNKNOWN_SIGNER}})


def in_short(names: Sequence[str]) -> str:
    """The first few of them, and how many more there are."""
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
