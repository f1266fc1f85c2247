"""A real browser for the tests that ask for one: Debian's Chromium, driven by Playwright, cut off from the world."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from accounts.models import User
from aslsite.tests.chromium import FLAGS

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        reason = "Chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # Playwright runs an event loop in this thread, in which Django would refuse to ask the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium: Browser, live_server: Any) -> Iterator[OpenPage]:
    """Opens a tab, for somebody who is signed in or for nobody. ``complaints`` of a tab end its test as a failure:
    errors of scripts, what the content security policy stopped, and requests to any other origin."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(user: User | None = None, browser: Browser = chromium, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, reduced_motion="reduce", **options)
        contexts.append(context)
        if user is not None:
            context.add_cookies([_session_of(user, live_server.url)])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on("console", lambda message: complaints.append(message.text) if _is_complaint(message) else None)
        page.on("request", lambda request: complaints.extend(_outside(request.url, live_server.url)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _session_of(user: User, url: str) -> Any:
    client = Client()
    client.force_login(user)
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": url,
    }


_NO_COMPLAINTS = (
    "the server responded with a status of 4",  # Chromium's, for each page that is answered 404 or 403: those are meant
    "net::ERR_FAILED",  # a request that the test itself broke off
    "INFO: Created TensorFlow Lite XNNPACK delegate",  # what tasks-vision says on stderr
)


def _is_complaint(message: Any) -> bool:
    return message.type == "error" and not any(words in message.text for words in _NO_COMPLAINTS)


def _outside(url: str, own: str) -> list[str]:
    return [] if url.startswith((own, "data:", "blob:")) else [f"request to {url}"]
