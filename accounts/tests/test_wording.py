"""How allauth's words and browsers' names are shown."""

import re

import pytest
from django.test import Client

from accounts.models import User
from accounts.templatetags.accounts_tags import browser_name, sentence_case

CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Sign Up", "Sign up"),
        ("\n  Two-Factor Authentication ", "\n  Two-factor authentication "),
        ("IP Address", "IP address"),
        ("WebAuthn Key", "WebAuthn key"),
        ("Password (again)", "Password (again)"),
        ("", ""),
    ],
)
def test_headings_and_buttons_begin_with_a_capital_and_have_no_other(given: str, shown: str) -> None:
    assert sentence_case(given) == shown


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (CHROME.format("X11; Linux x86_64"), "Chrome on Linux"),
        (CHROME.format("Windows NT 10.0; Win64; x64") + " Edg/130.0.0.0", "Edge on Windows"),
        (CHROME.format("Linux; Android 10; K"), "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on Mac"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_browsers_are_called_as_people_call_them(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


@pytest.mark.parametrize(
    ("address", "title"), [("/accounts/signup/", "Sign up"), ("/accounts/password/change/", "Change password")]
)
def test_allauths_pages_read_like_ours(client: Client, alice: User, address: str, title: str) -> None:
    if "password" in address:
        client.force_login(alice)
    page = " ".join(client.get(address).content.decode().split())
    assert re.search(f"<title> ?{title} · ASL Alphabet</title>", page)
    assert f"<h1> {title} </h1>" in page
    assert "placeholder" not in page
