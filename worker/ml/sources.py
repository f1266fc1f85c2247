"""Where pictures to import are: a folder or a zip file, read without trusting either.

Links are never followed, and nothing is read that lies outside. A zip file whose names lead elsewhere, or that would
unpack to far more than it is, is refused as a whole; files that are no pictures are passed over and told of.
"""

import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol

from worker.ml.classify import EXTENSIONS
from worker.ml.config import ImageLimits
from worker.ml.images import too_large
from worker.ml.refusal import Refusal, Remedy

_LEFT_BY_SYSTEMS: Final = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})
_RATIO_COUNTS_FROM_BYTES: Final = 1_000_000

# Source of what follows: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.12 to 4.3.16.
_FILE_MARK: Final = b"PK\x03\x04"
_ENTRY_MARK: Final = b"PK\x01\x02"
_ENTRY: Final = struct.Struct("<28xHHH12x")
"""A file in the directory: the lengths of name, extra field and comment, which follow it."""

_END_MARK: Final = b"PK\x05\x06"
_END: Final = struct.Struct("<12xI6x")
"""The directory's end: the directory's bytes."""

_LONGEST_COMMENT: Final = 0xFFFF
_LOCATOR_MARK: Final = b"PK\x06\x07"
_LOCATOR_BYTES: Final = 20
_LARGE_END_MARK: Final = b"PK\x06\x06"
_LARGE_END: Final = struct.Struct("<40xQ8x")
"""Before the end of an archive with many or large files: the directory's bytes again."""


class SourceError(Refusal):
    """A folder or a zip file that is not imported."""


class UnreadableFile(ValueError):
    """One file of a source that cannot be read; ``str()`` is the reason."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What a zip file may unpack to: files, bytes of all, and how often its own size (for files from a megabyte)."""

    max_files: int = 1_000_000
    max_bytes: int = 50_000_000_000
    max_ratio: float = 200.0


@dataclass(frozen=True, slots=True)
class Found:
    """A picture by its path in the source, with ``/``; ``stamp`` changes when the file does."""

    path: str
    size: int
    stamp: str


@dataclass(slots=True)
class Listing:
    """Pictures in order of their paths, and what was passed over: its path and why."""

    found: list[Found] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


class Source(Protocol):
    """Something that pictures are read from."""

    def list(self) -> Listing: ...

    def read(self, found: Found) -> bytes:
        """The whole file. Raises :class:`UnreadableFile`, for one that is larger than a picture may be too."""
        ...


def open_source(
    path: Path,
    limits: ArchiveLimits = ArchiveLimits(),
    pictures: ImageLimits = ImageLimits(),  # noqa: B008 - frozen
) -> AbstractContextManager[Source]:
    """The folder or zip file at ``path``. Raises :class:`SourceError`."""
    if not os.path.lexists(path):
        raise SourceError(path, "There is nothing of this name.", Remedy.CHOOSE_OTHER)
    if path.is_dir():
        return _opened_folder(path, pictures)
    if path.is_file() and zipfile.is_zipfile(path):
        return _opened_archive(path, limits, pictures)
    if path.is_file() and _begins_as_archive(path):
        raise _damaged(path, "its end is missing")
    raise SourceError(path, "It is neither a folder nor a zip file.", Remedy.REPACK)


@contextmanager
def _opened_folder(path: Path, pictures: ImageLimits) -> Iterator[Source]:
    yield _Folder(path, pictures)


@contextmanager
def _opened_archive(path: Path, limits: ArchiveLimits, pictures: ImageLimits) -> Iterator[Source]:
    try:
        _refuse_crowded(path, limits)
        with zipfile.ZipFile(path) as archive:
            yield _Archive(path, archive, limits, pictures)
    except zipfile.BadZipFile as error:
        raise _damaged(path, error) from error


def _begins_as_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_FILE_MARK)) == _FILE_MARK


def _damaged(path: Path, how: object) -> SourceError:
    return SourceError(path, f"The zip file is damaged or was cut off: {how}.", Remedy.FETCH_AGAIN)


