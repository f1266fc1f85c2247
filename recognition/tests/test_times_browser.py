"""Times as people in several zones see them, whatever the zone of the machine that runs the tests."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import ApiToken, User
from aslsite.tests.browser import OpenPage
from recognition.models import Prediction
from recognition.tests.conftest import MakePrediction

pytestmark = pytest.mark.django_db(transaction=True)

MOMENT = datetime(2026, 11, 28, 18, 1, tzinfo=UTC)
IN_UTC = "28 November 2026, 18:01\u00a0UTC"
ZONES = {"Asia/Tokyo": "29 November 2026, 03:01", "America/Los_Angeles": "28 November 2026, 10:01"}


def at_that_moment(prediction: Prediction) -> Prediction:
    Prediction.objects.filter(pk=prediction.pk).update(created_at=MOMENT)
    return prediction


def days_of(html: str) -> list[str]:
    return re.findall(r'<time datetime="[-0-9]+">([^<]+)</time>', html)


def expect_time(page: Page, text: str) -> None:
    time = page.locator("main time").first
    expect(time).to_have_text(text)
    expect(time).to_have_attribute("title", IN_UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_is_that_of_ones_own_clock_and_tells_utc(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction, zone: str
) -> None:
    prediction = at_that_moment(make_prediction(alice))
    ApiToken.issue(owner=alice, name="laptop")
    ApiToken.objects.update(created_at=MOMENT)
    page = open_page(alice, timezone_id=zone, locale="de-DE")
    page.goto("/history/")
    expect_time(page, ZONES[zone])
    page.goto(f"/predictions/{prediction.pk}/")
    page.get_by_text("Details").click()
    expect_time(page, ZONES[zone])
    page.goto("/accounts/tokens/")
    expect_time(page, ZONES[zone])


def test_what_comes_later_is_in_ones_own_zone_too(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction
) -> None:
    waiting = at_that_moment(make_prediction(alice, state="queued"))
    page = open_page(alice, timezone_id="Asia/Tokyo")
    page.goto("/history/")
    assert waiting.fail("It took too long.")
    expect(page.get_by_role("link", name="Could not be read")).to_be_visible()
    expect_time(page, ZONES["Asia/Tokyo"])


def test_without_scripts_a_time_is_in_utc_and_says_so(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction
) -> None:
    at_that_moment(make_prediction(alice))
    page = open_page(alice, timezone_id="America/Los_Angeles", java_script_enabled=False)
    page.goto("/history/")
    expect(page.locator("main time")).to_have_text(IN_UTC)
    page.get_by_text("Find and order").click()
    expect(page.get_by_label("From day (in UTC)")).to_be_visible()
    expect(page.get_by_label("To day (in UTC)")).to_be_visible()


@pytest.mark.parametrize(("zone", "day"), [("Asia/Tokyo", "2026-11-29"), ("America/Los_Angeles", "2026-11-28")])
def test_days_that_one_asks_for_are_ones_own(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction, zone: str, day: str
) -> None:
    at_that_moment(make_prediction(alice))
    page = open_page(alice, timezone_id=zone)
    page.goto("/history/")
    page.get_by_text("Find and order").click()
    page.get_by_label("From day", exact=True).fill(day)
    page.get_by_label("To day", exact=True).fill(day)
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("status")).to_contain_text("1 picture")
    page.get_by_label("From day", exact=True).fill("")
    page.get_by_label("To day", exact=True).fill("")
    page.get_by_role("button", name="Show these").click()
    page.wait_for_url(lambda url: "since=&" in url and "zone" not in url)


def test_a_link_to_days_of_another_zone_tells_which(open_page: OpenPage, alice: User) -> None:
    page = open_page(alice, timezone_id="Asia/Tokyo")
    page.goto("/history/?since=2026-11-28&zone=Europe/Berlin")
    expect(page.get_by_label("From day (in Europe/Berlin)")).to_have_value("2026-11-28")
    page.goto("/history/?since=2026-11-28")
    expect(page.get_by_label("From day (in UTC)")).to_have_value("2026-11-28")


@pytest.mark.parametrize("zone", ZONES)
def test_days_stay_what_they_are(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction, client: Client, zone: str
) -> None:
    make_prediction(alice)
    client.force_login(alice)
    page = open_page(alice, timezone_id=zone)
    page.goto("/statistics/?step=day")
    page.get_by_text("The same as a table").click()
    expect(page.get_by_text("Pictures by day in UTC; the last comes first")).to_be_visible()
    told = days_of(client.get("/statistics/?step=day").content.decode())
    assert len(told) == 30
    expect(page.locator("main time")).to_have_text(told)


def test_no_template_writes_a_time_without_its_zone() -> None:
    found = [
        str(path)
        for path in Path(settings.BASE_DIR, "templates").rglob("*")
        if path.is_file() and "H:i" in path.read_text()
    ]
    assert found == []
