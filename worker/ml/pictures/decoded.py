"""Pictures decoded once and kept on disk at a network's size, read from there piece by piece.

They are read and not mapped: what a process has mapped counts as its memory, and 87,000 pictures would be a lot of it.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from worker.ml.datasets import DatasetError
from worker.ml.images import ImageError, decode_file
from worker.ml.pictures.dataset import Indices, PictureSet
from worker.ml.pictures.squares import Pixels, squared
from worker.ml.progress import Report
from worker.ml.threads import allowed_threads

VERSION: Final = 2
"""Raise it when the same file would be decoded otherwise: kept pictures have it in their name.
2: no pixels are skipped of large pictures in few colours, in black and white or in sixteen bits."""

_CHUNK: Final = 256
_REPORT_EVERY: Final = 8192


class DecodedPictures:
    """``len`` pictures (side, side, 3) of bytes, in a file without a head."""

    def __init__(self, path: Path, side: int) -> None:
        self.side = side
        self._bytes = side * side * 3
        self._file = os.open(path, os.O_RDONLY)
        self._count = os.fstat(self._file).st_size // self._bytes

    def __del__(self) -> None:
        os.close(self._file)

    def __len__(self) -> int:
        return self._count

    def read(self, rows: Indices) -> Pixels:
        """Colours (k, side, side, 3) of the rows (k,), in their order."""
        pixels = np.empty((len(rows), self.side, self.side, 3), np.uint8)
        for place, row in enumerate(rows):
            os.preadv(self._file, [pixels[place].data.cast("B")], int(row) * self._bytes)
        return pixels


def decode_all(pictures: PictureSet, side: int, cache: Path, report: Report) -> DecodedPictures:
    """Decode what ``cache`` does not have yet.

    Raises :class:`~worker.ml.datasets.DatasetError` for a picture that cannot be read, and for a disk that is full.
    """
    digest = hashlib.sha256("\n".join(pictures.sha256).encode())
    path = cache / f"pictures-{side}-{VERSION}-{digest.hexdigest()[:16]}.bin"
    size = len(pictures) * side * side * 3
    if not (path.exists() and path.stat().st_size == size):
        try:
            cache.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(cache).free < size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            _write(pictures, side, path, report)
        except OSError as error:
            raise DatasetError(
                f"The decoded pictures, {size / 1e6:.0f} MB, cannot be kept in {cache}: {error.strerror}. "
                "Name a folder with more room by --cache."
            ) from error
    return DecodedPictures(path, side)


def _write(pictures: PictureSet, side: int, path: Path, report: Report) -> None:
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            for done, pixels in enumerate(_decoded(pictures.paths, side), start=1):
                file.write(pixels.data)
                if done % _REPORT_EVERY == 0:
                    report(f"decoded {done} of {len(pictures)} pictures")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _decoded(paths: Sequence[Path], side: int) -> Iterator[npt.NDArray[np.uint8]]:
    with ThreadPoolExecutor(allowed_threads()) as threads:
        for start in range(0, len(paths), _CHUNK):
            yield from threads.map(lambda path: _read(path, side), paths[start : start + _CHUNK])


def _read(path: Path, side: int) -> Pixels:
    try:
        return squared(decode_file(path), side)
    except ImageError as error:
        raise DatasetError(f"{path} cannot be read: {error} Import the data again.") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}. Import the data again.") from error
