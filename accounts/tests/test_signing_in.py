"""Sign-up, log-in and log-out."""

import pytest
from allauth.account import app_settings
from allauth.core.internal.ratelimit import get_rates
from django.conf import settings
from django.contrib.auth import get_user
from django.test import Client

from accounts.models import User

PASSWORD = "a-hand-shape-or-two"


def test_who_signs_up_is_signed_in_and_lands_on_the_upload_page(client: Client, db: None) -> None:
    response = client.post("/accounts/signup/", {"username": "dana", "password1": PASSWORD, "password2": PASSWORD})
    assert response.headers["Location"] == "/predict/"
    assert get_user(client).get_username() == "dana"


@pytest.mark.parametrize("login", ["alice", "alice@example.org"])
def test_log_in_by_name_or_address(client: Client, alice: User, login: str) -> None:
    response = client.post("/accounts/login/?next=/history/", {"login": login, "password": "alice-password"})
    assert response.headers["Location"] == "/history/"
    assert get_user(client) == alice


def test_log_in_leads_nowhere_else(client: Client, alice: User) -> None:
    data = {"login": "alice", "password": "alice-password", "next": "https://evil.example/"}
    assert client.post("/accounts/login/", data).headers["Location"] == "/predict/"


def test_the_label_says_what_the_field_takes(client: Client, db: None) -> None:
    page = " ".join(client.get("/accounts/login/").content.decode().split())
    assert '<label class="field__label" for="id_login"> Username or email address </label>' in page


def test_who_tries_too_often_is_told_to_wait(client: Client, alice: User) -> None:
    for _ in range(6):
        page = client.post("/accounts/login/", {"login": "alice", "password": "wrong"}).content.decode()
    assert "Too many failed" in page
    assert (
        "Too many failed"
        in client.post("/accounts/login/", {"login": "alice", "password": "alice-password"}).content.decode()
    )
    for _ in range(30):
        response = client.post("/accounts/login/", {"login": "bob", "password": "wrong"})
    assert response.status_code == 429
    assert response["Retry-After"] == "600"
    assert "Wait ten minutes, then try again." in response.content.decode()


def test_no_limit_lasts_longer_than_its_page_says() -> None:
    rates = [rate for action in app_settings.RATE_LIMITS for rate in get_rates(app="allauth.account", action=action)]
    assert max(rate.duration for rate in rates) == settings.LONGEST_LIMIT_SECONDS


def test_a_closed_account_is_told_whom_to_ask(client: Client, alice: User) -> None:
    User.objects.update(is_active=False)
    answer = client.post("/accounts/login/", {"login": "alice", "password": "alice-password"}, follow=True)
    assert 'href="/contact/">Ask them</a>' in answer.content.decode()


def test_a_wrong_password_is_told_and_the_name_kept(client: Client, alice: User) -> None:
    page = client.post("/accounts/login/", {"login": "alice", "password": "wrong"}).content.decode()
    assert 'role="alert"' in page
    assert "not correct" in page
    assert 'value="alice"' in page


def test_a_name_that_nobody_can_have_is_told_at_the_field(client: Client, db: None) -> None:
    page = client.post("/accounts/login/", {"login": "a" * 60_000, "password": "wrong"})
    assert page.status_code == 200
    assert "at most 254 characters" in page.content.decode()


def test_errors_and_help_are_tied_to_their_fields(client: Client, db: None) -> None:
    data = {"username": "", "password1": "1", "password2": "2"}
    page = client.post("/accounts/signup/", data).content.decode()
    assert '<ul class="errorlist" id="id_username_error">' in page
    assert 'aria-describedby="id_username_error"' in page
    assert 'aria-describedby="id_password1_helptext id_password1_error"' in page
    assert 'id="id_password1_helptext"' in page
    assert 'aria-invalid="true"' in page


def test_log_out_has_a_page_of_its_own(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "Are you sure you want to sign out?" in client.get("/accounts/logout/").content.decode()
    assert get_user(client) == alice
    page = client.post("/accounts/logout/", follow=True).content.decode()
    assert "You are signed out" in page
    assert get_user(client).is_anonymous


def test_the_page_after_signing_out_claims_nothing_that_is_no_longer_so(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "You are signed in" in client.get("/accounts/signed-out/").content.decode()


@pytest.mark.parametrize("path", ["password/set/", "login/code/", "phone/change/", "signup/passkey/"])
def test_ways_in_that_are_not_offered_are_not_there(client: Client, alice: User, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404
    client.force_login(alice)
    assert client.get(f"/accounts/{path}").status_code == 404


def test_a_password_can_be_changed(client: Client, alice: User) -> None:
    client.login(username="alice", password="alice-password")
    data = {"oldpassword": "alice-password", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/password/change/", data).status_code == 302
    assert client.login(username="alice", password=PASSWORD)
