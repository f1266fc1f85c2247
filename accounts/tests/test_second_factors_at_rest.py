"""What the database holds of second factors, and what a change of keys does to it."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import get_user
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import second_factors
from accounts.models import User
from accounts.tests.test_second_factor import code_of, sign_in


def enters(code: str) -> bool:
    client = Client()
    sign_in(client, "alice")
    client.post("/accounts/2fa/authenticate/", {"code": code})
    return bool(get_user(client).is_authenticated)


def kept() -> str:
    return str(list(Authenticator.objects.values_list("data", flat=True)))


@pytest.fixture
def guarded_alice(alice: User, secret: str) -> User:
    TOTP.activate(alice, secret)
    RecoveryCodes.activate(alice)
    return alice


def test_the_database_alone_makes_no_codes(guarded_alice: User, secret: str) -> None:
    assert secret not in kept()
    assert kept().count("fernet:") == 2
    assert enters(code_of(secret))
    assert enters(Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0])


def test_what_was_kept_plain_still_works_and_is_encrypted_at_the_next_start(alice: User, secret: str) -> None:
    for kind, data in (("totp", {"secret": secret}), ("recovery_codes", {"seed": "ab" * 40, "used_mask": 1})):
        Authenticator.objects.create(user=alice, type=kind, data=data)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert len(codes) == 9
    assert second_factors.encrypt_anew() == 2
    assert secret not in kept()
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes
    assert enters(code_of(secret))
    assert second_factors.encrypt_anew() == 0


def test_a_new_key_with_the_old_one_as_its_fallback_locks_nobody_out(
    guarded_alice: User, secret: str, settings: Settings
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * 50
    assert enters(code_of(secret))
    assert second_factors.encrypt_anew() == 2
    settings.SECRET_KEY_FALLBACKS = []
    assert enters(Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0])


def test_without_the_old_key_nobody_enters_and_nothing_is_lost(
    guarded_alice: User, secret: str, settings: Settings
) -> None:
    before, old_key = kept(), settings.SECRET_KEY
    settings.SECRET_KEY = "n" * 50
    client = Client()
    sign_in(client, "alice")
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert answer.status_code == 503
    assert "Your code cannot be checked" in answer.content.decode()
    assert get_user(client).is_anonymous
    assert second_factors.encrypt_anew() == 0
    assert kept() == before
    settings.SECRET_KEY = old_key
    assert enters(code_of(secret))
