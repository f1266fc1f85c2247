"""Read pictures from files and folders and say what they show: the loop behind both ``classify`` commands."""

import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TextIO

from worker.ml.artifact import SHIPPED
from worker.ml.config import OWN_PICTURES, ImageLimits
from worker.ml.images import ImageError
from worker.ml.labels import NAMES
from worker.ml.recognition import Recognition, one_of

Format = Literal["text", "jsonl"]

EXTENSIONS: Final = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"}
    | {".ppm", ".pgm", ".pbm", ".pnm"}
)
"""What is taken for a picture inside a folder; a file that is named is read whatever it is called."""


class CanRecognise(Protocol):
    def recognise(self, data: bytes, limits: ImageLimits) -> Recognition: ...


@dataclass(frozen=True, slots=True)
class Line:
    """The answer for one file, or the sentence why there is none. The fields are those of a jsonl line."""

    path: str
    label: str | None = None
    confidence: float | None = None
    is_unsure: bool | None = None
    contenders: list[str] = field(default_factory=list)
    top: list[dict[str, Any]] = field(default_factory=list)
    hand: dict[str, Any] | None = None
    milliseconds: dict[str, float] = field(default_factory=dict)
    error: str | None = None

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    def as_text(self) -> str:
        if self.error is not None or self.label is None or self.confidence is None:
            return f"{self.path}: error: {self.error}"
        shares = [f"{NAMES[c['label']]} {c['confidence']:.0%}" for c in self.top]
        if self.is_unsure:
            return f"{self.path}: not sure: {one_of(shares[: len(self.contenders)])}"
        return f"{self.path}: {shares[0]} (then {', '.join(shares[1:3])})"


def pictures(paths: Iterable[Path]) -> Iterator[Path]:
    """Named files as they come; the pictures below each folder in order of their paths.

    A folder that may not be listed is yielded itself, so that it is told and not passed over.
    """
    for path in paths:
        if path.is_dir():
            closed: list[OSError] = []
            below = [Path(place, name) for place, _, names in os.walk(path, onerror=closed.append) for name in names]
            found = [one for one in below if one.suffix.lower() in EXTENSIONS]
            yield from sorted([*found, *(Path(error.filename) for error in closed)])
        else:
            yield path


def classify(recogniser: CanRecognise, paths: Iterable[Path]) -> Iterator[Line]:
    for path in pictures(paths):
        shown = os.fsencode(path).decode("utf-8", "replace")
        if path.exists() and not path.is_file() and not path.is_dir():
            yield Line(path=shown, error="This is no file, but a pipe or a device.")  # which might never end
            continue
        try:
            recognition = recogniser.recognise(path.read_bytes(), OWN_PICTURES)
        except ImageError as error:
            yield Line(path=shown, error=str(error))
        except OSError as error:
            yield Line(path=shown, error=f"The file cannot be read: {error.strerror}.")
        else:
            said = recognition.as_dict()
            yield Line(path=shown, **said | {"top": list(said["top"]), "contenders": list(recognition.contenders)})


def classify_paths(
    paths: Sequence[Path], *, format: Format = "text", directory: Path | None = None, threads: int = 2
) -> int:
    """Print a line for each picture, read by the artefact in ``directory`` (the shipped one unless given).

    Returns the exit code: 0; 1 if any file failed; 2 if a path is not there, which is told before any is read. A reader
    who closes the pipe ends it quietly.
    """
    missing = [str(path) for path in paths if not os.path.exists(path)]  # Path.exists raises on names too long
    if missing:
        print(f"There is no such file or folder, or it may not be read: {', '.join(missing)}", file=sys.stderr)
        return 2
    for folder in (path for path in paths if path.is_dir() and not any(pictures([path]))):
        print(f"There is no picture in {folder}.", file=sys.stderr)
    from worker.ml.inference import Recogniser

    recogniser = Recogniser.load(directory or SHIPPED, threads=threads)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show ends nothing
    try:
        return write(classify(recogniser, paths), format=format, out=sys.stdout)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush when the interpreter ends
        if isinstance(error, BrokenPipeError):
            return 0
        print(f"The answers cannot be written: {error.strerror}.", file=sys.stderr)
        return 1


def write(lines: Iterable[Line], *, format: Format, out: TextIO) -> int:
    """Each line as soon as it is known; 1 if any told of an error, else 0."""
    failed = False
    for line in lines:
        failed |= line.error is not None
        out.write((line.as_json() if format == "jsonl" else line.as_text()) + "\n")
        out.flush()
    return int(failed)
