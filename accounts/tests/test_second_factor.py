"""Codes of an authenticator app, recovery codes, and the list of sessions."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth import get_user
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import AttestedCredentialData

from accounts.models import User

ACTIVATE = "/accounts/2fa/totp/activate/"
AUTHENTICATE = "/accounts/2fa/authenticate/"
CURVE = {1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32}
"""A public key as one that is registered would have it."""


def code_of(secret: str) -> str:
    """What the person's app shows just now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def sign_in(client: Client, name: str, next_page: str = "") -> str:
    """Name and password; returns where that leads."""
    data = {"login": name, "password": f"{name}-password", "next": next_page}
    return client.post("/accounts/login/", data).headers["Location"]


@pytest.fixture
def guarded_alice(alice: User, secret: str) -> User:
    TOTP.activate(alice, secret)
    return alice


def test_an_app_is_set_up_with_the_password_asked_again_and_recovery_codes_follow(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(ACTIVATE).headers["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": "alice-password"})
    page = client.get(ACTIVATE).content.decode()
    shown = re.search(r'id="authenticator_secret"[^>]*>([A-Z2-7]+)<', page)
    assert shown is not None
    assert 'src="data:image/svg+xml' in page
    wrong = client.post(ACTIVATE, {"code": "000000"}).content.decode()
    assert 'aria-invalid="true"' in wrong
    assert not Authenticator.objects.exists()
    response = client.post(ACTIVATE, {"code": code_of(shown[1])}, follow=True)
    recovery_codes = re.findall(r"\b\d{8}\b", response.content.decode())
    assert len(recovery_codes) == 10
    assert "Authentication using an authenticator app is active" in client.get("/accounts/2fa/").content.decode()
    for expected in (True, False):  # a recovery code opens the door once
        elsewhere = Client()
        sign_in(elsewhere, "alice")
        elsewhere.post(AUTHENTICATE, {"code": recovery_codes[3]})
        assert get_user(elsewhere).is_authenticated is expected


def test_the_password_alone_no_longer_suffices(client: Client, guarded_alice: User, secret: str) -> None:
    assert sign_in(client, "alice") == AUTHENTICATE
    assert get_user(client).is_anonymous
    assert client.get("/history/").status_code == 302
    assert "Incorrect code" in client.post(AUTHENTICATE, {"code": "000000"}).content.decode()
    client.post(AUTHENTICATE, {"code": code_of(secret)})
    assert get_user(client) == guarded_alice


@pytest.mark.parametrize("keys", [0, 1])
def test_the_page_that_asks_names_what_one_has(
    client: Client, guarded_alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch, keys: int
) -> None:
    settings.MFA_SUPPORTED_TYPES = [*settings.MFA_SUPPORTED_TYPES, "webauthn"]
    registered = [AttestedCredentialData.create(b"0" * 16, b"key", ES256(CURVE))] * keys
    monkeypatch.setattr("allauth.mfa.webauthn.internal.auth.get_credentials", lambda user: registered)
    recovery_codes = RecoveryCodes.activate(guarded_alice)
    sign_in(client, "alice")
    page = client.get(AUTHENTICATE).content.decode()
    assert "or one of your recovery codes" in page
    assert ("Use a security key" in page) is bool(keys)
    assert page.count("Cancel") == 1
    client.post(AUTHENTICATE, {"code": recovery_codes.get_unused_codes()[0]})
    assert get_user(client) == guarded_alice


def test_a_code_works_once(guarded_alice: User, secret: str) -> None:
    code = code_of(secret)
    for expected in (True, False):
        client = Client()
        sign_in(client, "alice")
        client.post(AUTHENTICATE, {"code": code})
        assert get_user(client).is_authenticated is expected


def test_nor_does_it_work_again_when_the_next_one_is_shown(
    guarded_alice: User, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would still be valid, as a telephone's clock may be late; whoever looked over a shoulder knows it."""
    *_earlier, code = (format_hotp_value(hotp_value(secret, counter)) for counter in yield_hotp_counters_from_time())
    now = time.time()
    for later, expected in ((0, True), (31, False)):
        monkeypatch.setattr(time, "time", lambda later=later: now + later)
        client = Client()
        sign_in(client, "alice")
        client.post(AUTHENTICATE, {"code": code})
        assert get_user(client).is_authenticated is expected


def test_the_code_that_set_the_app_up_opens_no_door(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)  # the next period does not begin in between
    client.force_login(alice)
    client.post("/accounts/reauthenticate/", {"password": "alice-password"})
    page = client.get(ACTIVATE).content.decode()
    shown = re.search(r'id="authenticator_secret"[^>]*>([A-Z2-7]+)<', page)
    assert shown is not None
    *_earlier, code, later = (
        format_hotp_value(hotp_value(shown[1], counter)) for counter in yield_hotp_counters_from_time()
    )
    client.post(ACTIVATE, {"code": code})
    assert Authenticator.objects.filter(user=alice, type=Authenticator.Type.TOTP).exists()
    elsewhere = Client()
    sign_in(elsewhere, "alice")
    assert "Incorrect code" in elsewhere.post(AUTHENTICATE, {"code": f"{code[:3]} {code[3:]}"}).content.decode()
    assert get_user(elsewhere).is_anonymous
    elsewhere.post(AUTHENTICATE, {"code": later})
    assert get_user(elsewhere) == alice


def test_codes_cannot_be_guessed(client: Client, guarded_alice: User, secret: str) -> None:
    sign_in(client, "alice")
    for _ in range(6):
        page = client.post(AUTHENTICATE, {"code": "000000"}).content.decode()
    assert "Too many failed" in page
    client.post(AUTHENTICATE, {"code": code_of(secret)})
    assert get_user(client).is_anonymous


def test_the_admin_asks_for_the_second_factor_too(client: Client, admin: User, secret: str) -> None:
    TOTP.activate(admin, secret)
    assert sign_in(client, "admin", "/admin/") == AUTHENTICATE
    assert client.get("/admin/").status_code == 302
    response = client.post(AUTHENTICATE, {"code": code_of(secret)})
    assert response.headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_the_app_shows_the_sites_name(alice: User) -> None:
    assert "issuer=ASL%20Alphabet" in get_adapter().build_totp_url(alice, "JBSWY3DPEHPK3PXP")


def test_other_sessions_can_be_ended(client: Client, alice: User) -> None:
    elsewhere = Client(headers={"user-agent": "Forgotten/1.0"})
    sign_in(elsewhere, "alice")
    sign_in(client, "alice")
    page = client.get("/accounts/sessions/").content.decode()
    assert "Forgotten/1.0" in page
    assert "This browser" in page
    client.post("/accounts/sessions/")
    assert get_user(elsewhere).is_anonymous
    assert get_user(client) == alice
