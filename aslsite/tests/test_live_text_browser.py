"""The text of the live page in a real browser: written, changed, saved once, and never lost."""

import re

import pytest
from playwright.sync_api import Dialog, Route, expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from aslsite.tests.cameras import (
    SpellingRecogniser,
    chromium,
    save,
    server_reads,
    start,
    text,
)
from recognition.models import LiveSession

__all__ = ["chromium", "server_reads"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_text_is_written_undone_copied_and_saved_by_buttons_and_keys(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice)
    page.goto("/live/")
    expect(page.get_by_role("button", name="Stop the camera")).to_be_hidden()
    expect(page.get_by_role("button", name="Correct this picture")).to_be_hidden()
    field = text(page)
    for name in ("Copy", "Clear", "Undo", "Save the text"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    field.press_sequentially("HI")
    page.get_by_role("button", name="Space").click()
    field.press_sequentially("YOU")
    page.get_by_role("button", name="Delete").click()
    expect(field).to_have_value("HI YO")
    field.press("Control+z")
    expect(field).to_have_value("HI YOU")
    page.get_by_role("button", name="Clear").click()
    expect(field).to_have_value("")
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_value("HI YOU")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#live-said")).to_have_text("The text is copied.")
    page.get_by_role("button", name="Save the text").click()
    page.get_by_role("link", name="Saved: see the text").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A text signed to the camera")
    assert LiveSession.objects.get().text == "HI YOU"


@pytest.mark.parametrize(("name", "presses"), [("Clear", 1), ("Delete", 2), ("Undo", 1)])
def test_a_button_that_has_done_all_that_it_can_keeps_the_focus(
    alice: User, open_page: OpenPage, name: str, presses: int
) -> None:
    page = open_page(alice)
    page.goto("/live/")
    text(page).fill("HI")
    button = page.get_by_role("button", name=name)
    for _ in range(presses):
        button.press("Enter")
    expect(text(page)).to_have_value("")
    expect(button).to_be_disabled()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(text(page)).to_have_value("")
    page.get_by_role("button", name="Save the text").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#live-saved")).to_be_empty()


def test_what_is_said_of_a_text_stays_while_letters_come_until_its_signer_changes_it(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    start(page)
    expect(text(page)).to_have_value("B", timeout=20_000)
    saved = save(page)
    expect(saved).to_have_text("Saved: see the text")
    server_reads.label = "A"
    expect(text(page)).to_have_value("BA", timeout=20_000)
    expect(saved).to_have_text("Saved: see the text")
    page.get_by_role("button", name="Stop the camera").click()
    page.get_by_role("button", name="Space").click()
    expect(saved).to_be_empty()
    expect(save(page)).to_have_text("Saved in place of what was saved before: see the text")
    assert LiveSession.objects.get().text == "BA "


def test_a_text_is_saved_once_until_it_is_another(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice)
    page.goto("/live/")
    text(page).fill("HI")
    page.get_by_role("button", name="Save the text").dblclick()
    link = page.get_by_role("link", name=re.compile("see the text"))
    expect(link).to_be_visible()
    address = link.get_attribute("href")
    expect(save(page)).to_have_text("Saved already: see the text")
    expect(link).to_have_attribute("href", address)
    expect(page.get_by_role("button", name="Save the text")).to_be_focused()
    text(page).press_sequentially("!")
    page.get_by_role("button", name="Undo").click()
    expect(save(page)).to_have_text("Saved already: see the text")
    assert LiveSession.objects.get().text == "HI"


def test_writing_stops_where_no_more_can_be_saved_and_says_so_once(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    server_reads.label = "nothing"
    page = open_page(alice)
    start(page)
    field, said = text(page), page.locator("#live-said")
    field.fill("A" * 5000)
    page.get_by_role("button", name="Space").click()
    full = "There is no room for more: a text has at most 5,000 characters. Save it, then clear it to go on."
    expect(said).to_have_text(full)
    page.evaluate(
        "window.told = []; new MutationObserver(() => told.push(document.querySelector('#live-said').innerText))"
        ".observe(document.querySelector('#live-said'), { childList: true })"
    )
    for label in "BC":
        server_reads.label = label
        expect(page.locator("#live-letter")).to_have_text(label, timeout=20_000)
        expect(page.locator("#live-held")).to_have_js_property("value", 1, timeout=20_000)
    assert page.evaluate("told") == []
    expect(field).to_have_value("A" * 5000)
    expect(save(page)).to_have_text("Saved: see the text")
    page.get_by_role("button", name="Clear").click()
    expect(field).to_have_value(re.compile("^[BC]*$"))


def test_who_was_signed_out_saves_after_signing_in_in_another_tab(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice)
    page.goto("/live/")
    text(page).fill("HI")
    page.context.clear_cookies()
    expect(save(page)).to_have_text("You were signed out. Sign in again in another tab, so that nothing here is lost.")
    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.fill("[name=login]", "alice")
    other.fill("[name=password]", "alice-password")
    other.press("[name=password]", "Enter")
    expect(other.get_by_role("link", name="History")).to_be_visible()
    expect(save(page)).to_have_text("Saved: see the text")
    assert LiveSession.objects.get().owner == alice


def test_a_text_that_could_not_be_saved_is_still_there(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice)
    page.goto("/live/")
    text(page).fill("HI")
    page.route("**/api/v1/live-sessions/", lambda route: route.abort())
    expect(save(page)).to_have_text(
        "The site cannot be reached, so the text was not saved. It stays here: try again later."
    )
    page.unroute("**/api/v1/live-sessions/")
    expect(save(page)).to_have_text("Saved: see the text")


def test_a_text_whose_answer_is_lost_is_saved_once_and_goes_on_where_it_was(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice)
    page.goto("/live/")
    text(page).fill("HI")

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/v1/live-sessions/", lose, times=1)
    expect(save(page)).to_contain_text("The site cannot be reached")
    assert LiveSession.objects.get().text == "HI"
    text(page).fill("HI THERE")
    expect(save(page)).to_have_text("Saved: see the text")
    text(page).press_sequentially("!")
    expect(save(page)).to_have_text("Saved in place of what was saved before: see the text")
    assert LiveSession.objects.get().text == "HI THERE!"
    page.get_by_role("button", name="Clear").click()
    text(page).fill("BYE")
    expect(save(page)).to_have_text("Saved: see the text")
    assert [session.text for session in LiveSession.objects.all()] == ["BYE", "HI THERE!"]


def test_leaving_asks_while_there_is_a_text_that_is_not_saved_and_only_then(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice)
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.goto("/live/")
    text(page).fill("HI")
    page.get_by_role("button", name="Clear").click()
    page.reload()
    assert asked == []
    text(page).fill("HI")
    expect(save(page)).to_have_text("Saved: see the text")
    page.reload()
    assert asked == []
    text(page).fill("HI")
    save(page)
    text(page).press_sequentially("!")
    page.reload()
    assert asked == ["beforeunload"]
    page.goto("/live/practice/")
    page.get_by_label("How long").select_option(label="No limit")
    page.reload()
    assert asked == ["beforeunload"]


def test_words_are_suggested_once_that_is_wanted_and_taken_by_button_or_key(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto("/live/")
    field, suggested = text(page), page.get_by_role("list", name="Suggested words")
    field.press_sequentially("HELO")
    expect(suggested).to_be_hidden()
    assert not [url for url in fetched if "words/english" in url]
    page.get_by_label("Suggest English words").check()
    expect(suggested.get_by_role("button", name="HELLO")).to_be_visible()
    expect(field).to_have_value("HELO")
    suggested.get_by_role("button", name="HELLO").click()
    expect(field).to_have_value("HELLO ")
    expect(field).to_be_focused()
    field.press_sequentially("WATEP")
    expect(suggested.get_by_role("button").first).to_have_text("1WATER")
    field.press("Alt+1")
    expect(field).to_have_value("HELLO WATER ")
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_value("HELLO WATEP")
    page.keyboard.press("1")
    expect(field).to_have_value("HELLO WATER ")
    field.press_sequentially("sunner")
    expect(suggested.get_by_role("button", name="SUMMER")).to_be_visible()
    field.press_sequentially("1")
    expect(field).to_have_value("HELLO WATER sunner1")
    page.reload()
    expect(page.get_by_label("Suggest English words")).to_be_checked()


def test_a_list_of_words_that_cannot_be_fetched_is_told(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice)
    page.goto("/live/")
    page.route("**/words/english*", lambda route: route.abort())
    page.get_by_label("Suggest English words").check()
    expect(page.locator("#live-suggestions-state")).to_contain_text("The list of words could not be fetched.")
    text(page).fill("it can be typed all the same")
