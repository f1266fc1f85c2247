"""What a set of pictures consists of: one entry a picture, in a file of JSON Lines. Standard library only.

The first line tells of the set, each further one of a picture. Pictures are found below ``root``, which is written
relative to the file's own folder, so that both may be moved together.
"""

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Self

from worker.ml.full_disk import is_full
from worker.ml.labels import INDEX, LABELS

FORMAT_VERSION: Final = 1

MANIFEST_NAME: Final = "manifest.jsonl"

FILES: Final = "files"
"""The folder of all sets' files, which no set may be called."""

SET_NAME_RULE: Final = f"Small letters a to z, digits, - and _, at most 60, a letter or digit first; not “{FILES}”."
_SET_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")

UNKNOWN_SIGNER: Final = "unknown"
"""What signers whom nobody knows are called together, where a name is needed. Each may be anybody, so that nothing that
was learnt from others may be judged on them."""


def is_set_name(name: str) -> bool:
    """Whether a set may be called so, by :data:`SET_NAME_RULE`: it is a folder's name, and that of a row."""
    return _SET_NAME.fullmatch(name) is not None and name != FILES


class ManifestError(ValueError):
    """A manifest that cannot be read or written. Names the file, what is wrong with it and the remedy."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture. Two entries may share a file: the same bytes were found in two places.

    ``path`` is below the manifest's root, ``source`` where it lay in what was imported, for people, and empty where the
    site's own people gave it; ``signer`` is None where nobody is known; ``width`` and ``height`` are in pixels,
    upright; ``perceptual_hash`` is 64 bits as 16 hexadecimal digits. Near-duplicates, identical pictures among them,
    share their ``group``; a picture like no other is a group of its own.
    """

    path: str
    label: str
    signer: str | None
    sha256: str
    bytes: int
    width: int
    height: int
    perceptual_hash: str
    group: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All entries of a set, in the order of their sources, and what could not be read: (source, reason)."""

    root: Path
    entries: tuple[Entry, ...]
    unreadable: tuple[tuple[str, str], ...] = ()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file, or the one of the usual name in a folder. Raises :class:`ManifestError`."""
        if path.is_dir():
            path = path / MANIFEST_NAME
        try:
            head, *rows = path.read_text(encoding="utf-8").splitlines()
            about = json.loads(head)
            version = about["format_version"]
            if version != FORMAT_VERSION:
                raise ManifestError(f"{path} has format version {version}; this program reads {FORMAT_VERSION}.")
            entries = tuple(Entry(**values) for values in json.loads(f"[{','.join(rows)}]"))
            unreadable = tuple((str(source), str(reason)) for source, reason in about["unreadable"])
            root = Path(os.path.normpath(path.resolve().parent / about["root"]))
            for entry in entries:
                _check(entry, path)
            entries = with_groups_apart(entries)  # of versions that were frozen before it was done then
        except OSError as error:
            raise ManifestError(f"{path} cannot be read: {error.strerror}.") from error
        except ManifestError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ManifestError(f"{path} is no manifest, or was changed. Import the data again.") from error
        if len(entries) != about["pictures"]:
            raise ManifestError(f"{path} has {len(entries)} of {about['pictures']} pictures. Import the data again.")
        return cls(root, entries, unreadable)

    def save(self, path: Path) -> None:
        """Write the file aside and rename it. Raises :class:`ManifestError`; what was there then stays."""
        about = {
            "format_version": FORMAT_VERSION,
            "root": os.path.relpath(self.root.resolve(), path.resolve().parent),
            "pictures": len(self.entries),
            "fingerprint": self.fingerprint,
            "unreadable": self.unreadable,
        }
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as file:
                for line in (about, *map(asdict, self.entries)):
                    file.write(json.dumps(line) + "\n")
            os.replace(part, path)
        except OSError as error:
            part.unlink(missing_ok=True)
            reason = "the disk is full. Make room and try again" if is_full(error) else f"{error.strerror}"
            raise ManifestError(f"{path} cannot be written: {reason}.") from error

    def file_of(self, entry: Entry) -> Path:
        return self.root / entry.path

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the sorted pairs of label and checksum: the same for the same pictures, wherever they lie."""
        digest = hashlib.sha256()
        for label, sha256 in sorted((entry.label, entry.sha256) for entry in self.entries):
            digest.update(f"{label}\0{sha256}\n".encode())
        return digest.hexdigest()

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that occur, in the order of ``LABELS``."""
        found = {entry.label for entry in self.entries}
        return tuple(label for label in LABELS if label in found)

    @property
    def signers(self) -> tuple[str, ...]:
        """The signers that are known, sorted."""
        return tuple(sorted({entry.signer for entry in self.entries if entry.signer is not None}))

    def counts_by_class(self) -> dict[str, int]:
        """Pictures of each of the 29 classes, those without any among them."""
        counts = Counter(entry.label for entry in self.entries)
        return {label: counts[label] for label in LABELS}

    def counts_by_signer(self) -> Mapping[str | None, dict[str, int]]:
        """Pictures of each class, by signer: the known ones sorted, then None if any is unknown."""
        counts = Counter((entry.signer, entry.label) for entry in self.entries)
        signers: list[str | None] = [*self.signers]
        if any(entry.signer is None for entry in self.entries):
            signers.append(None)
        return {signer: {label: counts[signer, label] for label in LABELS} for signer in signers}


def count_unsigned(entries: Iterable[Entry]) -> int:
    """How many are of nobody who is known."""
    return sum(entry.signer is None for entry in entries)


def with_groups_apart(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries, in which no imported picture shares the number of a group with one of the site's own people.

    Either are numbered without regard to the others. Where a number is used by both, those of what was imported follow
    upon the greatest of the others.
    """
    entries = tuple(entries)
    own = {entry.group for entry in entries if not entry.source}
    if own.isdisjoint(entry.group for entry in entries if entry.source):
        return entries
    first = max(own) + 1
    return tuple(replace(entry, group=first + entry.group) if entry.source else entry for entry in entries)


def _check(entry: Entry, path: Path) -> None:
    """Raise :class:`ManifestError` for a picture outside the root and for a class that there is not."""
    if entry.label not in INDEX:
        raise ManifestError(f"{path} has the label {entry.label!r}, which is no class.")
    if entry.path.startswith("/") or ".." in entry.path.split("/"):
        raise ManifestError(f"{path} names {entry.path!r}, which lies outside its folder of pictures.")
