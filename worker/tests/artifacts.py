"""Artefacts on disk for tests that look at files and never load a network."""

from dataclasses import fields
from pathlib import Path

from worker.ml.artifact import SHIPPED, Artifact


def publish_files(directory: Path) -> Artifact:
    """The shipped artefact's manifest, with small files of its own that depend on the folder's name."""
    shipped = Artifact.read(SHIPPED)
    values = {field.name: getattr(shipped, field.name) for field in fields(Artifact)}
    draft = Artifact(**values | {"name": directory.name, "files": {}})
    network = f"network of {directory.name}".encode()
    return draft.publish(
        directory, {"letters.tflite": network, "letters.keras": b"keras", "MODEL_CARD.md": b"# Card\n"}
    )
