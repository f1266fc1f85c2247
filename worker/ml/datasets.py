"""Photos and landmarks for training, always with their signer: a split that does not know the signer is no test.

Layout: ``<session>/<CLASS>/*.jpg``, where a session is one signer in one room.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from worker.ml.hands.geometry import Floats
from worker.ml.hands.normalise import normalise
from worker.ml.labels import INDEX

PERSONS: Final = {
    "kept_train": "kept",
    "kept_test": "kept",
    "kaggle": "kaggle",
    "kaggle64_train": "kaggle",
    "kaggle100": "kaggle",
    "adi3220__pink": "adi3220",
    "adi3220__grey": "adi3220",
    "dstdaskjl50__src2": "dstdaskjl50",
    "dstdaskjl50__src3": "dstdaskjl50",
    "jbhumika__s1": "jbhumika",
    "jbhumika__s2": "jbhumika",
    "jbhumika__s3": "jbhumika",
    "jbhumika__s4": "jbhumika",
}
"""Sessions that one person recorded, or may have (jbhumika: three or four people in four sessions). A session that is
not listed is a person of its own. No split puts one person on both sides."""


PRINTED: Final = frozenset({"tutututu"})
"""Sessions with their class printed into some photos: a network that reads pixels would learn to read it."""


EMPTY_ROOMS: Final = "rooms"
"""The session of photos without a hand: a person of its own, who lends surroundings to everybody's hands."""


class DatasetError(ValueError):
    """The data are not as they must be. Says which path, and what was expected."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A file, the session it is from and the index of its class in ``LABELS``."""

    path: Path
    session: str
    label: int


def person_of(session: str) -> str:
    return PERSONS.get(session, session)


def scan_photos(root: Path) -> list[Photo]:
    """All photos below ``root``, in a fixed order. Raises :class:`DatasetError` for a folder that names no class."""
    photos = []
    for folder in sorted(path for path in root.glob("*/*") if path.is_dir()):
        if folder.name not in INDEX:
            raise DatasetError(f"{folder} is not named after a class. Expected <session>/<CLASS>/*.jpg below {root}.")
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        photos += [Photo(path, folder.parent.name, INDEX[folder.name]) for path in files]
    if not photos:
        raise DatasetError(f"No photos in {root}. Expected <session>/<CLASS>/*.jpg below it.")
    return photos


def fingerprint(files: Sequence[Path], root: Path) -> str:
    """SHA-256 over the relative paths and contents of the files: the same for the same data, wherever they lie."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class LandmarkSet:
    """Normalised landmarks (n, 21, 3) with the index of their class (n,) and their session (n,).

    Their hands' side is unknown: ``normalise`` was told that they are right hands.
    """

    points: Floats
    labels: npt.NDArray[np.int64]
    sessions: npt.NDArray[np.str_]


def load_landmark_set(path: Path) -> LandmarkSet:
    """An ``.npz`` of MediaPipe landmarks: ``xyz`` (n, 21, 3) in fractions of width and height, ``label`` (n,).

    Raises :class:`DatasetError` for one without hands, or with other labels than classes.
    """
    with np.load(path, allow_pickle=False) as stored:
        points, names = stored["xyz"].astype(np.float32), stored["label"]
    if not len(names):
        raise DatasetError(f"{path} has no hands. Remove it, or fill it.")
    unknown = set(names.tolist()) - set(INDEX)
    if unknown:
        raise DatasetError(f"{path} has labels that are no classes: {', '.join(sorted(unknown))}.")
    sessions = np.full(len(names), path.stem)
    return LandmarkSet(normalise(points, is_left=False), np.array([INDEX[name] for name in names.tolist()]), sessions)
