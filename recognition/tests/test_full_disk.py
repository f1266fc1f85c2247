"""A disk that fills while something is written: a picture, a larger upload on its way, a row."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from recognition import services
from recognition.models import Prediction
from recognition.tests.conftest import encoded
from recognition.tests.rest import LIST, assert_problem, client_of
from recognition.tests.test_upload_page import upload
from worker.ml.full_disk import is_full

pytestmark = pytest.mark.django_db


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file can be begun, as on a real one, and nothing can be written into it."""

    def fail(*_arguments: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("django.core.files.storage.filesystem.locks.lock", fail)


@pytest.fixture
def full_spool(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Where larger files lie while they arrive."""

    class Spool(BytesIO):
        name = "spool"

        def write(self, _data: Any) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", lambda **_options: Spool())


def sqlite_says_full() -> DatabaseError:
    """What Django raises, of the error that SQLite itself raised."""
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA max_page_count=1")
    try:
        database.execute("CREATE TABLE t (x)")
    except sqlite3.Error as error:
        raised = OperationalError(*error.args)
        raised.__cause__ = error
        return raised
    raise AssertionError


def refusing(word: str) -> Any:
    """While this lasts, statements that write and have the ``word`` find the disk of the database full."""

    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")) and word in sql:
            raise sqlite_says_full()
        return execute(sql, *rest)

    return connection.execute_wrapper(refuse)


@pytest.fixture
def full_database() -> Iterator[None]:
    """Pictures lie elsewhere, where there is room."""
    with refusing("recognition_prediction"):
        yield


@pytest.fixture(autouse=True)
def nothing_is_left(db: None, media_folder: Path) -> Any:
    yield
    assert [path for path in media_folder.rglob("*") if path.is_file()] == []
    assert Prediction.objects.count() == 0


@pytest.mark.parametrize("fault", ["full_disk", "full_spool", "full_database"])
def test_the_page_says_so(client: Client, alice: User, fault: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(fault)
    client.force_login(alice)
    response = upload(client, ("hand.jpg", encoded()), ("other.jpg", encoded()))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert response.content.decode().count("There is no room for pictures just now") == 2


@pytest.mark.parametrize("fault", ["full_disk", "full_spool", "full_database"])
@pytest.mark.parametrize(("address", "field"), [(LIST, "image"), (f"{LIST}batch/", "images")])
def test_the_api_says_so(alice: User, address: str, field: str, fault: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(fault)
    body = (
        f'--border\r\nContent-Disposition: form-data; name="{field}"; filename="hand.jpg"\r\n\r\n'.encode()
        + encoded()
        + b"\r\n--border--\r\n"
    )
    answer = client_of(alice).generic("POST", address, body, content_type="multipart/form-data; boundary=border")
    assert "no room for pictures" in assert_problem(answer, 503, "storage_full")["detail"]
    assert answer.headers["Retry-After"] == "10"


def test_another_fault_of_the_disk_leaves_nothing_either(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr("django.core.files.storage.filesystem.locks.lock", fail)
        with pytest.raises(OSError, match="Input/output"):
            services.request_prediction(owner=alice, data=encoded())


def test_the_pages_script_is_told_as_json(client: Client, alice: User, full_database: None) -> None:
    client.force_login(alice)
    client.defaults["HTTP_ACCEPT"] = "application/json"
    answer = upload(client, ("hand.jpg", encoded()))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "no room for pictures" in answer.json()["refused"][0]["detail"]


SIGN_UP = {"username": "dora", "password1": "dora-password", "password2": "dora-password"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["accounts_user", "django_session"])
def test_whoever_signs_up_meanwhile_is_told_in_words(client: Client, table: str) -> None:
    client.raise_request_exception = False
    with refusing(table):
        answer = client.post("/accounts/signup/", SIGN_UP)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "There is no room to keep it" in answer.content.decode()


def test_a_session_that_finds_no_room_after_the_page_was_made_is_told_too(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No middleware hears of that: the answer of status 500 does."""

    def full(*_arguments: Any, **_options: Any) -> None:
        raise sqlite_says_full()

    client.force_login(alice)
    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_response", full)
    answer = client.get("/predict/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "no room" in answer.json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_the_rest_of_the_api_is_told_as_a_problem(client: Client, alice: User) -> None:
    client.force_login(alice)
    with refusing("accounts_apitoken"):
        answer = client.post("/api/v1/tokens/", {"name": "mine"}, content_type="application/json")
    problem = assert_problem(answer, 503, "storage_full")
    assert "no room" in problem["detail"]
    assert answer.headers["Retry-After"] == "10"


def test_postgresql_and_sqlite_say_full_and_nothing_else_does() -> None:
    def wrapped(cause: Exception) -> DatabaseError:
        error = OperationalError("wrapped")
        error.__cause__ = cause
        return error

    assert is_full(wrapped(psycopg.errors.DiskFull()))
    assert is_full(sqlite_says_full())
    locked = sqlite3.OperationalError("database is locked")
    for other in (psycopg.errors.UniqueViolation(), locked, OSError(errno.EIO, "x"), ValueError("database is full")):
        assert not is_full(wrapped(other))
