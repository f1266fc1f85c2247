"""Pictures from a folder or a zip file into the site's own data: checked, hashed, stored once, listed in a manifest.

``<datasets>/files`` holds the files of all sets by their contents, ``<datasets>/<name>/manifest.jsonl`` says which of
them a set consists of. An import notes what it has read in a journal beside the manifest, goes on from there when it
was interrupted, and publishes the manifest at its end in one step.
"""

import fcntl
import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

import numpy as np

from worker.ml import images
from worker.ml.config import OWN_PICTURES, ImageLimits
from worker.ml.full_disk import is_full
from worker.ml.journal import Content, Journal
from worker.ml.layout import EXPECTED, place
from worker.ml.manifest import (
    FILES,
    MANIFEST_NAME,
    SET_NAME_RULE,
    UNKNOWN_SIGNER,
    Entry,
    Manifest,
    count_unsigned,
    is_set_name,
)
from worker.ml.near_duplicates import COPY_SIDE, group, small_copy
from worker.ml.perceptual_hash import difference_hash
from worker.ml.progress import Progress
from worker.ml.refusal import Refusal, Remedy
from worker.ml.sources import Found, Source, UnreadableFile, open_source
from worker.ml.store import Store

_AT_ONCE: Final = 64
_THREADS: Final = 2
"""A picture of the most pixels takes up to 950 MB while it is decoded: two at once."""

_SKIPPED_TOLD: Final = 5
"""Of what a folder that is not imported has besides pictures of classes."""

_COARSE: Final = replace(OWN_PICTURES, longest_side=4 * COPY_SIDE, shortest_side=1)

_COPY: Final = "it is a copy of another picture of its class and signer"
_COPY_OF_KNOWN: Final = "it is a copy of another picture of its class, whose signer is known"
_IN_SEVERAL_CLASSES: Final = "the same file is in several classes; leave it in the right one and import it again"

Skipped = list[tuple[str, str]]


class DataError(Refusal):
    """Data that cannot be imported, or not now."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: the set, how many entries and files are new, of how many that were there the signer is
    known now, how many were read before an interrupt, and what was passed over, and why."""

    manifest: Manifest
    added: int
    signed: int
    stored: int
    resumed: int
    skipped: Skipped


@dataclass(frozen=True, slots=True)
class _Picture:
    """A file of the source, with what its place says of it."""

    found: Found
    label: str
    signer: str | None


_Row = tuple[_Picture, Content]


@dataclass(slots=True)
class _Reader:
    """Reads files; those that ``known`` (by SHA-256) has are not decoded again, and of ``contested`` ones nothing is
    stored."""

    source: Source
    limits: ImageLimits
    known: dict[str, Content] = field(default_factory=dict)
    store: Store | None = None
    contested: frozenset[str] = frozenset()
    stored: int = 0
    resumed: int = 0

    def read_all(self, pictures: Sequence[_Picture], progress: Progress, journal: Journal | None) -> list[Content]:
        """In the order of the pictures; what the journal has is not read again."""
        contents: list[Content] = []
        with ThreadPoolExecutor(_THREADS) as pool:
            for some in _batches(pictures, _AT_ONCE):
                noted = [self._noted(one.found, journal) for one in some]
                read = list(pool.map(self._read, (one.found for one, c in zip(some, noted, strict=True) if not c)))
                self.stored += sum(is_new for _, is_new in read)
                self.resumed += len(some) - len(read)
                rest = iter(read)
                got = [content or next(rest)[0] for content in noted]
                if journal:
                    rows = zip(some, got, noted, strict=True)
                    journal.add((one.found.path, one.found.stamp, c) for one, c, before in rows if not before)
                contents += got
                progress.advance(len(some))
        progress.finish()
        return contents

    def _noted(self, found: Found, journal: Journal | None) -> Content | None:
        """What the journal has of the file, if what it stored of it is there, whole."""
        content = journal.get(found.path, found.stamp) if journal else None
        if content is None or content.reason or self.store is None or content.sha256 in self.contested:
            return content
        return content if self.store.has(self.store.path_of(content.sha256), content.bytes) else None

    def _read(self, found: Found) -> tuple[Content, bool]:
        """The file's content, and whether it was stored now."""
        try:
            data = self.source.read(found)
            sha256 = hashlib.sha256(data).hexdigest()
            content = self.known.get(sha256) or _looked_at(data, sha256, self.limits)
        except (UnreadableFile, images.ImageError) as error:
            return Content(reason=str(error)), False
        if self.store is None or sha256 in self.contested:
            return content, False
        return content, self.store.put(self.store.path_of(sha256), data)


