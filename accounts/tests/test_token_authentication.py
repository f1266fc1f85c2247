"""Clients of the REST API prove who they are by a token."""

import pytest
from django.db import OperationalError
from django.db.models import QuerySet
from django.test import Client

from accounts.models import ApiToken, User

ADDRESS = "/api/v1/predictions/"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token"])
def test_a_token_opens_the_api_and_its_use_is_noted(client: Client, alice: User, scheme: str) -> None:
    token, key = ApiToken.issue(owner=alice, name="laptop")
    assert client.get(ADDRESS, headers={"Authorization": f"{scheme} {key}"}).status_code == 200
    token.refresh_from_db()
    assert token.last_used_at is not None


def test_a_database_that_takes_no_row_still_lets_a_client_read(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(*_: object, **__: object) -> int:
        raise OperationalError("database or disk is full")

    token, key = ApiToken.issue(owner=alice, name="laptop")
    monkeypatch.setattr(QuerySet, "update", is_full)
    assert client.get(ADDRESS, headers={"Authorization": f"Bearer {key}"}).status_code == 200
    token.refresh_from_db()
    assert token.last_used_at is None


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer asl_wrong", "Bearer é", "Basic YTpi", "Bearer a b"]
)
def test_everything_else_is_answered_401_with_a_challenge(client: Client, db: None, header: str) -> None:
    response = client.get(ADDRESS, headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_person_who_was_barred_is_refused(client: Client, alice: User) -> None:
    _token, key = ApiToken.issue(owner=alice, name="laptop")
    User.objects.update(is_active=False)
    assert client.get(ADDRESS, headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_a_token_opens_no_pages(client: Client, alice: User) -> None:
    _token, key = ApiToken.issue(owner=alice, name="laptop")
    assert client.get("/history/", headers={"Authorization": f"Bearer {key}"}).status_code == 302
