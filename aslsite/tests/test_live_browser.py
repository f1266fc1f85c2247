"""The live page in a real browser with a fake camera: its states, its mishaps, its text, in browser and server mode."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from aslsite.tests.chromium import FLAGS
from benchmarks.films import camera_flags, empty, on_screen, write_film
from recognition.models import LiveSession, ModelVersion, Prediction
from recognition.specimens import specimen_hand
from recognition.tests.test_browser import assert_sound
from recognition.views import live
from worker import registry, tasks
from worker.ml.recognition import Box, Candidate, Film, Hand, Recognition
from worker.ml.tests.photos import needs_photos, photos_of

pytestmark = pytest.mark.django_db(transaction=True)

WORD = "LOVE"
SESSION = "mariia00"
KEEP_STREAM = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => (window.camera = await ask(wanted));
"""

# As when another tab is brought to the front, which Chromium without a display does not tell the one behind.
TURN = """(isHidden) => {
  Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""

needs_assets = pytest.mark.skipif(
    live.browser_assets() is None, reason="what the browser finds hands with is not here: make live"
)


@pytest.fixture(scope="module")
def chromium(chromium: Browser) -> Iterator[Browser]:
    """One with a camera, which shows a test pattern."""
    browser = launch(chromium, None)
    yield browser
    browser.close()


def launch(chromium: Browser, film: Path | None) -> Browser:
    return chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, *camera_flags(film)])


class SpellingRecogniser:
    """Sees a hand that shows what ``label`` says."""

    def __init__(self) -> None:
        self.label = "B"

    def recognise(self, data: bytes, *, film: Film | None = None) -> Recognition:
        drawn: Any = specimen_hand("L")
        landmarks = tuple((float(x), float(y), float(z)) for x, y, z in drawn["landmarks"])
        hand = None if self.label == "nothing" else Hand(Box(**drawn["box"]), landmarks, "right", 0.99)
        top = (Candidate(self.label, 0.97), Candidate("R", 0.02))
        return Recognition(self.label, 0.97, top, hand, {"total": 1.0})


@pytest.fixture
def server_reads(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SpellingRecogniser]:
    """As where `make live` could fetch nothing: the queue's frames are read in threads of this process.

    Tests name it before ``open_page``, so that their pages are closed before it ends.
    """
    recogniser = SpellingRecogniser()
    version = ModelVersion.objects.create(name="stub", fingerprint="0" * 64, state=ModelVersion.State.ACTIVE)
    threads: list[Thread] = []

    def begin(arguments: tuple[str, str], **_: Any) -> None:
        thread = Thread(target=tasks.read_frame.run, args=arguments)
        thread.start()
        threads.append(thread)

    monkeypatch.setattr(live, "browser_assets", lambda: None)
    monkeypatch.setattr(registry, "active", lambda: (version, recogniser))
    monkeypatch.setattr(tasks.read_frame, "apply_async", begin)
    yield recogniser
    for thread in threads:
        thread.join()


def start(page: Page) -> None:
    page.goto("/live/")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#live-status")).to_have_text("The camera is on. Show a hand.", timeout=60_000)


def text(page: Page) -> Any:
    return page.get_by_label("What you signed")


def save(page: Page) -> Any:
    """Presses the button; returns where the page says what came of it."""
    page.get_by_role("button", name="Save the text").click()
    return page.locator("#live-saved")


@pytest.fixture
def shipped(db: None, monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    """The version that is served, as a worker that has just begun would have it."""
    monkeypatch.setattr(registry, "_served", registry._Served())
    version = registry.register_shipped()
    assert version is not None
    registry.active()
    return version


@needs_assets
def test_without_a_hand_the_page_says_so_and_no_picture_leaves_it(
    alice: User, open_page: OpenPage, shipped: ModelVersion
) -> None:
    page = open_page(alice)
    sent: list[str] = []
    start(page)
    page.on("request", lambda request: sent.append(request.url))
    expect(page.locator("#live-hint")).to_have_text("No hand is seen. Show one hand, wrist included.", timeout=30_000)
    expect(page.locator("#live-mode")).to_have_text("Your pictures stay in this browser.")
    page.wait_for_timeout(2000)
    assert sent == []
    assert text(page).input_value() == ""
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.locator("#live-status")).to_have_text("The camera is off.")
    expect(page.get_by_role("button", name="Start the camera")).to_be_focused()


@needs_assets
def test_a_newer_model_is_taken_over_while_the_camera_is_on(
    alice: User, open_page: OpenPage, shipped: ModelVersion
) -> None:
    page = open_page(alice)
    start(page)
    made = registry.browser_network_of(shipped)
    assert made is not None
    newer = "f" * 64
    made.with_name(f"{newer}.network").write_bytes(
        made.read_bytes().replace(shipped.fingerprint.encode(), newer.encode())
    )
    ModelVersion.objects.create(name="newer", fingerprint=newer, directory="/elsewhere").activate()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#live-said")).to_have_text("The site has a newer model: from now on it names your letters.")
    expect(page.locator("#live-status")).to_have_text("The camera is on. Show a hand.")


@needs_assets
@needs_photos
def test_a_word_of_photos_becomes_text_and_nobody_else_is_called(
    alice: User, chromium: Browser, tmp_path: Path, open_page: Callable[..., Page], shipped: ModelVersion
) -> None:
    shots = [(on_screen(Image.open(photos_of(SESSION, letter, 3)[1])), 2.5) for letter in WORD]
    film = write_film(tmp_path / "word.mjpeg", [(empty(), 2.0), *shots], blend_seconds=0.2)
    browser = launch(chromium, film)
    page = open_page(alice, browser=browser)
    start(page)
    expect(text(page)).to_have_value(re.compile(WORD), timeout=60_000)
    correct = page.get_by_role("button", name="Correct this picture")
    correct.press("Enter")
    expect(page.locator("#live-kept")).to_contain_text("This one picture was sent to your history.")
    expect(correct).to_be_focused()
    assert Prediction.objects.get().owner == alice
    browser.close()


def test_where_the_browser_cannot_the_server_reads_and_the_page_says_so(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    start(page)
    expect(page.locator("#live-mode")).to_contain_text(
        "The server reads your pictures, as this site was set up without"
    )
    expect(text(page)).to_have_value("B", timeout=20_000)
    server_reads.label = "nothing"
    expect(page.locator("#live-hint")).to_contain_text("No hand is seen.")
    server_reads.label = "A"
    expect(text(page)).to_have_value("BA", timeout=20_000)
    assert Prediction.objects.count() == 0


def test_a_server_that_is_away_is_waited_for(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    start(page)
    expect(text(page)).to_have_value("B", timeout=20_000)
    page.route(
        "**/api/v1/frames/", lambda route: route.fulfill(status=429, json={"detail": "Too busy, says the server."})
    )
    expect(page.locator("#live-hint")).to_have_text("Too busy, says the server.")
    page.unroute("**/api/v1/frames/")
    server_reads.label = "C"
    expect(text(page)).to_have_value("BC", timeout=30_000)


def test_a_tab_in_the_background_reads_nothing_and_says_so_when_it_is_shown_again(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    page.add_init_script(
        KEEP_STREAM + "const play = HTMLMediaElement.prototype.play;"
        "HTMLMediaElement.prototype.play = function () { window.video = this; return play.call(this); };"
    )
    start(page)
    expect(text(page)).to_have_value("B", timeout=20_000)
    page.evaluate(TURN, True)
    status = page.locator("#live-status")
    expect(status).to_have_text("Paused while this tab is in the background.")
    server_reads.label = "A"
    page.wait_for_timeout(500)  # the frame that was on its way is answered
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.evaluate("camera.getVideoTracks()[0].dispatchEvent(new Event('mute'))")  # as phones do
    page.wait_for_timeout(2000)
    assert sent == []
    assert page.evaluate("video.paused")
    expect(status).to_have_text("Paused while this tab is in the background.")
    expect(text(page)).to_have_value("B")
    page.evaluate(TURN, False)
    expect(status).to_have_text("Paused while this tab was in the background, and going on now. Show a hand.")
    page.evaluate("camera.getVideoTracks()[0].dispatchEvent(new Event('unmute'))")
    expect(status).to_contain_text("going on now")
    expect(text(page)).to_have_value("BA", timeout=20_000)


def test_an_answer_that_comes_to_a_tab_in_the_background_is_not_shown(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    start(page)
    expect(page.locator("#live-letter")).to_have_text("B", timeout=20_000)
    page.evaluate(
        "() => { const send = window.fetch; window.fetch = async (...all) => {"
        "const answer = await send(...all);"
        f"if ((await answer.clone().json()).label === 'A') ({TURN})(true);"
        "return answer; }; }"
    )
    server_reads.label = "A"
    expect(page.locator("#live-status")).to_have_text("Paused while this tab is in the background.")
    page.wait_for_timeout(500)
    expect(page.locator("#live-letter")).to_have_text("B")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("NotAllowedError", "The browser was not allowed to use the camera."),
        ("NotReadableError", "The camera is used by another program."),
        ("NotFoundError", "No camera was found."),
    ],
)
def test_a_camera_that_cannot_be_had_is_explained(alice: User, open_page: OpenPage, name: str, sentence: str) -> None:
    page = open_page(alice)
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('no', '{name}'); }};"
    )
    page.goto("/live/")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#live-status")).to_contain_text(sentence)
    expect(page.get_by_role("button", name="Start the camera")).to_be_enabled()
    text(page).fill("it can be typed all the same")


def test_a_site_that_cannot_be_reached_or_does_not_know_one_any_more_is_told_at_the_start(
    alice: User, open_page: OpenPage
) -> None:
    page = open_page(alice)
    page.goto("/live/")
    page.route("**/live/model/", lambda route: route.abort())
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#live-status")).to_have_text("The site cannot be reached. Start again once it can.")
    page.unroute("**/live/model/")
    page.context.clear_cookies()
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#live-status")).to_contain_text("You were signed out.")


def test_a_camera_that_is_unplugged_is_missed_and_the_text_stays(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage
) -> None:
    page = open_page(alice)
    page.add_init_script(KEEP_STREAM)
    start(page)
    expect(text(page)).to_have_value("B", timeout=20_000)
    page.evaluate("camera.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("#live-status")).to_contain_text("The camera was unplugged or taken away.")
    expect(text(page)).to_have_value("B")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#live-status")).to_have_text("The camera is on. Show a hand.")


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


@pytest.mark.parametrize("address", ["/live/", "/live/practice/"])
def test_the_focus_goes_on_to_stop_once_the_camera_is_on_unless_it_was_moved(
    alice: User, server_reads: SpellingRecogniser, open_page: OpenPage, address: str
) -> None:
    page = open_page(alice)
    page.goto(address)
    on, off = (page.get_by_role("button", name=f"{name} the camera") for name in ("Start", "Stop"))
    on.press("Enter")
    expect(off).to_be_focused(timeout=60_000)
    off.press("Enter")
    expect(on).to_be_focused()
    on.press("Enter")
    page.get_by_label("Show me as in a mirror").focus()
    expect(off).to_be_visible(timeout=60_000)
    expect(page.get_by_label("Show me as in a mirror")).to_be_focused()


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


def test_what_was_chosen_is_kept_in_this_browser(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice)
    page.goto("/live/")
    page.get_by_label("Hold a letter for").fill("1.5")
    page.get_by_label("Tick when a letter is written").uncheck()
    page.get_by_label("Show me as in a mirror").uncheck()
    page.reload()
    expect(page.get_by_label("Hold a letter for")).to_have_value("1.5")
    expect(page.locator("#live-hold-value")).to_have_text("1.5 s")
    expect(page.get_by_label("Tick when a letter is written")).not_to_be_checked()
    expect(page.locator("#live-canvas")).not_to_have_class(re.compile("mirrored"))


def test_without_scripts_the_page_leads_to_the_upload(alice: User, open_page: OpenPage) -> None:
    page = open_page(alice, java_script_enabled=False)
    page.goto("/live/")
    page.locator("noscript").get_by_role("link", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which letter is it?")


def test_its_pages_are_sound_to_axe(alice: User, server_reads: SpellingRecogniser, open_page: OpenPage) -> None:
    session = LiveSession.objects.create(
        owner=alice, text="HELLO " * 30, signs=[{"label": "H", "confidence": 0.9, "milliseconds": 0}]
    )
    page = open_page(alice, bypass_csp=True)  # axe-core lays styles on what it measures
    for address in ("/live/", "/live/texts/", f"/live/texts/{session.pk}/"):
        page.goto(address)
        assert_sound(page, address)
    start(page)
    expect(text(page)).to_have_value("B", timeout=20_000)
    page.get_by_label("Suggest English words").check()
    text(page).fill("HELO")
    expect(page.get_by_role("button", name="HELLO")).to_be_visible()
    assert_sound(page, "/live/ with the camera on, and words that are suggested")


def test_only_the_live_page_may_compile_webassembly(alice: User, client: Any) -> None:
    client.force_login(alice)
    assert "'wasm-unsafe-eval'" in client.get("/live/").headers["Content-Security-Policy"]
    for address in ("/history/", "/predict/", "/live/texts/"):
        assert "eval" not in client.get(address).headers["Content-Security-Policy"]
    policy = client.get("/live/").headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
