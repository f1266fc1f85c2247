"""Setting up an authenticator app in a real browser."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.tests.test_browser import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_secret_is_copied_by_keyboard_alone(open_page: OpenPage, alice: User) -> None:
    page = open_page(alice)
    page.goto("/accounts/2fa/totp/activate/")
    page.get_by_label("Password").fill("alice-password")
    page.keyboard.press("Enter")
    secret = page.get_by_label("Authenticator secret")
    expect(secret).to_have_value(page.get_by_role("img").last.get_attribute("alt") or "")
    assert_sound(page, "setting an app up")
    page.get_by_label("Authenticator code").focus()
    page.keyboard.press("Shift+Tab")
    expect(secret).to_be_focused()
    page.keyboard.press("Control+A")
    chosen = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert secret.evaluate(chosen) == secret.input_value()
    page.set_viewport_size({"width": 320, "height": 800})
    assert secret.evaluate(
        "field => field.scrollHeight <= field.clientHeight && field.scrollWidth <= field.clientWidth"
    )
