"""The live page in a real browser with a fake camera: its states and mishaps, in browser and server mode."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    start,
    text,
)
from benchmarks.films import empty, on_screen, write_film
from recognition.models import LiveSession, ModelVersion, Prediction
from recognition.tests.test_browser import assert_sound
from recognition.views import live
from worker import registry
from worker.ml.tests.photos import needs_photos, photos_of

__all__ = ["chromium", "server_reads", "shipped"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)

WORD = "LOVE"
SESSION = "mariia00"


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


@pytest.mark.parametrize(
    ("lacks", "sentence"),
    [
        ("WebAssembly.validate = () => false", "this browser cannot run WebAssembly with SIMD"),
        (
            """const get = HTMLCanvasElement.prototype.getContext;
            HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
              return kind.startsWith("webgl") ? null : get.call(this, kind, ...more);
            };""",
            "this browser has no WebGL 2, or it is turned off",
        ),
    ],
    ids=["SIMD", "WebGL"],
)
def test_for_a_browser_that_lacks_what_finds_hands_the_server_reads(
    alice: User,
    server_reads: SpellingRecogniser,
    open_page: OpenPage,
    monkeypatch: pytest.MonkeyPatch,
    lacks: str,
    sentence: str,
) -> None:
    monkeypatch.setattr(live, "browser_assets", lambda: {"bundle": "/not-asked-for.mjs"})
    monkeypatch.setattr(registry, "browser_network_of", lambda version: Path("not-asked-for"))
    page = open_page(alice)
    page.add_init_script(lacks)
    start(page)
    expect(page.locator("#live-mode")).to_contain_text(f"The server reads your pictures, as {sentence}.")
    expect(text(page)).to_have_value("B", timeout=20_000)


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
        "document.body.dataset.watched = 'yes'; return answer; }; }"
    )
    expect(page.locator("body[data-watched]")).to_be_attached()  # a picture sent before that has its answer by now
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
