"""What tests of the REST API share."""

from typing import Any

from django.test import Client

from accounts.models import ApiToken, User

V1 = "/api/v1/"
LIST = f"{V1}predictions/"
PROBLEM = "application/problem+json"


def client_of(owner: User) -> Client:
    """A program with a token of ``owner``."""
    _token, key = ApiToken.issue(owner=owner, name="test")
    return Client(headers={"Authorization": f"Bearer {key}"})


def browser_of(owner: User) -> Client:
    """Signed in on the site, with the CSRF token that its pages carry."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    browser.get("/predict/")
    browser.defaults["HTTP_X_CSRFTOKEN"] = browser.cookies["csrftoken"].value
    return browser


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == PROBLEM
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert {"type", "title", "status", "detail", "code"} <= set(problem) <= {
        "type", "title", "status", "detail", "code", "errors",
    }  # fmt: skip
    return problem


def named(problem: dict[str, Any]) -> dict[str, str]:
    """The fields that a problem complains of, each with its code."""
    return {error["field"]: error["code"] for error in problem["errors"]}
