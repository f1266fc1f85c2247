"""The two addresses for watchers, and the system checks."""

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from aslsite import broker, checks, room
from recognition.models import Prediction
from recognition.tests.conftest import MakePrediction, make_prediction

__all__ = ["make_prediction"]


@pytest.fixture(autouse=True)
def nothing_was_refused_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_refused_at", None)


def test_healthz_needs_neither_database_nor_queue(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": "ok"})


def test_readyz_names_what_is_missing(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = client.get("/readyz")  # REDIS_URL of the tests leads nowhere
    assert answer.status_code == 503
    assert json.loads(answer.content) == {"status": "unavailable", "missing": ["queue"], "degraded": []}

    def refuse() -> None:
        raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        assert json.loads(client.get("/readyz").content)["missing"] == ["database", "queue"]


def test_readyz_says_when_all_is_there(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "is_reachable", lambda: True)
    answer = client.get("/readyz")
    assert (answer.status_code, answer["Cache-Control"].startswith("max-age=0")) == (200, True)
    assert json.loads(answer.content) == {"status": "ok", "missing": [], "degraded": []}


def test_readyz_stays_ready_and_names_predictions_when_none_is_read(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch, make_prediction: MakePrediction
) -> None:
    monkeypatch.setattr(broker, "is_reachable", lambda: True)
    make_prediction(alice, state=Prediction.State.QUEUED)
    assert json.loads(client.get("/readyz").content)["status"] == "ok"
    Prediction.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert json.loads(answer.content) == {"status": "degraded", "missing": [], "degraded": ["predictions"]}


def test_readyz_names_storage_where_a_picture_has_no_room_or_something_was_refused(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def degraded() -> list[str]:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        names: list[str] = json.loads(answer.content)["degraded"]
        return names

    monkeypatch.setattr(broker, "is_reachable", lambda: True)
    assert degraded() == []
    enough, settings.MAX_UPLOAD_BYTES = settings.MAX_UPLOAD_BYTES, 10**18
    assert degraded() == ["storage"]
    settings.MAX_UPLOAD_BYTES = enough
    monkeypatch.setattr(room, "_refused_at", time.monotonic() - room.REMEMBERED_SECONDS - 1)
    assert degraded() == []
    room.note_refusal()
    assert degraded() == ["storage"]


def problems() -> dict[str | None, str | None]:
    return {problem.id: problem.hint for problem in run_checks()}


def test_a_sound_site_has_no_complaints() -> None:
    assert problems() == {}


def test_checks_tell_what_is_missing_and_what_to_do(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "SHIPPED", tmp_path / "pretrained")
    monkeypatch.setattr(broker, "embedded_server", lambda: None)
    monkeypatch.setattr("os.access", lambda *args: False)
    found = problems()
    assert set(found) == {"aslsite.E001", "aslsite.W001", "aslsite.E002"}
    assert all(found.values()), "each has a hint"
    settings.EMBEDDED_REDIS = False
    assert "aslsite.E002" not in problems()
