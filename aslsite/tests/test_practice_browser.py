"""The practice page in a real browser with a fake camera: rounds and their ends, mishaps, and the keyboard."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from aslsite.tests.cameras import (
    KEEP_STREAM,
    TURN,
    SpellingRecogniser,
    chromium,
    launch,
    needs_assets,
    server_reads,
    shipped,
)
from benchmarks.films import empty, on_screen, write_film
from recognition.models import ModelVersion, PracticeAttempt, PracticeRound
from recognition.tests.test_browser import assert_sound
from worker.ml.tests.photos import needs_photos, photos_of

__all__ = ["chromium", "server_reads", "shipped"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)

FULL_STORAGE = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


def begin(page: Page, *, limit: str = "No limit", mode: str = "Letters, the weakest first") -> None:
    page.goto("/live/practice/")
    page.get_by_label("What to practise").select_option(label=mode)
    page.get_by_label("How long").select_option(label=limit)
    page.get_by_role("button", name="Start a round").click()
    expect(page.locator("#live-round-title")).to_be_focused(timeout=60_000)


def target(page: Page) -> str:
    return page.locator("#live-target").inner_text()


def end(page: Page) -> None:
    page.get_by_role("button", name="End the round").click()
    expect(page.locator("#live-summary-title")).to_be_focused()


def test_a_round_of_letters_asks_for_what_was_never_practised_and_is_kept(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    practised = PracticeRound.objects.create(
        owner=alice, key="00000000-0000-4000-8000-000000000000", mode="letters", finished_at="2026-11-01T12:00Z"
    )
    PracticeAttempt.objects.create(
        round=practised, label="A", is_signed=True, was_shown=True, is_right=True, milliseconds=900
    )
    server_reads.label = "S"
    page = open_page(alice)
    begin(page)
    assert target(page) == "B"
    said = page.locator("#live-said")
    expect(said).to_have_text("That was read as S.", timeout=20_000)
    server_reads.label = "B"
    expect(said).to_have_text("Right. Sign C.", timeout=20_000)
    expect(page.locator("#live-in-words")).to_contain_text("as around a glass")
    page.get_by_role("button", name="Skip").click()
    expect(said).to_have_text("C is skipped. Sign D.")
    server_reads.label = "D"
    expect(said).to_have_text("Right. Sign E.", timeout=20_000)
    expect(page.locator("#live-streak")).to_have_text("1")
    end(page)
    expect(page.locator("#live-facts")).to_contain_text("1 of 3")
    expect(page.locator("#live-to-practise")).to_have_text("To practise: B, C.")
    expect(page.locator("#live-kept")).to_have_text("The round is kept under Your practice.")
    kept = PracticeAttempt.objects.exclude(round=practised).values_list("label", "is_signed", "mistakes", "was_shown")
    assert list(kept) == [("B", True, ["S"], True), ("C", False, [], True), ("D", True, [], True)]
    page.get_by_role("link", name="Your practice").click()
    expect(page.get_by_role("row").filter(has=page.get_by_role("link", name="D over time"))).to_contain_text("1 of 1")


def test_a_wrong_hand_is_told_what_to_change(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    server_reads.label = "L"  # and the hand that comes with it is one
    page = open_page(alice)
    begin(page)
    assert target(page) == "A"
    expect(page.locator("#live-advice")).to_contain_text(re.compile(r"finger|thumb"), timeout=20_000)
    server_reads.label = "A"
    expect(page.locator("#live-said")).to_have_text("Right. Sign B.", timeout=20_000)


def test_a_word_is_ticked_off_letter_by_letter(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    server_reads.label = "nothing"
    page = open_page(alice)
    begin(page, mode="Words, letter by letter")
    word = page.locator("#live-word-said")
    expect(word).to_contain_text("letter 1 of")
    server_reads.label = target(page)
    expect(word).to_contain_text("letter 2 of", timeout=20_000)
    expect(page.locator(".practice__done")).to_have_count(1)


def test_a_timed_round_ends_by_itself_and_says_when_it_is_about_to(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    page.add_init_script(
        "Object.defineProperty(window, 'skip', { value: 0, writable: true });"
        "const now = performance.now.bind(performance); performance.now = () => now() + window.skip;"
    )
    begin(page, limit="1 minute")
    expect(page.locator("#live-clock")).to_have_text(re.compile("0:5|1:00"))
    page.get_by_role("button", name="Skip").click()
    page.evaluate(
        "window.told = []; const said = document.querySelector('#live-said');"
        "new MutationObserver(() => told.push(said.innerText)).observe(said, { childList: true, subtree: true })"
    )
    end = page.locator("#live-summary-title")
    for _ in range(80):  # the time stands still while no picture is read, as on a busy machine
        page.evaluate("skip += 2600")
        page.wait_for_timeout(250)
        if end.is_visible():
            break
    expect(end).to_be_focused()
    assert "Ten seconds left." in page.evaluate("told")
    assert PracticeRound.objects.get().limit_seconds == 60


def test_a_round_is_kept_in_the_browser_while_the_network_is_gone_and_sent_later(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    begin(page)
    page.get_by_role("button", name="Skip").click()
    page.route("**/api/v1/practice-rounds/", lambda route: route.abort())
    end(page)
    expect(page.locator("#live-kept")).to_contain_text("The round is kept in this browser.")
    assert not PracticeRound.objects.exists()
    page.unroute("**/api/v1/practice-rounds/")
    page.reload()
    expect(page.locator("#live-kept")).to_have_text("The round is kept under Your practice.")
    assert PracticeRound.objects.count() == 1


def test_the_time_stands_still_without_a_camera_and_in_the_background(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    page.add_init_script(KEEP_STREAM)
    begin(page)
    said = page.locator("#live-said")
    skip = page.get_by_role("button", name="Skip")
    skip.focus()
    page.evaluate("camera.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(said).to_have_text("The camera is off. The time stands still.")
    expect(skip).to_be_focused()
    asked = target(page)
    page.keyboard.press("Enter")
    assert target(page) == asked
    expect(page.locator("#live-status")).to_contain_text("The camera was unplugged or taken away.")
    page.get_by_role("button", name="Go on").click()
    expect(said).to_have_text(re.compile("Going on."), timeout=20_000)
    page.evaluate(TURN, True)
    expect(said).to_have_text("This tab was in the background. The time stands still.")
    clock = page.locator("#live-clock").inner_text()
    page.wait_for_timeout(1500)
    page.evaluate(TURN, False)
    expect(page.locator("#live-status")).to_have_text(
        "This tab was in the background, so the round is paused. Press Go on."
    )
    expect(page.locator("#live-clock")).to_have_text(clock)
    page.get_by_role("button", name="Go on").click()
    expect(said).to_have_text(re.compile("Going on."), timeout=20_000)


def test_a_round_that_begins_in_the_background_waits_for_who_is_to_sign(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    page.add_init_script(
        "const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "const allowed = new Promise((allow) => { window.allow = allow; });"
        "navigator.mediaDevices.getUserMedia = (wanted) => allowed.then(() => ask(wanted));"
    )
    page.goto("/live/practice/")
    page.get_by_role("button", name="Start a round").click()
    expect(page.locator("#live-status")).to_contain_text("whether this page may use the camera")
    page.evaluate(TURN, True)
    page.evaluate("() => allow()")
    expect(page.locator("#live-said")).to_have_text("This tab was in the background. The time stands still.")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()


def test_a_camera_that_is_not_allowed_is_explained_and_no_round_begins(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice)
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    page.goto("/live/practice/")
    page.get_by_role("button", name="Start a round").click()
    expect(page.locator("#live-status")).to_contain_text("The browser was not allowed to use the camera.")
    expect(page.get_by_role("button", name="Start a round")).to_be_enabled()
    expect(page.locator("#live-round")).to_be_hidden()


def test_it_works_by_keyboard_alone_and_the_drawing_is_shown_on_demand(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    server_reads.label = "nothing"
    page = open_page(alice)
    page.goto("/live/practice/")
    page.get_by_label("Show the hand to make").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#live-round-title")).to_be_focused(timeout=60_000)
    expect(page.locator("#live-hand")).to_be_hidden()
    for name in ("Skip", "Show me the hand"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#live-hand polygon, #live-hand polyline")).to_have_count(2 * 2 * 17)
    expect(page.locator("#live-said")).to_contain_text("A fist with the palm to the camera.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()


def test_without_a_place_to_keep_it_a_round_is_sent_all_the_same(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    page.add_init_script(FULL_STORAGE)
    begin(page)
    page.get_by_role("button", name="Skip").click()
    end(page)
    expect(page.locator("#live-kept")).to_have_text("The round is kept under Your practice.")


@needs_assets
def test_it_reads_in_the_browser_where_it_can(alice: User, open_page: OpenPage, shipped: ModelVersion) -> None:
    page = open_page(alice)
    begin(page)
    expect(page.locator("#live-mode")).to_have_text("Your pictures stay in this browser.")
    expect(page.locator("#live-hint")).to_have_text("No hand is seen. Show one hand, wrist included.", timeout=30_000)


@needs_assets
@needs_photos
def test_a_hand_before_the_camera_is_advised_upon_and_named_by_the_browser(
    alice: User, chromium: Browser, tmp_path: Path, open_page: Callable[..., Page], shipped: ModelVersion
) -> None:
    shots = [(on_screen(Image.open(photos_of("mariia00", letter, 3)[1])), 6.0) for letter in "VA"]
    browser = launch(chromium, write_film(tmp_path / "film.mjpeg", [(empty(), 1.0), *shots]))
    page = open_page(alice, browser=browser)
    begin(page)
    expect(page.locator("#live-advice")).to_have_text(re.compile("thumb|finger"), timeout=30_000)
    expect(page.locator("#live-said")).to_have_text("Right. Sign B.", timeout=30_000)
    browser.close()


def test_without_scripts_the_page_leads_to_what_was_practised(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice, java_script_enabled=False)
    page.goto("/live/practice/")
    page.locator("noscript").get_by_role("link", name="Your practice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your practice")


def test_its_pages_are_sound_to_axe(alice: User, server_reads: SpellingRecogniser, open_page: OpenPage) -> None:
    page = open_page(alice, bypass_csp=True)  # axe-core lays styles on what it measures
    for address in ("/live/practice/", "/live/practice/progress/"):
        page.goto(address)
        assert_sound(page, address)
    begin(page, mode="Words, letter by letter")
    assert_sound(page, "a round of words")
    page.get_by_role("button", name="Skip").click()
    end(page)
    expect(page.locator("#live-kept")).to_have_text("The round is kept under Your practice.")
    assert_sound(page, "the end of a round")
    page.goto("/live/practice/progress/?letter=A")
    assert_sound(page, "progress")
