"""Artefacts: whole or not at all, and never anything but what was published."""

import errno
import json
import os
from pathlib import Path

import pytest

from worker.ml.artifact import (
    CARD,
    MANIFEST,
    REPORT_HTML,
    REPORT_JSON,
    Artifact,
    ArtifactCorrupt,
    ArtifactIncompatible,
    checksum,
)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    draft = Artifact("test-1", "landmarks", 1.0, 1.5, 0.7, {"seed": 1}, {"sha256": "0"}, {}, carried={}, made_with={})
    draft.publish(tmp_path / "model", {"letters.tflite": b"weights", "MODEL_CARD.md": b"# Card"})
    return tmp_path / "model"


def rewrite(directory: Path, **changes: object) -> None:
    path = directory / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_what_was_published_is_loaded(published: Path) -> None:
    artifact = Artifact.load(published)
    assert artifact.name == "test-1"
    assert artifact.temperature == 1.5
    assert set(artifact.files) == {"letters.tflite", "MODEL_CARD.md"}


def test_the_fingerprint_follows_the_content(published: Path) -> None:
    before = Artifact.load(published).fingerprint
    Artifact.load(published).publish(published, {"letters.tflite": b"other weights"})
    assert Artifact.load(published).fingerprint != before


def test_what_is_told_of_it_does_not_make_it_another(published: Path) -> None:
    before = Artifact.load(published)
    files = {name: (published / name).read_bytes() for name in before.files}
    before.publish(published, files | {CARD: b"# Told anew", REPORT_JSON: b"{}", REPORT_HTML: b"<p>"})
    assert Artifact.load(published).files != before.files
    assert Artifact.load(published).fingerprint == before.fingerprint


@pytest.mark.parametrize("name", ["landmarks_share", "temperature", "unsure_below"])
def test_the_fingerprint_follows_all_that_decides_on_answers(published: Path, name: str) -> None:
    before = Artifact.load(published).fingerprint
    rewrite(published, **{name: 0.25})
    assert Artifact.load(published).fingerprint != before


def test_landmarks_by_themselves_are_calibrated_like_all_unless_they_have_their_own(published: Path) -> None:
    before = Artifact.load(published)
    assert before.of_landmarks_alone == {"temperature": 1.5, "unsure_below": before.unsure_below}
    rewrite(published, landmarks_alone={"temperature": 0.9, "unsure_below": 0.97})
    after = Artifact.load(published)
    assert after.of_landmarks_alone == {"temperature": 0.9, "unsure_below": 0.97}
    assert after.temperature == 1.5
    assert after.fingerprint != before.fingerprint


def test_publishing_again_leaves_nothing_else_behind(published: Path) -> None:
    Artifact.load(published).publish(published, {"letters.tflite": b"second"})
    assert sorted(path.name for path in published.parent.iterdir()) == ["model"]
    assert sorted(path.name for path in published.iterdir()) == [MANIFEST, "letters.tflite"]


def test_what_was_stopped_between_two_renamings_is_put_back(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Artifact.load(published)
    os.replace(published, published.with_name("model.old"))
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        first.publish(published, {"letters.tflite": b"second"})
    assert Artifact.load(published).files == first.files


def full(path: Path, content: bytes) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_changed_file_is_named(published: Path) -> None:
    (published / "letters.tflite").write_bytes(b"weightz")
    with pytest.raises(ArtifactCorrupt, match=r"letters\.tflite is not the file that was published"):
        Artifact.load(published)


def test_a_missing_file_is_named(published: Path) -> None:
    (published / "letters.tflite").unlink()
    with pytest.raises(ArtifactCorrupt, match=r"letters\.tflite cannot be read"):
        Artifact.load(published)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_broken_manifest_is_named(published: Path, content: str) -> None:
    (published / MANIFEST).write_text(content)
    with pytest.raises(ArtifactCorrupt, match=r"artifact\.json is missing or unreadable"):
        Artifact.load(published)


def test_no_artefact_at_all_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactCorrupt, match=r"artifact\.json is missing or unreadable"):
        Artifact.load(tmp_path)


@pytest.mark.parametrize(("version", "remedy"), [(99, "Upgrade the program"), (0, "Train the model again")])
def test_another_format_version_says_what_to_do(published: Path, version: int, remedy: str) -> None:
    rewrite(published, format_version=version)
    with pytest.raises(ArtifactIncompatible, match=remedy):
        Artifact.load(published)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"temperature": 0}, "out of range"),
        ({"temperature": float("nan")}, "no number"),
        ({"temperature": None}, "no number"),
        ({"landmarks_share": 7}, "out of range"),
        ({"unsure_below": "0.5"}, "no number"),
        ({"landmarks_alone": {"temperature": 0, "unsure_below": 0.5}}, "out of range"),
        ({"landmarks_alone": {"temperature": 1}}, "for landmarks alone"),
        ({"landmarks_alone": 1}, "for landmarks alone"),
        ({"files": []}, "names and values"),
        ({"carried": None}, "names and values"),
    ],
)
def test_values_that_cannot_be_served_with_are_refused(published: Path, changes: dict[str, object], words: str) -> None:
    rewrite(published, **changes)
    with pytest.raises(ArtifactCorrupt, match=words):
        Artifact.load(published)


def test_a_format_version_that_is_no_number_is_refused(published: Path) -> None:
    rewrite(published, format_version="3")
    with pytest.raises(ArtifactIncompatible, match="format version 3"):
        Artifact.load(published)


def test_other_classes_are_refused(published: Path) -> None:
    rewrite(published, labels=["A", "B"])
    with pytest.raises(ArtifactIncompatible, match="other classes"):
        Artifact.load(published)


def test_a_manifest_cannot_reach_outside_its_folder(published: Path) -> None:
    secret = published.parent / "secret"
    secret.write_bytes(b"weights")
    rewrite(published, files={"../secret": checksum(secret)})
    with pytest.raises(ArtifactCorrupt, match="no file of its own folder"):
        Artifact.load(published)