def import_pictures(
    path: Path,
    datasets: Path,
    name: str,
    out: TextIO,
    *,
    signer: str | None = None,
    limits: ImageLimits = ImageLimits(),  # noqa: B008 - frozen
) -> Imported:
    """Add the pictures at ``path`` to the set ``name``, which is made if there is none; progress goes to ``out``.

    What the set has already, by contents, class and signer, is not added again; ``signer`` is whoever no folder names.
    Of a picture whose signer becomes known, that is noted instead.
    Raises :class:`DataError`, ``SourceError`` and ``ManifestError``: the set then is as it was, and the same call goes
    on where it stopped.
    """
    if not is_set_name(name):
        raise DataError(path, f"{name!r} cannot be a set's name. {SET_NAME_RULE}", Remedy.RENAME)
    folder, store = datasets / name, Store(datasets / FILES)
    with _faults_in_words(datasets), _locked(folder), open_source(path, pictures=limits) as source:
        pictures, skipped = _placed(source, path, signer, name)
        before = Manifest.load(folder) if (folder / MANIFEST_NAME).exists() else Manifest(store.root, ())
        known = {one.sha256: _content(one) for one in before.entries}
        reader = _Reader(source, limits, known, store, _contested(source, pictures) - known.keys())
        with Journal(folder / "import.journal", path) as journal:
            contents = reader.read_all(pictures, Progress(out, "pictures", len(pictures)), journal)
            rows, repeated = _told_apart(before, list(zip(pictures, contents, strict=True)))
            if not before.entries and all(content.reason for _, content in rows):
                journal.remove()  # there is nothing to go on with
        manifest = _joined(path, before, rows, lambda sha256, _: store.path_of(sha256), repeated)
        added = len(manifest.entries) - len(before.entries)
        signed = count_unsigned(before.entries) - count_unsigned(manifest.entries[: len(before.entries)])
        if added:
            manifest = _grouped(manifest, out)
        if manifest != before:
            manifest.save(folder / MANIFEST_NAME)
        journal.remove()
        return Imported(manifest, added, signed, reader.stored, reader.resumed, [*repeated, *skipped])


def scan_folder(path: Path, out: TextIO, *, signer: str | None = None) -> Manifest:
    """The manifest of a folder of pictures, which stay where they are; nothing is written.

    Raises :class:`DataError` and ``SourceError``.
    """
    if path.is_file():
        raise DataError(path, "It is no folder. A zip file is imported first, by manage.py import_dataset.")
    with open_source(path, pictures=OWN_PICTURES) as source:
        pictures, skipped = _placed(source, path, signer)
        for what, why in skipped[:_SKIPPED_TOLD]:
            out.write(f"Passed over {path / what}: {why}.\n")
        if len(skipped) > _SKIPPED_TOLD:
            out.write(f"Passed over {len(skipped) - _SKIPPED_TOLD:,} more.\n")
        contents = _Reader(source, OWN_PICTURES).read_all(pictures, Progress(out, "pictures", len(pictures)), None)
    rows = list(zip(pictures, contents, strict=True))
    return _grouped(_joined(path, Manifest(path, ()), rows, lambda sha256, found: found), out)


def _placed(source: Source, path: Path, signer: str | None, name: str = "") -> tuple[list[_Picture], Skipped]:
    listing = source.list()
    pictures, skipped = [], list(listing.skipped)
    meant = place([one.path for one in listing.found], signer, (path.resolve().stem, name))
    for found, placed in zip(listing.found, meant, strict=True):
        if placed.label is None:
            skipped.append((found.path, placed.reason))
        else:
            known = placed.signer if placed.signer and placed.signer.casefold() != UNKNOWN_SIGNER else None
            pictures.append(_Picture(found, placed.label, known))
    if not pictures:
        example = f" Of {skipped[0][0]!r}, for one: {skipped[0][1]}." if skipped else ""
        raise DataError(path, f"There are no pictures of known classes in it. {EXPECTED}.{example}")
    return pictures, skipped


def _contested(source: Source, pictures: Sequence[_Picture]) -> frozenset[str]:
    """The SHA-256 of files that are in several classes, and so are taken in none: told before anything is stored, as
    bytes that lie there may be another set's the next moment, and could not be removed. Equal files have one size."""
    by_size: dict[int, list[_Picture]] = defaultdict(list)
    for picture in pictures:
        by_size[picture.found.size].append(picture)
    labels: dict[str, set[str]] = defaultdict(set)
    for alike in by_size.values():
        if len({picture.label for picture in alike}) < 2:
            continue
        for picture in alike:
            with suppress(UnreadableFile):
                labels[hashlib.sha256(source.read(picture.found)).hexdigest()].add(picture.label)
    return frozenset(sha256 for sha256, of_it in labels.items() if len(of_it) > 1)


