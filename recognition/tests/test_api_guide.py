"""The examples of docs/api-guide.md do what they say, from top to bottom."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from accounts.models import ApiToken, User
from recognition.api.parsers import MAX_JSON_BYTES, PictureJsonParser
from recognition.models import Prediction
from recognition.tests.conftest import active_model, encoded
from worker import tasks
from worker.ml.recognition import Candidate, Recognition

GUIDE = Path(__file__).resolve().parents[2] / "docs/api-guide.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def program(language: str) -> str:
    return "\n".join(text for kind, text in BLOCKS if kind == language)


@pytest.fixture
def environment(
    transactional_db: None, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A site whose worker is as quick as can be and reads an L in everything."""

    def read(arguments: tuple[str]) -> None:
        prediction = Prediction.objects.get(pk=arguments[0])
        assert prediction.claim()
        top = (Candidate("L", 0.93), Candidate("G", 0.05))
        said = Recognition(label="L", confidence=0.93, top=top, hand=None, milliseconds={"total": 23.0})
        assert prediction.succeed(said, model_version=active_model())

    monkeypatch.setattr(tasks.predict, "apply_async", read)
    (tmp_path / "hand.jpg").write_bytes(encoded())
    alice = User.objects.create_user("alice", "alice@example.org", "alice-password")
    _token, key = ApiToken.issue(owner=alice, name="guide")
    return {**os.environ, "ASL": live_server.url, "TOKEN": key}


def run(command: list[str], environment: dict[str, str], place: Path) -> str:
    said = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, f"{said.stdout}\n{said.stderr}"
    return said.stdout


def test_curl(environment: dict[str, str], tmp_path: Path) -> None:
    said = run(["bash", "-euo", "pipefail", "-c", program("sh")], environment, tmp_path)
    assert (said.count('"state":"succeeded"'), said.count('"state":"queued"')) == (3, 1)  # nobody waited for the second
    assert '"periods":' in said
    assert len([name for name in zipfile.ZipFile(tmp_path / "all-of-mine.zip").namelist() if "pictures/" in name]) == 2


def test_python(environment: dict[str, str], tmp_path: Path) -> None:
    said = run([sys.executable, "-c", program("python")], environment, tmp_path)
    assert said.splitlines() == [
        "L 0.93",
        "2 accepted, 0 refused",
        "first.jpg 202 ",
        "second.jpg 202 ",
        "['L', 'L', 'L']",
        "D False",
        "queued False None",  # no worker is there to make it
        "{'deleted': 1}",
        "{'restored': 1}",
        "400 invalid lable unknown",
    ]


def test_limits_are_those_of_the_settings(settings: Settings) -> None:
    words = " ".join(GUIDE.read_text().split())
    (user, minute), (anonymous, _) = settings.API_RATES["user"], settings.API_RATES["anonymous"]
    assert minute == 60
    assert f"{user:,} requests a minute for a person, {anonymous} for an address" in words
    assert f"{settings.MAX_UPLOAD_BYTES // 10**6} MB and {settings.MAX_UPLOAD_PIXELS // 10**6} megapixels" in words
    assert f"{settings.MAX_FILES_PER_UPLOAD} pictures in one request" in words
    assert f"({settings.MAX_WAIT_SECONDS} at most)" in words
    assert f"that of one picture, {PictureJsonParser().max_bytes / 1e6:.1f} MB" in words
    assert f"without pictures has at most {MAX_JSON_BYTES // 10**6} MB" in words