@dataclass(frozen=True, slots=True)
class _Folder:
    root: Path
    pictures: ImageLimits

    def list(self) -> Listing:
        listing = Listing()
        self._enter(self.root, "", listing)
        listing.found.sort(key=lambda one: one.path)
        return listing

    def _enter(self, folder: Path, prefix: str, listing: Listing) -> None:
        try:
            with os.scandir(folder) as entries:
                children = sorted(entries, key=lambda one: one.name)
        except OSError as error:
            if not prefix:
                raise SourceError(folder, f"The folder cannot be listed: {error.strerror}.") from error
            listing.skipped.append((prefix, f"the folder cannot be listed: {error.strerror}"))
            return
        if prefix and not children:
            listing.skipped.append((prefix, "the folder is empty"))
        for child in children:
            path = prefix + child.name
            reason = _why_not(child.name, child.is_dir(follow_symlinks=False))
            if child.is_symlink():
                listing.skipped.append((path, "it is a link"))
            elif reason:
                listing.skipped.append((path, reason))
            elif child.is_dir(follow_symlinks=False):
                self._enter(folder / child.name, f"{path}/", listing)
            elif not child.is_file(follow_symlinks=False):
                listing.skipped.append((path, "it is a pipe or a device"))
            else:
                about = child.stat(follow_symlinks=False)
                listing.found.append(Found(path, about.st_size, f"{about.st_size}-{about.st_mtime_ns}"))

    def read(self, found: Found) -> bytes:
        if found.size > self.pictures.max_bytes:
            raise UnreadableFile(str(too_large(found.size, self.pictures)))
        try:
            # Opened without following: what was a file when it was listed may be a link by now.
            with open(os.open(self.root / found.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                return file.read(self.pictures.max_bytes + 1)
        except OSError as error:
            raise UnreadableFile(f"The file cannot be read: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class _Archive:
    path: Path
    archive: zipfile.ZipFile
    limits: ArchiveLimits
    pictures: ImageLimits

    def list(self) -> Listing:
        listing, total = Listing(), 0
        for member in self.archive.infolist():
            self._refuse_hostile(member)
            total += member.file_size
            if total > self.limits.max_bytes:
                most = f"It would unpack to more than {self.limits.max_bytes / 1e9:g} GB."
                raise SourceError(self.path, most, Remedy.DIVIDE)
            if member.is_dir():
                continue
            parts = PurePosixPath(member.filename).parts
            reasons = (_why_not(part, number < len(parts) - 1) for number, part in enumerate(parts))
            reason = next((one for one in reasons if one), "")
            if reason:
                listing.skipped.append((member.filename, reason))
            else:
                listing.found.append(Found(member.filename, member.file_size, f"{member.file_size}-{member.CRC:08x}"))
        listing.found.sort(key=lambda one: one.path)
        return listing

    def _refuse_hostile(self, member: zipfile.ZipInfo) -> None:
        name, ratio = member.orig_filename, member.file_size / max(member.compress_size, 1)
        reason = ""
        if name.startswith("/") or "\\" in name or (len(name) > 1 and name[1] == ":") or "\0" in name:
            reason = "is an absolute path, or none of a zip file"
        elif ".." in name.split("/"):
            reason = "leads out of the folder"
        elif stat.S_ISLNK(member.external_attr >> 16):
            reason = "is a link"
        elif member.flag_bits & 1:
            reason = "is encrypted"
        elif member.file_size >= _RATIO_COUNTS_FROM_BYTES and ratio > self.limits.max_ratio:
            reason = f"would unpack to {ratio:.0f} times its size"
        if reason:
            raise SourceError(self.path, f"It is refused, since {name!r} in it {reason}. Nothing was read from it.")

    def read(self, found: Found) -> bytes:
        if found.size > self.pictures.max_bytes:
            raise UnreadableFile(str(too_large(found.size, self.pictures)))
        try:
            with self.archive.open(found.path) as file:
                return file.read(self.pictures.max_bytes + 1)  # not more, whatever its header says
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise UnreadableFile("The file is damaged inside the zip file.") from error
        except Exception as error:  # zlib's and lzma's own errors have no base in common
            raise UnreadableFile("The file cannot be unpacked.") from error


def _refuse_crowded(path: Path, limits: ArchiveLimits) -> None:
    """Count the files before the library reads the directory, which it does as a whole: half a kilobyte of memory each.

    What the archive says of their number is not believed. Where the directory breaks off, the library will say so.
    """
    with path.open("rb") as file:
        file.seek(_start_of_directory(file))
        for _ in range(limits.max_files):
            head = file.read(_ENTRY.size)
            if len(head) < _ENTRY.size or not head.startswith(_ENTRY_MARK):
                return
            file.seek(sum(_ENTRY.unpack(head)), os.SEEK_CUR)
        if file.read(len(_ENTRY_MARK)) == _ENTRY_MARK:
            raise SourceError(path, f"It has more than {limits.max_files:,} files.", Remedy.DIVIDE)


def _start_of_directory(file: BinaryIO) -> int:
    """Where a zip file's directory begins, found as ``zipfile`` finds it; the end of the file if it has none."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END.size - _LONGEST_COMMENT))
    tail = file.read()
    has_no_comment = tail[-_END.size :].startswith(_END_MARK) and tail.endswith(b"\0\0")
    place = len(tail) - _END.size if has_no_comment else tail.rfind(_END_MARK)
    if place < 0 or len(tail) - place < _END.size:
        return size
    end = size - len(tail) + place
    (length,) = _END.unpack_from(tail, place)
    file.seek(max(0, end - _LOCATOR_BYTES - _LARGE_END.size))
    before = file.read(_LARGE_END.size)
    if before.startswith(_LARGE_END_MARK) and file.read(len(_LOCATOR_MARK)) == _LOCATOR_MARK:
        end -= _LOCATOR_BYTES + _LARGE_END.size
        (length,) = _LARGE_END.unpack(before)
    return end - length if length <= end else size


def _why_not(name: str, is_folder: bool) -> str:
    """Why a file or folder of this name is passed over; empty if it is not."""
    if name.startswith(".") or name in _LEFT_BY_SYSTEMS:
        return "it is left by a system or hidden"
    if not is_folder and PurePosixPath(name).suffix.lower() not in EXTENSIONS:
        return "it is no picture by its name"
    return ""