def _looked_at(data: bytes, sha256: str, limits: ImageLimits) -> Content:
    image = images.decode(data, limits)
    return Content(sha256, len(data), *image.size, f"{difference_hash(image):016x}")


def _content(entry: Entry) -> Content:
    return Content(entry.sha256, entry.bytes, entry.width, entry.height, entry.perceptual_hash)


def _told_apart(before: Manifest, rows: Sequence[_Row]) -> tuple[list[_Row], Skipped]:
    """Those to be taken, and what repeats others. Of a file in several classes one is right at most: none is taken that
    the set does not have already, as only a person can say which."""
    classes: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in before.entries:
        classes[entry.sha256].setdefault(entry.label, entry.source)
    had = {(sha256, label) for sha256, labels in classes.items() for label in labels}
    for picture, content in rows:
        if not content.reason:
            classes[content.sha256].setdefault(picture.label, picture.found.path)
    named = {(e.sha256, e.label) for e in before.entries if e.signer}
    named |= {(content.sha256, picture.label) for picture, content in rows if picture.signer}
    taken: list[_Row] = []
    seen, conflicts, copies = set(), {}, []
    for picture, content in rows:
        key = (content.sha256, picture.label, picture.signer)
        labels = classes.get(content.sha256, {})
        if len(labels) > 1 and key[:2] not in had:
            conflicts[content.sha256] = " = ".join(labels.values())
        elif key in seen and not content.reason:
            copies.append((picture.found.path, _COPY))
        elif picture.signer is None and key[:2] in named and not content.reason:
            copies.append((picture.found.path, _COPY_OF_KNOWN))
        else:
            seen.add(key)
            taken.append((picture, content))
    return taken, [*((paths, _IN_SEVERAL_CLASSES) for paths in conflicts.values()), *copies]


def _joined(
    path: Path,
    before: Manifest,
    rows: Sequence[_Row],
    path_of: Callable[[str, str], str],
    repeated: Sequence[tuple[str, str]] = (),
) -> Manifest:
    """The set with the pictures that it has not yet; their groups are still to be found."""
    had = {(entry.sha256, entry.label, entry.signer) for entry in before.entries}
    unsigned = {(e.sha256, e.label): place for place, e in enumerate(before.entries) if e.signer is None}
    entries, unreadable = list(before.entries), dict(before.unreadable)
    for picture, content in rows:
        source = picture.found.path
        unreadable.pop(source, None)
        if content.reason:
            unreadable[source] = content.reason
        elif (content.sha256, picture.label, picture.signer) in had:
            continue
        elif picture.signer and (place := unsigned.pop((content.sha256, picture.label), None)) is not None:
            entries[place] = replace(entries[place], signer=picture.signer)
        else:
            c, stored = content, path_of(content.sha256, source)
            size = c.bytes, c.width, c.height
            entries.append(Entry(stored, picture.label, picture.signer, c.sha256, *size, c.perceptual_hash, 0, source))
    if not entries and repeated:
        raise DataError(path, f"Nothing of it can be taken. Of {repeated[0][0]}: {repeated[0][1]}.")
    if not entries:
        raise DataError(path, f"Not one of {len(rows)} pictures can be read. Of the first: {rows[0][1].reason}")
    return Manifest(before.root, tuple(entries), tuple(unreadable.items()))


def _grouped(manifest: Manifest, out: TextIO) -> Manifest:
    """With groups of near-duplicates, which are looked for among all pictures."""
    out.write("Looking for near-duplicates ...\n")
    distinct = {entry.sha256: entry for entry in manifest.entries}
    ones = list(distinct.values())
    with ThreadPoolExecutor(_THREADS) as pool:

        def load(places: list[int]) -> list[bytes]:
            return list(pool.map(partial(_small_copy_of, manifest), (ones[number] for number in places)))

        numbers = group(np.array([int(one.perceptual_hash, 16) for one in ones], np.uint64), load)
    groups = dict(zip(distinct, numbers, strict=True))
    return replace(manifest, entries=tuple(replace(one, group=groups[one.sha256]) for one in manifest.entries))


def _small_copy_of(manifest: Manifest, entry: Entry) -> bytes:
    return small_copy(images.decode(manifest.file_of(entry).read_bytes(), _COARSE))


def _batches(pictures: Iterable[_Picture], size: int) -> Iterator[list[_Picture]]:
    rest = iter(pictures)
    while some := list(islice(rest, size)):
        yield some


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One import into a set at a time. A folder that the import leaves empty goes again."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise DataError(folder, f"Another import into {folder.name!r} is running.", Remedy.WAIT) from error
    finally:
        os.close(handle)
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def _faults_in_words(datasets: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        full = "There is no room for more pictures on the disk. The set is as it was."
        raise DataError(datasets, full, Remedy.MAKE_ROOM) from error
