"""All that the site holds about one, as a ZIP file."""

import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.archive import archive_of
from accounts.models import ApiToken, Consent, User
from recognition.models import Prediction, SecondReading
from recognition.services import request_prediction
from worker.tests import stub
from worker.tests.pictures import jpeg

DATA = "/accounts/data/"


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def opened(response: Any) -> ZipFile:
    archive = ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert archive.testzip() is None
    return archive


def test_it_holds_account_predictions_and_pictures_and_nobody_elses(client: Client, alice: User, charlie: User) -> None:
    own = request_prediction(owner=alice, data=jpeg(64), original_name="手話.jpg")
    gone = request_prediction(owner=alice, data=jpeg(64))
    Prediction.objects.filter(pk=gone.pk).mark_deleted()
    request_prediction(owner=charlie, data=jpeg(64))
    _token, key = ApiToken.issue(owner=alice, name="laptop")
    Consent.give(person=alice)
    SecondReading.objects.create(prediction=own, model_version=stub.active()[0], label="B")

    response = client.post(DATA)

    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Cache-Control"] == "no-store"
    archive = opened(response)
    picture = f"pictures/{own.pk.hex}.jpg"
    assert archive.namelist() == ["READ_ME.txt", "account.json", "predictions.json", picture]
    assert archive.read(picture) == Path(own.image.path).read_bytes()
    account = json.loads(archive.read("account.json"))
    assert (account["username"], account["email"]) == ("alice", "alice@example.org")
    assert [token["name"] for token in account["api_tokens"]] == ["laptop"]
    assert account["consents_to_training"][0]["withdrawn_at"] is None
    (prediction,) = json.loads(archive.read("predictions.json"))
    assert (prediction["id"], prediction["original_name"]) == (own.pk.hex, "手話.jpg")
    assert prediction["is_unsure"] is False
    assert prediction["read_a_second_time_as"] == "B"
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode("latin-1")
    assert key not in everything
    assert alice.password not in everything
    assert "charlie" not in everything


def test_it_holds_addresses_sessions_and_second_factors_without_their_secrets(client: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="second@example.org", verified=False)
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DP"})
    UserSession.objects.create(user=alice, ip="192.0.2.7", user_agent="Firefox", session_key="key-of-a-session")
    text = opened(client.post(DATA)).read("account.json").decode()
    account = json.loads(text)
    assert {row["email"] for row in account["email_addresses"]} >= {"second@example.org"}
    assert [row["ip"] for row in account["sessions"] if row["user_agent"] == "Firefox"] == ["192.0.2.7"]
    assert [row["type"] for row in account["second_factors"]] == ["totp"]
    assert "JBSWY3DP" not in text
    assert "key-of-a-session" not in text


def test_who_has_no_pictures_gets_an_empty_list(client: Client) -> None:
    assert json.loads(opened(client.post(DATA)).read("predictions.json")) == []


def test_a_picture_whose_file_is_gone_stops_nothing(client: Client, alice: User) -> None:
    lost, kept = (request_prediction(owner=alice, data=jpeg(64)) for _ in range(2))
    Path(lost.image.path).unlink()
    archive = opened(client.post(DATA))
    assert f"pictures/{kept.pk.hex}.jpg" in archive.namelist()
    assert f"pictures/{lost.pk.hex}.jpg" not in archive.namelist()
    assert len(json.loads(archive.read("predictions.json"))) == 2


def test_it_is_sent_while_it_is_made(alice: User) -> None:
    """Whoever hangs up stops the work; and memory never holds more than a piece."""
    for _ in range(3):
        request_prediction(owner=alice, data=jpeg(640))
    pieces = archive_of(alice)
    sizes = [len(next(pieces)) for _ in range(4)]
    pieces.close()  # type: ignore[attr-defined]
    assert max(sizes) < 70_000


def test_it_takes_a_form_and_patience(client: Client, alice: User) -> None:
    assert client.get(DATA).headers["Location"] == "/accounts/"
    assert Client().post(DATA).headers["Location"].startswith("/accounts/login/")
    assert Client(enforce_csrf_checks=True).post(DATA).status_code == 403
    for _ in range(10):
        client.post(DATA)
    assert client.post(DATA).status_code == 429
