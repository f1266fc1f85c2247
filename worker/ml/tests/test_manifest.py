"""What a set of pictures consists of: kept, read again, counted, and refused when it was changed."""

import errno
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from worker.ml.manifest import MANIFEST_NAME, Entry, Manifest, ManifestError


def entry(label: str = "A", *, signer: str | None = None, content: str = "1", path: str = "ab/1.jpg") -> Entry:
    return Entry(path, label, signer, content * 64, 1000, 64, 48, "00ff" * 4, 0, f"{label}/{content}.jpg")


def test_what_is_saved_is_read_again_from_its_folder_or_its_file(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "files", (entry("A"), entry("del", signer="ann")), (("B/2.jpg", "It is empty."),))
    manifest.save(tmp_path / "set" / MANIFEST_NAME)
    assert Manifest.load(tmp_path / "set") == manifest
    assert Manifest.load(tmp_path / "set" / MANIFEST_NAME) == manifest
    assert [path.name for path in (tmp_path / "set").iterdir()] == [MANIFEST_NAME]


def test_its_pictures_are_found_after_both_were_moved(tmp_path: Path) -> None:
    Manifest(tmp_path / "old" / "files", (entry(),)).save(tmp_path / "old" / "set" / MANIFEST_NAME)
    (tmp_path / "old").rename(tmp_path / "new")
    manifest = Manifest.load(tmp_path / "new" / "set")
    assert manifest.file_of(manifest.entries[0]) == tmp_path / "new" / "files" / "ab" / "1.jpg"


def test_the_fingerprint_is_of_labels_and_contents_alone() -> None:
    here = Manifest(Path("here"), (entry("A"), entry("B", content="2")))
    there = Manifest(Path("there"), (entry("B", content="2", signer="ann", path="x.jpg"), entry("A")))
    relabelled = Manifest(Path("here"), (entry("B"), entry("A", content="2")))
    assert here.fingerprint == there.fingerprint
    assert here.fingerprint != relabelled.fingerprint
    assert here.fingerprint != Manifest(Path("here"), (*here.entries, entry("A"))).fingerprint


def test_imported_pictures_are_in_no_group_of_the_sites_people_in_older_files_either(tmp_path: Path) -> None:
    imported = [replace(entry(content=f"{group}"), group=group) for group in (0, 1, 1)]
    people = [replace(entry(), group=group, source="") for group in (1, 4, 4)]
    before = Manifest(tmp_path, (*people, *imported))
    before.save(tmp_path / MANIFEST_NAME)
    loaded = Manifest.load(tmp_path)
    assert [one.group for one in loaded.entries] == [1, 4, 4, 5, 6, 6]
    assert loaded.fingerprint == before.fingerprint
    loaded.save(tmp_path / MANIFEST_NAME)
    assert Manifest.load(tmp_path) == loaded


def test_pictures_are_counted_by_class_and_signer() -> None:
    manifest = Manifest(Path("x"), (entry("space", signer="bob"), entry("A", signer="ann"), entry("A"), entry("A")))
    assert manifest.labels == ("A", "space")
    assert manifest.signers == ("ann", "bob")
    assert manifest.counts_by_class()["A"] == 3
    assert manifest.counts_by_class()["Z"] == 0
    by_signer = manifest.counts_by_signer()
    assert list(by_signer) == ["ann", "bob", None]
    assert (by_signer["bob"]["space"], by_signer[None]["A"]) == (1, 2)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"path": "/etc/passwd"}, "outside"),
        ({"path": "ab/../../1.jpg"}, "outside"),
        ({"path": 7}, "was changed"),
        ({"label": "Ä"}, "no class"),
        ({"label": ["A"]}, "was changed"),
        ({"colour": "red"}, "was changed"),
    ],
)
def test_a_changed_manifest_is_refused_by_name(changed: dict[str, object], said: str, tmp_path: Path) -> None:
    path = tmp_path / MANIFEST_NAME
    Manifest(tmp_path, (entry(),)).save(path)
    head, row = path.read_text().splitlines()
    path.write_text(f"{head}\n{json.dumps(json.loads(row) | changed)}\n")
    with pytest.raises(ManifestError, match=said) as raised:
        Manifest.load(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("content", ["", "{}", "[]", "\x00\x01", '{"format_version": 9}'])
def test_what_is_no_manifest_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST_NAME).write_text(content)
    with pytest.raises(ManifestError):
        Manifest.load(tmp_path)


def test_a_manifest_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / MANIFEST_NAME
    Manifest(tmp_path, (entry(), entry("B"))).save(path)
    path.write_text("\n".join(path.read_text().splitlines()[:-1]))
    with pytest.raises(ManifestError, match="1 of 2 pictures"):
        Manifest.load(path)


def test_a_missing_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"manifest\.jsonl cannot be read: No such file"):
        Manifest.load(tmp_path)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / MANIFEST_NAME
    Manifest(tmp_path, (entry(),)).save(path)
    before = path.read_bytes()

    def full(source: object, target: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ManifestError, match="disk is full"):
        Manifest(tmp_path, (entry("B"),)).save(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [MANIFEST_NAME]


def test_reading_one_needs_the_standard_library_alone() -> None:
    code = "import sys, worker.ml.manifest; print({'numpy', 'PIL', 'django'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
