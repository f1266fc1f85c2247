"""The review queue in a real browser: by keys alone, without scripts, and sound."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.models import Sample
from recognition.tests.conftest import MakePrediction
from recognition.tests.samples import allow, offered
from recognition.tests.test_browser import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reviewer_judges_by_keys_without_the_page_being_loaded_again(
    open_page: OpenPage, alice: User, bob: User, make_prediction: MakePrediction
) -> None:
    for number, word in enumerate("RUV"):
        offered(make_prediction, alice, word=word, number=40 + 70 * number)
    offered(make_prediction, alice, word="R", number=40)
    page = open_page(allow(bob, "review_samples"))
    page.goto("/review/")
    page.evaluate("window.isTheSamePage = true")
    status = page.get_by_role("status")
    expect(page.get_by_role("heading", name="Is it R?")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(status).to_contain_text("Accepted as R, and 1 like it.")
    page.keyboard.press("x")
    expect(status).to_contain_text("Needs a second opinion.")
    page.keyboard.press("Backspace")
    expect(page.get_by_role("heading", name="Is it U?")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(status).to_contain_text("Rejected.")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    assert page.evaluate("window.isTheSamePage")
    assert sorted(Sample.objects.values_list("state", flat=True)) == ["accepted", "accepted", "flagged", "rejected"]


def test_without_scripts_one_judges_by_buttons(
    open_page: OpenPage, alice: User, bob: User, make_prediction: MakePrediction
) -> None:
    offered(make_prediction, alice, word="R")
    page = open_page(allow(bob, "review_samples"), java_script_enabled=False)
    page.goto("/review/")
    page.get_by_role("button", name="R", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Accepted as R.")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Is it R?")).to_be_visible()


def test_keys_can_be_switched_off_for_those_who_speak_to_their_computer(
    open_page: OpenPage, alice: User, bob: User, make_prediction: MakePrediction
) -> None:
    offered(make_prediction, alice, word="R")
    page = open_page(allow(bob, "review_samples"))
    page.goto("/review/")
    page.get_by_label("Keys answer at once").uncheck()
    page.keyboard.press("r")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status")).to_contain_text("Rejected.")


def test_review_is_sound(open_page: OpenPage, alice: User, bob: User, make_prediction: MakePrediction) -> None:
    for word in "RR":
        offered(make_prediction, alice, word=word, number=40)
    page = open_page(allow(bob, "review_samples"), bypass_csp=True)
    page.goto("/review/")
    assert_sound(page, "/review/")
    page.goto("/review/?show=flagged")
    assert_sound(page, "/review/ of nothing")
