"""Files by their contents: the same bytes lie there once, whatever they are called and how often they come."""

import os
import threading
from pathlib import Path

from worker.ml.full_disk import is_full


class StoreFull(OSError):
    """There is no room on the disk. Nothing of the file was kept."""


class Store:
    """Files below ``root``, named after their SHA-256. Several threads and processes may put into it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()

    def path_of(self, sha256: str) -> str:
        """Where the file lies below the root."""
        return f"{sha256[:2]}/{sha256}"

    def has(self, path: str, size: int) -> bool:
        """Whether it is there, whole: after a power cut a file may be shorter than it was."""
        try:
            return os.stat(self.root / path).st_size == size
        except OSError:
            return False

    def put(self, path: str, data: bytes) -> bool:
        """Write the file aside and rename it, unless it is there; returns whether it was not.

        Raises :class:`StoreFull`, and :class:`OSError` for other faults of the disk.
        """
        with self._lock:  # the same bytes may come twice at once
            return not self.has(path, len(data)) and self._write(path, data)

    def _write(self, path: str, data: bytes) -> bool:
        place = self.root / path
        part = place.with_name(f".{place.name}.{os.getpid()}.part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            os.replace(part, place)
        except OSError as error:
            part.unlink(missing_ok=True)
            if is_full(error):
                raise StoreFull(error.errno, "the disk is full") from error
            raise
        return True
