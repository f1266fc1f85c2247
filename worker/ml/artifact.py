"""A trained model on disk: its files, and one ``artifact.json`` that says what they are.

Written aside and renamed, so that a reader never meets half an artefact. What is served can carry no code:
LiteRT flatbuffers, JSON and Markdown. The Keras file beside them is for further training; never load a stranger's.
"""

import hashlib
import json
import math
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from worker.ml.labels import LABELS

FORMAT_VERSION: Final = 2
"""1: landmarks family; letter network, temperature, hashes of the carried hand networks.
2: a second network for pixels, the landmarks' share beside it, and the threshold below which an answer is unsure."""

SHIPPED: Final = Path(__file__).resolve().parent.parent / "pretrained"
"""The artefact that comes with the program."""

REMEDY: Final = "Restore the artefact or train it again."
MANIFEST: Final = "artifact.json"
CARD: Final = "MODEL_CARD.md"
REPORT_JSON: Final = "report.json"
REPORT_HTML: Final = "report.html"

_TELLING: Final = frozenset({CARD, REPORT_JSON, REPORT_HTML})
"""Files that tell of a model and have no say in its answers."""


class ArtifactError(RuntimeError):
    """An artefact that cannot be served. Names the file and the remedy."""


class ArtifactIncompatible(ArtifactError):
    """Written by another format version or for other labels."""


class ArtifactCorrupt(ArtifactError):
    """A file is missing or is not what was published."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """The manifest. ``files`` maps each file's name to its SHA-256; ``carried`` does so for the hand networks that
    come with another package. ``landmarks_share`` (0..1) weighs the landmarks' log-probabilities against the pixels';
    ``temperature`` divides the sum before the softmax; answers whose confidence is below ``unsure_below`` (0..1) are
    unsure. ``landmarks_alone`` has both for the landmarks' network by itself, which the live page asks; None where they
    are the same. ``made_with`` holds the versions of the libraries that trained it."""

    name: str
    family: str
    landmarks_share: float
    temperature: float
    unsure_below: float
    config: Mapping[str, Any]
    data: Mapping[str, Any]
    metrics: Mapping[str, Any]
    carried: Mapping[str, str]
    made_with: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    landmarks_alone: Mapping[str, float] | None = None
    labels: tuple[str, ...] = LABELS
    format_version: int = FORMAT_VERSION
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all of its own that decides on answers: told of otherwise, it is the same version."""
        networks = sorted((name, sha256) for name, sha256 in self.files.items() if name not in _TELLING)
        decides: list[Any] = [networks, self.landmarks_share, self.temperature, self.unsure_below]
        if self.landmarks_alone:
            decides.append(sorted(self.landmarks_alone.items()))
        return hashlib.sha256(json.dumps(decides).encode()).hexdigest()

    @property
    def of_landmarks_alone(self) -> Mapping[str, float]:
        """``temperature`` and ``unsure_below`` of the landmarks' network by itself."""
        return self.landmarks_alone or {"temperature": self.temperature, "unsure_below": self.unsure_below}

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the manifest and verify every file. Raises :class:`ArtifactError`."""
        artifact = cls.read(directory)
        for name, checksum in artifact.files.items():
            verify(directory / name, checksum)
        return artifact

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the manifest alone; the files that it names may be gone or changed. Raises :class:`ArtifactError`."""
        path = directory / MANIFEST
        try:
            values = json.loads(path.read_text())
            version = values["format_version"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArtifactCorrupt(f"{path} is missing or unreadable. {REMEDY}") from error
        if version != FORMAT_VERSION:
            is_newer = isinstance(version, int) and version > FORMAT_VERSION
            raise ArtifactIncompatible(
                f"{path} has format version {version}; this program reads {FORMAT_VERSION}. "
                + ("Upgrade the program." if is_newer else "Train the model again.")
            )
        try:
            artifact = cls(**{**values, "labels": tuple(values["labels"])})
        except (KeyError, TypeError) as error:
            raise ArtifactCorrupt(f"{path} lacks fields or has unknown ones. Train the model again.") from error
        if artifact.labels != LABELS:
            raise ArtifactIncompatible(f"{path} was trained for other classes. Train the model again.")
        artifact._check(path)
        for name in artifact.files:
            if Path(name).name != name:
                raise ArtifactCorrupt(f"{path} names {name}, which is no file of its own folder. Restore the artefact.")
        return artifact

    def publish(self, directory: Path, files: Mapping[str, bytes]) -> Self:
        """Write the files, their checksums and the manifest to ``directory``, replacing what was there.

        A reader meets the one or the other, never half of it. What is stopped just between the two renamings leaves the
        former beside it, as ``.old``: the next call puts that back before anything else.
        """
        published = type(self)(
            **{**self._fields(), "files": {n: hashlib.sha256(b).hexdigest() for n, b in files.items()}}
        )
        part, retired = (directory.with_name(directory.name + suffix) for suffix in (".part", ".old"))
        if retired.exists() and not directory.exists():
            os.replace(retired, directory)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            for name, content in files.items():
                (part / name).write_bytes(content)
            (part / MANIFEST).write_text(json.dumps(published._fields(), indent=1) + "\n")
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        shutil.rmtree(retired, ignore_errors=True)
        if directory.exists():
            os.replace(directory, retired)
        os.replace(part, directory)
        shutil.rmtree(retired, ignore_errors=True)
        return published

    def _check(self, path: Path) -> None:
        """Raise :class:`ArtifactCorrupt` for values that cannot be served with."""
        alone = self.landmarks_alone
        if alone is not None and not (isinstance(alone, dict) and set(alone) == {"temperature", "unsure_below"}):
            raise ArtifactCorrupt(f"{path} has no temperature and threshold for landmarks alone. {REMEDY}")
        of_alone = self.of_landmarks_alone
        temperatures = (self.temperature, of_alone["temperature"])
        shares = (self.landmarks_share, self.unsure_below, of_alone["unsure_below"])
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in (*temperatures, *shares)):
            raise ArtifactCorrupt(f"{path} has a share, a temperature or a threshold that is no number. {REMEDY}")
        if not (min(temperatures) > 0 and min(shares) >= 0 and max(shares) <= 1):
            raise ArtifactCorrupt(f"{path} has a share, a temperature or a threshold that is out of range. {REMEDY}")
        if not all(isinstance(one, dict) for one in (self.files, self.carried, self.config, self.metrics)):
            raise ArtifactCorrupt(f"{path} has lists where it should have names and values. {REMEDY}")

    def _fields(self) -> dict[str, Any]:
        return asdict(self)


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path, expected: str) -> None:
    """Raise :class:`ArtifactCorrupt` unless the file is there and has this SHA-256."""
    try:
        actual = checksum(path)
    except OSError as error:
        raise ArtifactCorrupt(f"{path} cannot be read. {REMEDY}") from error
    if actual != expected:
        raise ArtifactCorrupt(f"{path} is not the file that was published (its checksum differs). Restore it.")
