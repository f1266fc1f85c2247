"""What the folders of a collection of pictures mean: ``<CLASS>/*``, ``<signer>/<CLASS>/*``, and flat test folders.

Folders that merely wrap others, such as ``asl_alphabet_train/asl_alphabet_train/A/``, are nobody's names.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from worker.ml.labels import label_of

_A_PART: Final = re.compile(
    r"(asl[ _-]?alphabet[ _-]?)?(train(ing)?|test(ing)?|val(id(ation)?)?|data|dataset|images)", re.I
)
"""Folders that are called after their part in an experiment and not after a person."""

_A_COLLECTION: Final = re.compile(
    r"(.*[ _-])?(archive|asl|alphabet|collection|datasets?|data|download|fingerspelling|hands|images|kaggle|letters|"
    r"main|master|photos|pictures|signs)([ _-]?v?\d+)?",
    re.I,
)
"""What collections, and not people, are called; ``main`` and ``master`` end the names of downloaded repositories."""

_FLAT: Final = re.compile(r"(.+)_test", re.I)
"""A picture of a test folder without folders: ``A_test.jpg``."""

EXPECTED: Final = "Expected <CLASS>/*.jpg or <signer>/<CLASS>/*.jpg, where a class is A to Z, space, del or nothing"


@dataclass(frozen=True, slots=True)
class Placed:
    """What a picture's place says of it; without a ``label``, ``reason`` says why."""

    label: str | None
    signer: str | None = None
    reason: str = ""


def place(paths: Iterable[str], signer: str | None = None, called: Collection[str] = ()) -> Iterator[Placed]:
    """What each path means, in their order. ``signer`` is everybody's whom no folder names; the collection itself is
    ``called`` one thing or the other, and a folder of such a name in it is nobody's."""
    rows = [(path, *_class_of(PurePosixPath(path))) for path in paths]
    chains = [folders for _, label, folders in rows if label is not None]
    wraps = _common(chains)
    if signer is None and {len(one) for one in chains} == {wraps} == {1} and not _wraps_by_name(chains[0][0], called):
        wraps = 0  # one person's pictures
    for path, label, folders in rows:
        if label is None:
            folder = PurePosixPath(path).parent.name
            said = f"its folder {folder!r} is not" if folder else "it lies in no folder that is"
            yield Placed(None, reason=f"{said} named after a class")
            continue
        names = _persons(folders[wraps:])
        if len(names) > 1:
            yield Placed(None, reason=f"it lies too deep: is the signer {names[0]!r} or {names[1]!r}?")
        else:
            yield Placed(label, names[0] if names else signer)


def _class_of(path: PurePosixPath) -> tuple[str | None, tuple[str, ...]]:
    """The class, and the folders above the one that names it."""
    *folders, last = path.parent.parts or ("",)
    label = label_of(last)
    if label is not None:
        return label, tuple(folders)
    flat = _FLAT.fullmatch(path.stem)
    return (label_of(flat[1]) if flat else None), path.parent.parts


def _persons(folders: tuple[str, ...]) -> list[str]:
    """The folders that may name a signer. One that is nested in another of its name wraps it."""
    doubled = {one for one, other in pairwise(folders) if one == other}
    return [one for one in folders if one not in doubled and not _A_PART.fullmatch(one)]


def _wraps_by_name(folder: str, called: Collection[str]) -> bool:
    """Whether a folder that all pictures lie in is called after the collection, or as collections are."""
    return folder.casefold() in {name.casefold() for name in called} or _A_COLLECTION.fullmatch(folder) is not None


def _common(chains: list[tuple[str, ...]]) -> int:
    """How many folders all chains begin with."""
    if not chains:
        return 0
    first, last = min(chains), max(chains)
    return next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
