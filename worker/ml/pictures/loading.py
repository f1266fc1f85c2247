"""A set of pictures from a manifest, or from a folder that nobody imported."""

import sys
from collections.abc import Collection
from pathlib import Path

from worker.ml.importing import scan_folder
from worker.ml.manifest import MANIFEST_NAME, Manifest
from worker.ml.pictures.dataset import PictureSet
from worker.ml.progress import Report


def load_pictures(path: Path, report: Report, without: Collection[str] = ()) -> PictureSet:
    """The pictures that a manifest lists, or those of a folder without one; nobody named in ``without`` is in it.

    Raises :class:`ValueError` of one kind or another, with a sentence.
    """
    is_listed = path.is_file() or (path / MANIFEST_NAME).exists()
    manifest = Manifest.load(path) if is_listed else scan_folder(path, sys.stderr)
    if manifest.unreadable:
        source, reason = manifest.unreadable[0]
        report(f"warning: {len(manifest.unreadable)} pictures of {path} cannot be read, such as {source}: {reason}")
    name = path.stem if path.is_file() and path.name != MANIFEST_NAME else path.resolve().parent.name
    pictures = PictureSet.of(manifest, name if path.is_file() else path.resolve().name)
    return pictures.without_signers(list(without)) if without else pictures
