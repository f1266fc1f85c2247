"""The bench in a browser, without scripts: sorted, chosen, compared, and a report opened."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.models import ModelVersion
from recognition.tests.test_bench import CNN, FUSION, make
from recognition.tests.test_browser import assert_sound


@pytest.fixture
def versions(db: None) -> list[ModelVersion]:
    return [make("fusion", FUSION, ""), make("cnn", CNN), make("bare", {})]


def test_versions_are_sorted_compared_and_their_reports_read(
    bob: User, versions: list[ModelVersion], open_page: OpenPage
) -> None:
    page = open_page(bob, java_script_enabled=False)
    page.goto("/bench/")
    page.get_by_role("link", name="Accuracy in the room").click()
    expect(page.get_by_role("columnheader", name="Accuracy in the room")).to_have_attribute("aria-sort", "descending")
    page.get_by_label("Compare fusion").check()
    page.get_by_label("Compare cnn").check()
    page.get_by_role("button", name="Compare the chosen").click()
    expect(page.get_by_role("heading", name="Versions compared")).to_be_visible()
    expect(page.get_by_role("row", name="J as I")).to_contain_text("0.400")
    page.get_by_role("link", name="The bench").click()
    page.get_by_role("link", name="Report of fusion", exact=True).click()
    expect(page.get_by_role("heading", name="On people it never saw")).to_be_visible()


def test_its_pages_are_sound_to_axe(bob: User, versions: list[ModelVersion], open_page: OpenPage) -> None:
    page = open_page(bob, bypass_csp=True)  # axe-core lays styles on what it measures
    picked = "&".join(f"version={version.pk}" for version in versions)
    for address in ("/bench/", f"/bench/compare/?{picked}"):
        page.goto(address)
        assert_sound(page, address)
