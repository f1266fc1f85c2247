"""`manage.py classify` with the shipped model, as a person types it."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from worker.tests.pictures import jpeg
from worker.tests.servers import ROOT

NOWHERE = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}


def classify(*arguments: str | Path, place: Path) -> subprocess.CompletedProcess[str]:
    environment = (
        os.environ | NOWHERE | {"DJANGO_SETTINGS_MODULE": "aslsite.settings", "LOCAL_DIR": str(place / "local")}
    )
    command = [sys.executable, "manage.py", "classify", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/b.jpg").write_bytes(jpeg(160, 120))
    (tmp_path / "photos/a.png").write_bytes(b"no picture")
    return tmp_path


def test_a_malformed_setting_is_told_in_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    said = classify(folder / "photos", place=folder)
    assert said.returncode == 2
    assert said.stderr.splitlines() == [
        "PORT is 'eighty', but must be a whole number from 1 to 65535. Correct it in the environment or in .env."
    ]


def test_it_needs_neither_database_nor_queue_and_reports_each_file(folder: Path) -> None:
    said = classify(folder / "photos", "--format", "jsonl", place=folder)
    assert said.returncode == 1, said.stderr  # one of the two is no picture
    first, second = (json.loads(line) for line in said.stdout.splitlines())
    assert (Path(first["path"]).name, first["label"]) == ("a.png", None)
    assert first["error"].startswith("This is not a picture.")
    assert (Path(second["path"]).name, second["label"], second["error"]) == ("b.jpg", "nothing", None)
    assert len(second["top"]) == 5
    assert second["milliseconds"]["total"] > 0


def test_text_is_the_default_and_all_read_is_success(folder: Path) -> None:
    said = classify(folder / "photos/b.jpg", place=folder)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(f"{folder}/photos/b.jpg: no hand ")


@pytest.mark.parametrize("arguments", [["nowhere.jpg"], [], ["photos", "--format", "xml"]])
def test_a_wrong_call_is_told_with_exit_code_2(folder: Path, arguments: list[str]) -> None:
    said = classify(*arguments, place=folder)
    assert said.returncode == 2
    assert said.stdout == ""
    assert "Traceback" not in said.stderr


def test_a_reader_who_has_enough_ends_it_quietly(folder: Path) -> None:
    for number in range(300):
        (folder / f"photos/{number}.jpg").write_bytes(b"no picture")
    environment = os.environ | NOWHERE | {"DJANGO_SETTINGS_MODULE": "aslsite.settings", "LOCAL_DIR": str(folder)}
    command = f"{shlex.quote(sys.executable)} manage.py classify {folder}/photos | head -1"
    said = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert len(said.stdout.splitlines()) == 1
    assert "Error" not in said.stderr
