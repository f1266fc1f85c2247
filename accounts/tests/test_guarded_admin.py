"""Second factors and sessions in the admin: no secret is shown, and they can be taken away."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user
from django.test import Client

from accounts.models import User

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def client(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def test_the_secret_of_a_second_factor_is_not_shown_but_can_be_taken_away(client: Client, alice: User) -> None:
    TOTP.activate(alice, SECRET)
    authenticator = Authenticator.objects.get()
    address = f"/admin/mfa/authenticator/{authenticator.pk}/"
    page = client.get(f"{address}change/").content.decode()
    assert "alice" in page
    assert SECRET not in page
    assert 'name="_save"' not in page
    assert client.post(f"{address}change/", {"data": "{}"}).status_code == 403
    client.post(f"{address}delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()


def test_the_key_of_a_session_is_not_shown_but_it_can_be_ended(client: Client, alice: User) -> None:
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"login": "alice", "password": "alice-password"})
    session = UserSession.objects.get(user=alice)
    address = f"/admin/usersessions/usersession/{session.pk}/"
    for path in ("/admin/usersessions/usersession/", f"{address}change/"):
        page = client.get(path).content.decode()
        assert "127.0.0.1" in page
        assert session.session_key not in page
    client.post(f"{address}delete/", {"post": "yes"})
    assert get_user(elsewhere).is_anonymous


def test_tokens_are_called_what_they_are_called_elsewhere(client: Client) -> None:
    for address in ("/admin/", "/admin/accounts/apitoken/"):
        page = client.get(address).content.decode()
        assert "API tokens" in page
        assert "Api token" not in page
