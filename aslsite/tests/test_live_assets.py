"""What the live page runs in the browser: fetched by its hash, packed the same each time, and not needed to start."""

import io
import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from aslsite import live_assets
from aslsite.live_assets import ROOT, AssetsMissing
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, carried_file


def test_the_hand_models_are_packed_uncompressed_and_the_same_each_time() -> None:
    packed = live_assets.pack_hand_models()
    assert packed == live_assets.pack_hand_models()
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
    assert archive.read("hand_detector.tflite") == carried_file(PALM_FILE).read_bytes()
    assert archive.read("hand_landmarks_detector.tflite") == carried_file(LANDMARK_FILE).read_bytes()


def test_the_one_package_is_pinned_by_version_and_hash() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert wanted == {"@mediapipe/tasks-vision": "0.10.21"}  # later ones report to their maker
    locked = {name: one for name, one in packages.items() if name}
    assert {name: one["version"] for name, one in locked.items()} == {live_assets.PACKAGE.as_posix(): "0.10.21"}
    assert all(one["integrity"].startswith("sha512-") for one in locked.values())


def test_without_node_nothing_is_fetched_and_the_set_up_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(live_assets, "VENDOR", tmp_path / "vendor")
    assert live_assets.main() == 0
    said = capsys.readouterr().err
    assert "Node with npm is not installed" in said
    assert "the server read its frames" in said
    assert not (tmp_path / "vendor").exists()


def test_a_package_that_is_not_the_pinned_one_is_refused_by_npm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """npm says why, and nothing is put in place. The npm here is a stand-in that answers as the real one does."""
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text("#!/bin/sh\necho 'npm error code EINTEGRITY' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/bin:/usr/bin")
    with pytest.raises(AssetsMissing, match="npm error code EINTEGRITY"):
        live_assets.install(tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_make_fetches_it_before_the_site_starts_and_git_ignores_it() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^run: .*static/vendor/hand_landmarker\.task", makefile, re.MULTILINE)
    ignored = subprocess.run(["git", "check-ignore", "static/vendor/x"], cwd=ROOT, capture_output=True, text=True)
    if (ROOT / ".git").exists():
        assert ignored.stdout.strip() == "static/vendor/x"
