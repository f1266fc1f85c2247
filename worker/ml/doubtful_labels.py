"""Labels that a picture's neighbours speak against.

Of each picture the nearest are looked for among those of the same signer, by small copies brought to one brightness and
contrast; its near-duplicates are left out, as one frame of a recording says nothing that the next did not. Source:
Wilson, "Asymptotic Properties of Nearest Neighbor Rules Using Edited Data", 1972.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from worker.ml.manifest import Entry

NEIGHBOURS: Final = 10
FEWEST_AGREEING: Final = 6
"""A label is doubtful if so many of the neighbours have another, the same one, and none has the picture's own."""

_AT_ONCE: Final = 512

Copies = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A picture, the label that its neighbours have, and how many of the :data:`NEIGHBOURS` have it."""

    entry: Entry
    likelier: str
    agreeing: int


def doubtful(entries: Sequence[Entry], copies: Copies) -> list[Doubtful]:
    """Pictures whose labels are doubtful, the most doubtful first; ``copies`` (n, pixels) are theirs.

    A picture is judged only if its class has :data:`NEIGHBOURS` pictures of the same signer that are no near-duplicates
    of it: else its own class could not speak for it. Memory grows with the pictures of a signer.
    """
    places: dict[str | None, list[int]] = {}
    for place, entry in enumerate(entries):
        places.setdefault(entry.signer, []).append(place)
    found = [one for members in places.values() for one in _of_signer([entries[at] for at in members], copies[members])]
    return sorted(found, key=lambda one: -one.agreeing)


def _of_signer(entries: Sequence[Entry], copies: Copies) -> Iterator[Doubtful]:
    if len(entries) <= NEIGHBOURS:
        return
    names, labels = np.unique([entry.label for entry in entries], return_inverse=True)
    groups = np.array([entry.group for entry in entries])
    points = _evened(copies)
    for start in range(0, len(entries), _AT_ONCE):
        asked = slice(start, start + _AT_ONCE)
        is_apart = groups[asked, None] != groups
        can_speak = ((labels[asked, None] == labels) & is_apart).sum(axis=1) >= NEIGHBOURS
        likeness = np.where(is_apart, points[asked] @ points.T, -np.inf)
        near = labels[np.argpartition(-likeness, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]]
        votes = (near[:, :, None] == np.arange(len(names))).sum(axis=1)
        own = votes[np.arange(len(votes)), labels[asked]]
        for row in np.flatnonzero(can_speak & (own == 0) & (votes.max(axis=1) >= FEWEST_AGREEING)):
            yield Doubtful(entries[start + int(row)], str(names[votes[row].argmax()]), int(votes[row].max()))


def _evened(copies: Copies) -> Floats:
    """Points (n, pixels) of length 1, whose products are how alike two pictures are (their correlation)."""
    grey = copies.astype(np.float32)
    grey -= grey.mean(axis=1, keepdims=True)
    points: Floats = grey / (np.linalg.norm(grey, axis=1, keepdims=True) + 1e-6)
    return points
