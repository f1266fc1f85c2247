"""What tests of the pages with a camera share: a browser that has one, readers of its pictures, the live page."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from aslsite.tests.chromium import FLAGS
from benchmarks.films import camera_flags
from recognition.models import ModelVersion
from recognition.specimens import specimen_hand
from recognition.views import live
from worker import registry, tasks
from worker.ml.recognition import Box, Candidate, Film, Hand, Recognition

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
