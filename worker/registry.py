"""Which model this process serves: the bridge between the rows of ModelVersion and the artefacts on disk.

The heavy library is imported inside functions, so that the web may import the tasks that import this module.
"""

import hashlib
import logging
import math
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from uuid import UUID

from django.conf import settings

from recognition.models import ModelVersion
from worker.ml.artifact import CARD, MANIFEST, REMEDY, SHIPPED, Artifact, ArtifactError, checksum
from worker.ml.artifact import verify as verify_file

if TYPE_CHECKING:
    from worker.ml.inference import Recogniser

logger = logging.getLogger(__name__)

RETRY_LOADING_AFTER_SECONDS = 60.0
LATELY_SECONDS = 1.0

REPORTS: Final = ("html", "json")
"""Kinds of the report that an artefact may have: for people and for programs."""


class NoModelError(Exception):
    """There is no model that can be served. ``str()`` is a sentence for the person who sent a picture."""

    def __init__(self) -> None:
        super().__init__("No model is ready to read pictures. Tell the people who run this site, and try again later.")


@dataclass(slots=True)
class _Served:
    """What this process has loaded, and the version that it last failed to load."""

    version: ModelVersion | None = None
    recogniser: "Recogniser | None" = None
    refused: str = ""
    refused_at: float = 0.0
    asked_at: float = -math.inf

    def needs(self, wanted: ModelVersion) -> bool:
        """Whether ``wanted`` is to be loaded: it is not, nor was it refused a moment ago."""
        is_there = self.version is not None and self.version.fingerprint == wanted.fingerprint
        age = time.monotonic() - self.refused_at
        return not is_there and not (self.refused == wanted.fingerprint and age < RETRY_LOADING_AFTER_SECONDS)

    def load(self, wanted: ModelVersion) -> bool:
        from worker.ml.inference import Recogniser

        try:
            recogniser = Recogniser.load(directory_of(wanted), threads=settings.PREDICTION_THREADS)
        except Exception as error:  # whatever is wrong with it, serving goes on with the last good one
            logger.exception("Model %s could not be loaded; what is served in its place: %s", wanted, self.version)
            self.refuse(wanted, str(error))
            return False
        self.version, self.recogniser = wanted, recogniser
        return True

    def refuse(self, wanted: ModelVersion, error: str) -> None:
        self.refused, self.refused_at = wanted.fingerprint, time.monotonic()
        if wanted.canary_share:
            wanted.tell_canary_error(error)


_served = _Served()
_canary = _Served()


def active() -> tuple[ModelVersion, "Recogniser"]:
    """The active version and its recogniser, loaded when it changes; asks the database once a call.

    If the active version cannot be loaded, the last good one stays, and is what is returned; in a process that has none
    yet, the shipped one.
    """
    wanted = ModelVersion.objects.active().first()
    _served.asked_at = time.monotonic()
    if wanted is not None and _served.needs(wanted):
        if _served.load(wanted):
            logger.info("Serving %s", wanted)
            _make_browser_network(wanted)
        elif _served.recogniser is None:
            _load_shipped()
    if _served.version is None or _served.recogniser is None:
        raise NoModelError
    return _served.version, _served.recogniser


def active_lately() -> tuple[ModelVersion, "Recogniser"]:
    """What :func:`active` said, if it was asked less than a second ago. For frames: many come in a second, nothing is
    kept of them, and the database would take a tenth of their time."""
    is_known = time.monotonic() - _served.asked_at < LATELY_SECONDS
    if is_known and _served.version is not None and _served.recogniser is not None:
        return _served.version, _served.recogniser
    return active()


def canary_for(prediction_id: UUID) -> tuple[ModelVersion, "Recogniser"] | None:
    """The candidate on trial and its recogniser, if it is to answer this prediction; None if the active version is.

    The prediction's id decides, so that every worker, and every attempt, decides alike. A candidate that cannot be
    loaded answers nothing. One whose trial is over is let go.
    """
    wanted = ModelVersion.objects.canary().first()
    if wanted is None:
        _canary.version = _canary.recogniser = None
        return None
    if not _is_in_share(wanted, prediction_id):
        return None
    if _canary.needs(wanted):
        _canary.version = _canary.recogniser = None  # of two candidates the former must not answer for the latter
        if not _canary.load(wanted):
            return None
        logger.info("On trial: %s", wanted)
    is_loaded = _canary.version is not None and _canary.version.fingerprint == wanted.fingerprint
    return (wanted, _canary.recogniser) if is_loaded and _canary.recogniser is not None else None


