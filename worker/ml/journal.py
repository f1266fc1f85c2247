"""What an import has read so far, so that it goes on after an interrupt: one line of JSON a file."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self, TextIO


@dataclass(frozen=True, slots=True)
class Content:
    """What a file is, as it is in a manifest's entry; or, with a ``reason``, why it cannot be read."""

    sha256: str = ""
    bytes: int = 0
    width: int = 0
    height: int = 0
    perceptual_hash: str = ""
    reason: str = ""


class Journal:
    """Contents by the path and the stamp of their files, for one source. Another source's journal is begun anew."""

    def __init__(self, path: Path, source: Path) -> None:
        self.path = path
        self._source = str(source.resolve())
        self._contents: dict[tuple[str, str], Content] = {}
        self._file: TextIO

    def __enter__(self) -> Self:
        self._read()
        part = self.path.with_suffix(".part")  # written again without a last line that was cut off, and aside:
        self._file = part.open("w", encoding="utf-8")  # whoever is killed here still has the one before
        self._file.write(json.dumps({"source": self._source}) + "\n")
        self._write((*key, content) for key, content in self._contents.items())
        os.replace(part, self.path)
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def get(self, path: str, stamp: str) -> Content | None:
        return self._contents.get((path, stamp))

    def add(self, rows: Iterable[tuple[str, str, Content]]) -> None:
        """Note the contents of files, by path and stamp; a process that is killed after this loses none of it."""
        kept = list(rows)
        self._contents |= {(path, stamp): content for path, stamp, content in kept}
        self._write(kept)

    def remove(self) -> None:
        """The import is done."""
        self.path.unlink(missing_ok=True)

    def _write(self, rows: Iterable[tuple[str, str, Content]]) -> None:
        for path, stamp, content in rows:
            self._file.write(json.dumps([path, stamp, asdict(content)]) + "\n")
        self._file.flush()

    def _read(self) -> None:
        try:
            head, *lines = self.path.read_text(encoding="utf-8").splitlines()
            if json.loads(head)["source"] != self._source:
                return
            for line in lines:
                path, stamp, content = json.loads(line)
                self._contents[path, stamp] = Content(**content)
        except (OSError, ValueError, KeyError, TypeError):
            return  # there is none, or its last line was cut off: what was read before that stays
