"""Swagger and Redoc in a real browser: nobody else is asked, and axe-core finds only what lies in their own markup."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from aslsite.tests.browser import OpenPage

pytestmark = pytest.mark.django_db(transaction=True)

# Rules that only other markup would satisfy; docs/api-guide.md names them.
OF_SWAGGER = {"heading-order", "landmark-unique", "region", "select-name"}
OF_REDOC = {"heading-order"}


def assert_only(theirs: set[str], page: Page) -> None:
    wrong = {rule["id"]: rule["nodes"][0]["html"] for rule in Axe().run(page).response["violations"]}
    assert {rule: example for rule, example in wrong.items() if rule not in theirs} == {}


def test_swagger_is_sound_closed_and_open(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/api/v1/docs/")
    for operation in ("GET /api/v1/predictions/", "POST /api/v1/predictions/"):
        method, path = operation.split()
        block = page.locator(".opblock", has_text=method).filter(has=page.locator(f"[data-path='{path}']"))
        block.locator(".opblock-summary-control").click()
        expect(block.locator(".responses-wrapper")).to_be_visible()
    assert_only(OF_SWAGGER, page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("ASL Alphabet")


def test_redoc_is_sound_and_asks_nobody_for_a_logo(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/api/v1/redoc/")
    expect(page.get_by_role("heading", name="Send a picture")).to_be_visible()
    expect(page.get_by_role("link", name="API docs by Redocly")).to_be_visible()
    assert_only(OF_REDOC, page)
