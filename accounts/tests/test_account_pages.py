"""The account pages in a real browser: axe-core, narrow windows, both colour schemes, and the console silent."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.mail import EmailMessage
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from accounts.models import Consent, User
from accounts.tests.test_mail import NEW_PASSWORD, link_in
from accounts.tests.test_second_factor import code_of
from aslsite.tests.browser import OpenPage
from recognition.tests.test_browser import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


def test_pages_around_signing_in(open_page: OpenPage, settings: Settings, alice: User) -> None:
    page = open_page()
    for path in ("/accounts/signed-out/", "/accounts/password/reset/"):
        page.goto(path)
        assert_sound(page, f"{path} without a mail server")
    page.goto("/accounts/inactive/")
    assert_sound(page, "closed account")
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
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
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
    expect(page.get_by_role("heading", name="Chrome on Linux")).to_be_visible()
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


def test_a_forgotten_password_and_another_address(
    open_page: OpenPage, settings: Settings, alice: User, mailoutbox: list[EmailMessage]
) -> None:
    """By the links of the mails, with each page on the way looked at."""
    settings.MAIL_IS_SENT = True
    page = open_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.fill("[name=email]", "alice@example.org")
    page.get_by_role("button", name="Reset my password").click()
    expect(page.locator("main")).to_contain_text("We have sent you an email")
    link = link_in(mailoutbox[-1])
    page.goto(link)
    set_password(page, "short")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert_sound(page, "new password")
    set_password(page, NEW_PASSWORD)
    expect(page.locator(".messages")).to_contain_text("Password successfully changed.")
    page.fill("[name=login]", "alice")
    page.fill("[name=password]", NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which letter is it?")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link no longer works")
    page.goto("/accounts/email/")
    page.fill("[type=email]", "new@example.org")
    page.get_by_role("button", name="Add email").click()
    page.fill("[name=password]", NEW_PASSWORD)
    page.get_by_role("button", name="Confirm").click()  # what was asked for goes on
    expect(page.locator(".messages")).to_contain_text("Confirmation email sent to new@example.org")
    assert_sound(page, "two addresses")
    page.goto(link_in(mailoutbox[-1]))
    assert_sound(page, "confirmation")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".messages")).to_contain_text("You have confirmed new@example.org")
    page.goto("/accounts/email/")
    page.get_by_label("new@example.org").check()
    page.get_by_role("button", name="Make primary").click()
    expect(page.locator(".messages")).to_contain_text("Primary email address set.")
    page.get_by_label("alice@example.org").check()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".messages")).to_contain_text("Removed email address alice@example.org.")
    alice.refresh_from_db()
    assert alice.email == "new@example.org"


def test_a_second_factor_is_renewed_and_taken_off(open_page: OpenPage, alice: User) -> None:
    page = open_page(alice)
    page.goto("/accounts/2fa/totp/activate/")
    page.fill("[name=password]", "alice-password")
    page.get_by_role("button", name="Confirm").click()
    page.fill("[name=code]", code_of(page.input_value("#authenticator_secret")))
    page.get_by_role("button", name="Activate").click()
    first = page.get_by_label("Unused codes").input_value()
    page.get_by_role("link", name="Generate new codes").click()
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".messages")).to_contain_text("A new set of recovery codes has been generated.")
    second = page.get_by_label("Unused codes").input_value()
    assert not set(first.split()) & set(second.split())
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Deactivate").click()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.locator(".messages")).to_contain_text("Authenticator app deactivated.")
    assert_sound(page, "no second factor")
    assert not Authenticator.objects.exists()


def test_the_admin_is_entered_by_password_and_code(open_page: OpenPage, admin: User, secret: str) -> None:
    TOTP.activate(admin, secret)
    page = open_page()
    page.goto("/admin/")
    page.fill("[name=login]", "admin")
    page.fill("[name=password]", "admin-password")
    page.get_by_role("button", name="Sign in").click()
    page.fill("[name=code]", "000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()
    assert_sound(page, "wrong second factor")
    page.fill("[name=code]", code_of(secret))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Administration")


@pytest.mark.parametrize("verification", ["optional", "mandatory"])
def test_signing_up_where_addresses_are_verified(
    open_page: OpenPage, settings: Settings, mailoutbox: list[EmailMessage], verification: str
) -> None:
    settings.MAIL_IS_SENT = True
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    page = open_page()
    page.goto("/accounts/signup/")
    page.fill("[name=username]", "dana")
    page.fill("[name=email]", "dana@example.org")
    set_password(page, NEW_PASSWORD, "Sign up")
    waits = verification == "mandatory"
    heading = "Verify your email address" if waits else "Which letter is it?"
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert_sound(page, f"signed up, {verification}")
    page.goto(link_in(mailoutbox[-1]))
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".messages")).to_contain_text("You have confirmed dana@example.org")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in" if waits else "Which letter is it?")


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


def test_the_menu_closes_by_escape_by_a_click_and_when_the_focus_leaves(open_page: OpenPage, alice: User) -> None:
    page = open_page(alice)
    page.goto("/accounts/tokens/")
    menu, last = page.locator(".menu summary"), page.get_by_role("link", name="Sign out")
    menu.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(last).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    page.get_by_text("Signed in as").click()
    expect(last).to_be_visible()
    page.get_by_role("heading", level=1).click()
    expect(last).to_be_hidden()
    menu.click()
    last.focus()
    page.keyboard.press("Tab")
    expect(last).to_be_hidden()
    expect(page.get_by_role("link", name="REST API").first).to_be_focused()


def test_without_scripts_the_menu_opens_and_closes_by_its_button(open_page: OpenPage, alice: User) -> None:
    page = open_page(alice, java_script_enabled=False)
    page.goto("/accounts/tokens/")
    menu, last = page.locator(".menu summary"), page.get_by_role("link", name="Sign out")
    menu.click()
    expect(last).to_be_visible()
    menu.click()
    expect(last).to_be_hidden()


def set_password(page: Page, password: str, button: str = "Change password") -> None:
    for name in ("password1", "password2"):
        page.fill(f"[name={name}]", password)
    page.get_by_role("button", name=button).click()


def sign_in_again(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    page.locator("main").get_by_role("link", name="Sign in").click()
    page.fill("[name=login]", "alice")
    page.fill("[name=password]", "alice-password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-factor authentication")
    assert_sound(page, "second factor")
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    page.fill("[name=code]", codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="History")).to_be_visible()
