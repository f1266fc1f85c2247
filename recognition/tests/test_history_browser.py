"""Result and history in a real browser: by keyboard and mouse, with and without scripts, and sound in each state."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.models import Correction, Prediction
from recognition.tests.conftest import MakePrediction
from recognition.tests.test_browser import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


def test_all_on_a_page_are_selected_deleted_and_had_back(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction
) -> None:
    for _ in range(3):
        make_prediction(alice)
    page = open_page(alice)
    page.goto("/history/")
    page.get_by_label("Select all on this page").check()
    expect(page.get_by_role("button", name="Delete 3 selected")).to_be_visible()
    page.locator(".row__select").first.uncheck()
    page.get_by_role("button", name="Delete 2 selected").click()
    expect(page.locator(".row")).to_have_count(1)
    assert_sound(page, "undo")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".row")).to_have_count(3)


def test_what_is_selected_stays_so_while_the_list_updates(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction
) -> None:
    read, waiting = make_prediction(alice), make_prediction(alice, state="queued")
    page = open_page(alice)
    page.goto("/history/")
    page.locator(f"#select-{read.pk}").check()
    assert waiting.fail("It took too long.")
    expect(page.get_by_role("link", name="Could not be read")).to_be_visible()
    expect(page.locator(f"#select-{read.pk}")).to_be_checked()
    expect(page.get_by_label("Select all on this page")).to_be_visible()
    expect(page.get_by_role("button", name="Delete 1 selected")).to_be_visible()


def test_without_scripts_one_deletes_undoes_and_answers_too(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice)
    page = open_page(alice, java_script_enabled=False)
    page.goto("/history/")
    page.locator(".row__select").check()
    page.get_by_role("button", name="Delete the selected").click()
    page.get_by_role("button", name="Undo").click()
    page.goto(f"/predictions/{prediction.pk}/")
    page.get_by_text("No, it is something else").click()
    page.locator(".choice", has_text="space").click()
    page.get_by_role("button", name="Save the answer").click()
    expect(page.get_by_role("heading", name="You said: space")).to_be_visible()
    expect(page.locator(".hand")).to_be_visible()
    page.get_by_label("Draw the hand that was found").uncheck()
    expect(page.locator(".hand")).to_be_hidden()


def test_an_answer_is_given_by_keyboard_alone(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice)
    page = open_page(alice)
    page.goto(f"/predictions/{prediction.pk}/")
    page.get_by_text("No, it is something else").focus()
    page.keyboard.press("Enter")
    assert_sound(page, "choices")
    page.get_by_text("No, it is something else").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # A
    page.keyboard.press("ArrowRight")  # B
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You said: B")).to_be_visible()
    assert Correction.objects.get().label == "B"
    assert_sound(page, "answered")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Was this right?")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_unsure_answer_is_settled_by_one_key(
    open_page: OpenPage, alice: User, make_unsure: MakePrediction, scripts: bool
) -> None:
    prediction = make_unsure(alice)
    page = open_page(alice, java_script_enabled=scripts)
    page.goto(f"/predictions/{prediction.pk}/")
    page.get_by_role("button", name="It is M").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You said: N")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="It is T").click()
    assert Correction.objects.get().label == "T"


def test_coming_back_to_what_was_deleted_offers_it(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice)
    page = open_page(alice)
    page.goto(f"/predictions/{prediction.pk}/")
    page.get_by_role("button", name="Delete").click()
    # Chromium refuses to go back in a page that it is about to leave.
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.wait_for_load_state()
    page.go_back()
    expect(page.get_by_role("heading", name="You deleted this picture")).to_be_visible()
    assert_sound(page, "deleted")
    page.get_by_role("button", name="Have it back").click()
    expect(page.locator(".row")).to_have_count(1)
    assert Prediction.objects.owned_by(alice).count() == 1
