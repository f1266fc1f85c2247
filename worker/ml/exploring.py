"""What a set of pictures is like: balance, sizes, light, what is there twice, and labels that may be wrong."""

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TextIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from worker.ml import images
from worker.ml.config import OWN_PICTURES
from worker.ml.doubtful_labels import Doubtful, doubtful
from worker.ml.labels import LABELS
from worker.ml.manifest import Entry, Manifest
from worker.ml.near_duplicates import COPY_SIDE, small_copy
from worker.ml.progress import Progress

_COARSE: Final = replace(OWN_PICTURES, longest_side=4 * COPY_SIDE, shortest_side=1)
_THREADS: Final = 2
_AT_ONCE: Final = 256
_SHOWN_OF_A_CLASS: Final = 4
_THUMBNAIL_PIXELS: Final = 96

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is left of pictures once each was looked at: those that are still there, their small copies (n, pixels) of
    bytes, mean and standard deviation of their grey levels (n, 2) in 0..1, and the files that are gone."""

    entries: tuple[Entry, ...]
    copies: npt.NDArray[np.uint8]
    light: Floats
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exploration:
    """All that a report tells of. ``brightness`` and ``contrast`` (n,) are mean and standard deviation of the grey
    levels of each picture that is still there, 0..1; ``measured`` are their entries."""

    manifest: Manifest
    measured: tuple[Entry, ...]
    brightness: Floats
    contrast: Floats
    identical: tuple[tuple[Entry, ...], ...]
    alike: tuple[tuple[Entry, ...], ...]
    doubtful: tuple[Doubtful, ...]
    examples: tuple[tuple[Entry, bytes], ...]
    missing: tuple[str, ...]

    @property
    def alike_under_two_labels(self) -> list[tuple[Entry, ...]]:
        """Groups of near-duplicates, identical pictures among them, of which not all can be labelled right."""
        return [group for group in self.alike if len({entry.label for entry in group}) > 1]

    @property
    def alike_by_two_signers(self) -> list[tuple[Entry, ...]]:
        """Groups of near-duplicates of which one person may go by two names."""
        return [group for group in self.alike if len({entry.signer for entry in group}) > 1]


def explore(manifest: Manifest, out: TextIO) -> Exploration:
    """Look at every picture once; progress goes to ``out``. Files that are gone are told of in ``missing``."""
    seen = look_at(manifest, out)
    return Exploration(
        manifest=manifest,
        measured=seen.entries,
        brightness=seen.light[:, 0],
        contrast=seen.light[:, 1],
        identical=_together((entry.sha256, entry) for entry in manifest.entries),
        alike=_together((str(entry.group), entry) for entry in manifest.entries),
        doubtful=tuple(doubtful(seen.entries, seen.copies)),
        examples=tuple(_examples(manifest, seen.entries)),
        missing=seen.missing,
    )


def look_at(manifest: Manifest, out: TextIO) -> Seen:
    """Read every picture; progress goes to ``out``."""
    entries, missing, copies = [], [], bytearray()
    light: list[tuple[float, float]] = []
    progress = Progress(out, "pictures", len(manifest.entries))
    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(manifest.entries), _AT_ONCE):
            some = manifest.entries[start : start + _AT_ONCE]
            for entry, seen in zip(some, pool.map(partial(_seen, manifest), some), strict=True):
                if seen is None:
                    missing.append(entry.source)
                else:
                    entries.append(entry)
                    copies += seen[0]
                    light.append(seen[1])
            progress.advance(len(some))
    progress.finish()
    small = np.frombuffer(bytes(copies), np.uint8).reshape(-1, COPY_SIDE * COPY_SIDE)
    return Seen(tuple(entries), small, np.array(light, np.float32).reshape(-1, 2), tuple(missing))


def _seen(manifest: Manifest, entry: Entry) -> tuple[bytes, tuple[float, float]] | None:
    """The small copy, and brightness and contrast; None if the file is gone or was changed."""
    try:
        copy = small_copy(images.decode(manifest.file_of(entry).read_bytes(), _COARSE))
    except (OSError, images.ImageError):
        return None
    grey = np.frombuffer(copy, np.uint8).astype(np.float32) / 255
    return copy, (float(grey.mean()), float(grey.std()))


def _together(keyed: Iterable[tuple[str, Entry]]) -> tuple[tuple[Entry, ...], ...]:
    """Entries of the same key, where there are two or more; the largest groups first."""
    groups = defaultdict(list)
    for key, entry in keyed:
        groups[key].append(entry)
    return tuple(tuple(group) for group in sorted(groups.values(), key=len, reverse=True) if len(group) > 1)


def _examples(manifest: Manifest, entries: Sequence[Entry]) -> list[tuple[Entry, bytes]]:
    """Some pictures of each class, spread over its signers and its order, as small JPEGs."""
    by_class = defaultdict(list)
    for entry in entries:
        by_class[entry.label].append(entry)
    chosen = []
    for label in LABELS:
        members, count = by_class[label], min(_SHOWN_OF_A_CLASS, len(by_class[label]))
        chosen += [members[len(members) * number // count] for number in range(count)]
    return [(entry, thumbnail(manifest, entry)) for entry in chosen]


def thumbnail(manifest: Manifest, entry: Entry) -> bytes:
    """The picture as a square JPEG of few pixels and without metadata."""
    limits = replace(OWN_PICTURES, longest_side=4 * _THUMBNAIL_PIXELS, shortest_side=1)
    image = images.decode(manifest.file_of(entry).read_bytes(), limits)
    buffer = io.BytesIO()
    square = ImageOps.pad(image, (_THUMBNAIL_PIXELS, _THUMBNAIL_PIXELS), Image.Resampling.BICUBIC, color="#808080")
    square.info.clear()
    square.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()


def balance(counts: Iterable[int]) -> float:
    """How evenly pictures are spread over what has any, 0..1: their entropy as a share of the most that it could be."""
    shares = np.array([count for count in counts if count], float)
    if len(shares) < 2:
        return 1.0
    shares /= shares.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(len(shares)))


def sizes(manifest: Manifest) -> list[tuple[tuple[int, int], int]]:
    """Width and height in pixels, and how many pictures have them; the most frequent first."""
    return Counter((entry.width, entry.height) for entry in manifest.entries).most_common()
