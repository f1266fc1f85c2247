"""What people see when something goes wrong."""

import pytest
from django.test import Client, RequestFactory

from accounts.models import User
from aslsite import errors
from recognition.views import home


def test_an_unknown_address_has_a_page_with_a_way_on(client: Client, db: None) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()
    assert 'href="/"' in response.content.decode()


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [("GET", "/history/delete/", "POST"), ("PUT", "/about/", "GET, HEAD"), ("DELETE", "/predict/", "GET, HEAD, POST")],
)
def test_a_method_that_a_page_does_not_know_is_explained(
    client: Client, alice: User, method: str, address: str, allowed: str
) -> None:
    client.force_login(alice)
    response = client.generic(method, address)
    assert (response.status_code, response.headers["Allow"]) == (405, allowed)
    assert "This page does not work like that" in response.content.decode()
    assert 'href="/"' in response.content.decode()


def test_a_page_for_others_is_explained(client: Client, charlie: User) -> None:
    client.force_login(charlie)
    response = client.get("/admin/login/")
    assert response.status_code == 403
    assert "You may not see this page" in response.content.decode()


def test_a_request_that_makes_no_sense_has_a_page(client: Client) -> None:
    response = client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "could not be understood" in response.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        b'--border\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\nx\r\n' * 501,
        b'--border\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n' * 1100,
        b'--border\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"x" * 3_000_000 + b"\r\n",
    ],
    ids=["files", "fields", "text"],
)
@pytest.mark.parametrize("address", ["/contact/", "/predict/", "/history/delete/", "/datasets/upload/"])
def test_a_form_that_is_too_much_is_told_what_to_do(
    client: Client, admin_user: User, address: str, body: bytes
) -> None:
    client.force_login(admin_user)
    answer = client.generic("POST", address, body + b"--border--\r\n", "multipart/form-data; boundary=border")
    told = "fewer or smaller files" if answer.status_code == 413 else "Send at most 100"  # by the form for pictures
    assert answer.status_code in (400, 413)
    assert told in answer.content.decode()


def test_a_fault_of_ours_has_a_page_that_asks_the_database_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(home, "render", broken)
    client.raise_request_exception = False
    response = client.get("/")  # without the database mark: a query would be refused
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert "secret" not in response.content.decode()


def test_csrf_failures_elsewhere_are_explained(db: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    response = browser.post("/accounts/login/", {"login": "alice"})
    assert response.status_code == 403
    assert "That form has expired" in response.content.decode()


def test_under_the_api_they_are_problem_documents() -> None:
    response = errors.server_error(RequestFactory().get("/api/v1/predictions/"))
    assert response.headers["Content-Type"] == "application/problem+json"
