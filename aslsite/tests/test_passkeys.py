"""Passkeys, where the operator offers them: the site as it runs, and Chromium's virtual authenticator."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from aslsite.tests.running import Run
from recognition.tests.test_browser import assert_sound

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path, PASSKEYS="1")
    try:
        run.wait_until_ready()
        yield run
    finally:
        run.kill()


@pytest.fixture
def page(chromium: Browser, run: Run) -> Iterator[Page]:
    context = chromium.new_context(base_url=f"http://localhost:{run.port}", reduced_motion="reduce")
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield page
    context.close()


def test_a_passkey_is_made_opens_the_door_alone_and_is_taken_off(page: Page, run: Run) -> None:
    found = re.search(r"with the password +(\S+)", run.text())
    assert found is not None
    page.goto("/accounts/login/?next=/accounts/2fa/webauthn/add/")
    assert_sound(page, "signing in with passkeys offered")
    page.fill("[name=login]", "admin")
    page.fill("[name=password]", found[1])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.fill("[name=password]", found[1])
    page.get_by_role("button", name="Confirm").click()
    assert_sound(page, "a new passkey")
    page.fill("[name=name]", "My laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which letter is it?")
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    page.fill("[name=login]", "admin")
    page.fill("[name=password]", found[1])
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert_sound(page, "a second factor, by passkey")
    page.get_by_role("button", name="Use a security key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which letter is it?")
    page.goto("/accounts/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("My laptop")
    expect(page.locator("main")).to_contain_text(re.compile(r"Added on \d+ [A-Z][a-z]+ 20\d\d\."))
    assert_sound(page, "passkeys")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("link", name="Use a security key").click()
    assert_sound(page, "asked again, by passkey")
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".messages")).to_contain_text("Security key removed.")
