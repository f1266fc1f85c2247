"""The account pages in a real browser: axe-core, narrow windows, both colour schemes, and the console silent."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from accounts.models import Consent, User
from accounts.tests.test_second_factor import code_of
from aslsite.tests.browser import OpenPage
from recognition.tests.test_browser import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


def test_pages_around_signing_in(open_page: OpenPage, settings: Settings, alice: User) -> None:
    page = open_page()
    for path in ("/accounts/signed-out/", "/accounts/password/reset/"):
        page.goto(path)
        assert_sound(page, f"{path} without a mail server")
    settings.MAIL_IS_SENT = True
    for path in (
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-wrong/",
        "/accounts/confirm-email/wrong/",
    ):
        page.goto(path)
        assert_sound(page, path)


def test_an_account_is_guarded_and_deleted(open_page: OpenPage, settings: Settings, alice: User) -> None:
    """The whole way, looked at page by page."""
    settings.MAIL_IS_SENT = True
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True)
    Consent.give(person=alice)
    page = open_page(
        alice, user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1"
    )
    page.goto("/accounts/2fa/totp/activate/")
    page.fill("[name=password]", "alice-password")
    page.get_by_role("button", name="Confirm").click()
    assert_sound(page, "activation")
    page.fill("[name=code]", "0")
    page.get_by_role("button", name="Activate").click()
    assert_sound(page, "wrong code")
    page.fill("[name=code]", code_of(page.input_value("#authenticator_secret")))
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery Codes")
    assert_sound(page, "recovery codes")
    for path in (
        "/accounts/",
        "/accounts/2fa/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/email/",
        "/accounts/delete/",
    ):
        page.goto(path)
        assert_sound(page, path)
    sign_in_again(page)
    page.goto("/accounts/sessions/")
    expect(page.get_by_text("Linux x86_64")).to_be_visible()
    assert_sound(page, "sessions")
    page.goto("/accounts/delete/")
    page.fill("[name=password]", "wrong")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()
    assert_sound(page, "wrong password")
    page.fill("[name=password]", "alice-password")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.locator(".messages")).to_contain_text("Your account is deleted")
    assert not User.objects.exists()


@pytest.mark.parametrize(("appearance", "ground"), [("dark", "rgb(7, 13, 36)"), ("light", "rgb(237, 241, 249)")])
def test_the_chosen_appearance_goes_before_the_devices(
    open_page: OpenPage, alice: User, appearance: str, ground: str
) -> None:
    User.objects.filter(pk=alice.pk).update(appearance=appearance)
    page = open_page(alice)
    for device in ("light", "dark"):
        page.emulate_media(color_scheme=device)
        page.goto("/accounts/")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground


def sign_in_again(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign Out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    page.locator("main").get_by_role("link", name="Sign in").click()
    page.fill("[name=login]", "alice")
    page.fill("[name=password]", "alice-password")
    page.get_by_role("button", name="Sign In").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-Factor Authentication")
    assert_sound(page, "second factor")
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    page.fill("[name=code]", codes[0])
    page.get_by_role("button", name="Sign In").click()
    expect(page.get_by_role("link", name="History")).to_be_visible()
