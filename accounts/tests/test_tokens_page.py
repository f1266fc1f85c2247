"""The page of API tokens: made with a name, shown once, revoked."""

import re

import pytest
from django.test import Client

from accounts.models import ApiToken, User

PAGE = "/accounts/tokens/"


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_a_new_key_is_shown_once(client: Client, alice: User) -> None:
    assert client.post(f"{PAGE}new/", {"name": "laptop"}).headers["Location"] == PAGE
    first = client.get(PAGE)
    key = re.search(r"asl_[\w-]{43}", first.content.decode())
    assert key is not None
    assert ApiToken.objects.get(owner=alice).digest == ApiToken.digest_of(key[0])
    assert "no-store" in first.headers["Cache-Control"]
    second = client.get(PAGE).content.decode()
    assert key[0] not in second
    assert "laptop" in second


def test_a_double_click_makes_one_token_and_its_key_is_shown(client: Client, alice: User) -> None:
    for _ in range(2):
        client.post(f"{PAGE}new/", {"name": "laptop"})
    key = re.search(r"asl_[\w-]{43}", client.get(PAGE).content.decode())
    assert key is not None
    assert ApiToken.objects.get(owner=alice).digest == ApiToken.digest_of(key[0])
    client.post(f"{PAGE}new/", {"name": "telephone"})
    assert ApiToken.objects.filter(owner=alice).count() == 2


def test_a_token_without_a_name_is_refused(client: Client) -> None:
    response = client.post(f"{PAGE}new/", {"name": " "})
    assert response.status_code == 400
    assert 'aria-describedby="id_name_helptext id_name_error"' in response.content.decode()
    assert ApiToken.objects.count() == 0


def test_a_revoked_token_opens_nothing(client: Client, alice: User) -> None:
    token, key = ApiToken.issue(owner=alice, name="laptop")
    stranger = Client(headers={"Authorization": f"Bearer {key}"})
    assert stranger.get("/api/v1/predictions/").status_code == 200
    assert client.post(f"{PAGE}{token.pk}/revoke/").headers["Location"] == PAGE
    assert "is revoked" in client.get(PAGE).content.decode()
    assert stranger.get("/api/v1/predictions/").status_code == 401


def test_a_token_of_another_person_is_not_there(client: Client, charlie: User) -> None:
    token, _key = ApiToken.issue(owner=charlie, name="charlies")
    assert "charlies" not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.count() == 1


def test_reading_the_page_revokes_nothing(client: Client, alice: User) -> None:
    token, _key = ApiToken.issue(owner=alice, name="laptop")
    assert client.get(f"{PAGE}{token.pk}/revoke/").headers["Location"] == PAGE
    assert ApiToken.objects.count() == 1


def test_who_was_signed_out_meanwhile_is_led_back_to_the_page(client: Client) -> None:
    client.logout()
    assert client.post(f"{PAGE}new/", {"name": "laptop"}).headers["Location"] == f"/accounts/login/?next={PAGE}new/"
    data = {"login": "alice", "password": "alice-password", "next": f"{PAGE}new/"}
    assert client.post("/accounts/login/", data, follow=True).redirect_chain[-1] == (PAGE, 302)


def test_the_admin_shows_no_digest_and_can_revoke(admin: User, alice: User) -> None:
    token, _key = ApiToken.issue(owner=alice, name="laptop")
    client = Client()
    client.force_login(admin)
    folder = "/admin/accounts/apitoken/"
    for page in (folder, f"{folder}{token.pk}/change/"):
        assert token.digest not in client.get(page).content.decode()
    assert client.get(f"{folder}add/").status_code == 403
    assert client.post(f"{folder}{token.pk}/delete/", {"post": "yes"}).status_code == 302
    assert ApiToken.objects.count() == 0
