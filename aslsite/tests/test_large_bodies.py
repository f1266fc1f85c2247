"""Bodies that are larger than anything that could be taken, and files where none is taken."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from aslsite.middleware import most_bytes
from recognition.tests.rest import V1, assert_problem, client_of


class Unread:
    """A body that must not be touched."""

    def read(self, *_arguments: Any) -> bytes:
        raise AssertionError("The body was read.")

    readline = read


def post(client: Client, path: str, size: int) -> Any:
    environ: dict[str, Any] = {
        "wsgi.input": Unread(), "CONTENT_LENGTH": str(size), "CONTENT_TYPE": "multipart/form-data; boundary=border"
    }  # fmt: skip
    return client.generic("POST", path, **environ)


@pytest.mark.parametrize("path", ["/predict/", "/contact/", "/nowhere/"])
def test_a_page_refuses_them_unread(client: Client, alice: User, path: str) -> None:
    client.force_login(alice)
    response = post(client, path, most_bytes() + 1)
    assert response.status_code == 413
    assert "That is too much at once" in response.content.decode()


@pytest.mark.parametrize("path", ["predictions/", "predictions/batch/", "tokens/"])
def test_the_api_refuses_them_unread(alice: User, path: str) -> None:
    assert_problem(post(client_of(alice), f"{V1}{path}", most_bytes() + 1), 413, "too_large")


def test_what_could_be_taken_is_read(client: Client, alice: User) -> None:
    client.force_login(alice)
    with pytest.raises(AssertionError, match="was read"):
        post(client, "/predict/", most_bytes())


@pytest.mark.parametrize("path", ["/contact/", "/accounts/login/", "/datasets/upload/", "/history/delete/"])
def test_nobody_fills_the_disk_where_no_files_are_taken(path: str, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def spool(**_options: Any) -> None:
        raise AssertionError("The file was written to disk.")

    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", spool)
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "x" * 32  # with it, the check reads the body for the other half
    large = SimpleUploadedFile("large.zip", bytes(5_000_000))
    assert client.post(path, {"csrfmiddlewaretoken": "x" * 64, "file": large}).status_code < 500