def refuse_canary(version: ModelVersion, error: Exception) -> None:
    """Let a candidate that has failed at a picture answer none for a while. To be called while its error is handled."""
    logger.exception("Model %s, which is on trial, failed at a picture; the active version answers", version)
    _canary.version = _canary.recogniser = None
    _canary.refuse(version, f"It failed at a picture ({type(error).__name__}); the worker's log has more.")


def _is_in_share(version: ModelVersion, prediction_id: UUID) -> bool:
    """By a hash, with the version in it: each trial draws pictures anew."""
    drawn = hashlib.sha256(f"{version.fingerprint} {prediction_id.hex}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % 100 < version.canary_share


def _load_shipped() -> None:
    """Better the shipped version than none. What was refused is tried again all the same."""
    shipped = ModelVersion.objects.filter(directory="").first()
    if shipped is not None and shipped.fingerprint != _served.refused:
        refused = _served.refused, _served.refused_at
        if _served.load(shipped):
            _make_browser_network(shipped)
        _served.refused, _served.refused_at = refused


def directory_of(version: ModelVersion) -> Path:
    return Path(version.directory) if version.directory else SHIPPED


class Unservable(Exception):
    """The files of a version are gone, or are not what was published. Names the file and the remedy."""


def verify(version: ModelVersion) -> None:
    """Look at every file of a version. Raises :class:`Unservable`."""
    artifact = _artifact_of(version)
    try:
        for name, expected in artifact.files.items():
            verify_file(directory_of(version) / name, expected)
    except ArtifactError as error:
        raise Unservable(str(error)) from error


@dataclass(frozen=True, slots=True)
class VersionFile:
    """A file of a version's artefact: the SHA-256 that was published, its bytes on the disk (None: it is gone), and
    whether it is still what was published."""

    name: str
    sha256: str
    size_bytes: int | None
    is_whole: bool


def files_of(version: ModelVersion) -> list[VersionFile]:
    """Each file as it lies there now. Raises :class:`Unservable` if the artefact does not say which there should be."""
    return [_seen(directory_of(version) / name, sha256) for name, sha256 in _artifact_of(version).files.items()]


def open_file(version: ModelVersion, name: str) -> BinaryIO:
    """A file of the version's artefact, opened and found to be what was published.

    Raises ``KeyError`` if the artefact has no file of that name, :class:`Unservable` if it is gone or was changed.
    """
    expected, path = _artifact_of(version).files[name], directory_of(version) / name
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")  # a link leads to what is not ours
    except OSError as error:
        raise Unservable(f"{path} cannot be read. {REMEDY}") from error
    # What was checked is what is sent: an artefact is replaced by renaming, which leaves an open file as it is.
    if hashlib.file_digest(file, "sha256").hexdigest() != expected:
        file.close()
        raise Unservable(f"{path} is not the file that was published (its checksum differs). {REMEDY}")
    file.seek(0)
    return file


def _artifact_of(version: ModelVersion) -> Artifact:
    """Its manifest, if that is still the one of this version."""
    try:
        artifact = Artifact.read(directory_of(version))
    except ArtifactError as error:
        raise Unservable(str(error)) from error
    if artifact.fingerprint != version.fingerprint:
        raise Unservable(f"{directory_of(version)} holds another version by now. Restore it, or train it again.")
    return artifact


def _seen(path: Path, sha256: str) -> VersionFile:
    try:
        size = path.stat(follow_symlinks=False).st_size
        is_whole = not path.is_symlink() and checksum(path) == sha256
    except OSError:
        return VersionFile(path.name, sha256, None, is_whole=False)
    return VersionFile(path.name, sha256, size, is_whole)


def register_shipped() -> ModelVersion | None:
    """See to it that the artefact in worker/pretrained has its row, and is served if nothing else was chosen.

    An upgrade replaces the shipped files: a version that stood for earlier ones gives way; one of which other things
    are told now stays, and tells them. None if nothing is there, or nothing that can be served; the site starts all
    the same, as another version may be the active one.
    """
    if not (SHIPPED / MANIFEST).exists():
        logger.warning("No model is shipped in %s: train one with `python -m worker.ml train`", SHIPPED)
        return None
    try:
        shipped = Artifact.load(SHIPPED)
    except ArtifactError as error:
        logger.error("The shipped model cannot be served: %s", error)
        return None
    # One that was registered from a folder before it was shipped stays where it is: an upgrade may not take it away.
    described = _described(shipped, SHIPPED)
    version, is_new = ModelVersion.objects.get_or_create(
        fingerprint=shipped.fingerprint, defaults={"directory": "", **described}
    )
    if not is_new and version.directory == "":
        version.metrics, version.card = described["metrics"], described["card"]
        version.save(update_fields=["metrics", "card"])
    served = ModelVersion.objects.active().first()
    if served is None or (served.directory == "" and served != version):
        version.activate()
    return version


def register(directory: Path) -> ModelVersion:
    """Make a trained artefact a candidate: loaded for a test, and copied to ``MEDIA_ROOT/models`` unless it lies there.

    One that is known already is returned as it is. Raises ``ArtifactError`` for one that cannot be served; then nothing
    is kept.
    """
    from worker.ml.inference import Recogniser

    artifact = Recogniser.load(directory, threads=settings.PREDICTION_THREADS).artifact
    known = ModelVersion.objects.filter(fingerprint=artifact.fingerprint).first()
    if known is not None:
        return known
    place = _kept(directory.resolve(), artifact)
    return ModelVersion.objects.create(
        fingerprint=artifact.fingerprint, directory=str(place), **_described(artifact, place)
    )


def report_of(version: ModelVersion, kind: str) -> Path | None:
    """The report in the version's artefact, of one of the :data:`REPORTS`; None if there is none.

    A link is none: what it leads to is not the artefact's.
    """
    path = directory_of(version) / f"report.{kind}"
    return path if kind in REPORTS and path.is_file() and not path.is_symlink() else None


def browser_network_of(version: ModelVersion) -> Path | None:
    """The letter network of a version for the live page; None until a worker has made it, or if it cannot be made."""
    path = _browser_network_path(version)
    return path if path.is_file() else None


def _make_browser_network(version: ModelVersion) -> None:
    """Once for each version, by the first worker that serves it. Without it the server names the live page's frames."""
    from worker.ml.browser_network import browser_network
    from worker.ml.inference import LETTER_FILE

    path, directory = _browser_network_path(version), directory_of(version)
    if path.exists() or not (directory / LETTER_FILE).exists():
        return
    try:
        content = browser_network(Artifact.load(directory), directory / LETTER_FILE)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
            part.write(content)
        os.replace(part.name, path)
    except (ArtifactError, OSError):
        logger.exception("Model %s cannot be read in the browser: the live page will use the server", version)


def _browser_network_path(version: ModelVersion) -> Path:
    return Path(settings.MEDIA_ROOT) / "browser" / f"{version.fingerprint}.network"


def _kept(directory: Path, artifact: Artifact) -> Path:
    """Where the artefact stays: copied aside, then renamed."""
    models = Path(settings.MEDIA_ROOT).resolve() / "models"
    if directory.is_relative_to(models):
        return directory
    place = models / artifact.fingerprint[:16]
    if not place.exists():
        models.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=models, prefix=".part-") as aside:
            copy = Path(aside) / "artefact"
            copy.mkdir()
            for name in (MANIFEST, *artifact.files):
                shutil.copyfile(directory / name, copy / name)
            os.replace(copy, place)
    Artifact.load(place)  # what was copied is what was published
    return place


def _described(artifact: Artifact, directory: Path) -> dict[str, Any]:
    """The columns of a row that its artefact fills; what it learnt from goes among the metrics."""
    card = directory / CARD
    learnt_from = {"data": dict(artifact.data)} if artifact.data else {}
    return {
        "name": f"{artifact.name} {artifact.fingerprint[:8]}",
        "family": artifact.family,
        "metrics": dict(artifact.metrics) | learnt_from,
        "card": card.read_text() if card.exists() else "",
    }


def warm_up() -> None:
    """Load the active version now, so that the first picture need not wait; says so if there is none."""
    try:
        active()
    except NoModelError:
        logger.error("No model is active, or the active one could not be loaded: pictures will fail")
