"""The live page in Chromium with a fake camera: ``python -m benchmarks.live FOLDER_OF_HANDS [--signers SIGNER...]``

The folder is laid out as ``<signer>/<CLASS>/*.jpg``, with ``rooms/nothing`` beside the signers. Starts the site on a
free port in a temporary folder and shows the camera films made of the photos. Prints frames a second and milliseconds
from capture to screen, in the browser and by the server for one person and for four, with a hand and without; the
character error rate of words; recall of J and Z by movement; letters written in a minute of rooms; the page's weight
before the camera starts and after; the load of the machine. How words are spelled is told in
``benchmarks/word_films.py``. The served model has learnt from the signers: with ``--network``, a file of
``benchmarks/unseen_network.py``, the page has a network that never saw them. ``--only`` measures one of ``paces``,
``words``, ``movements`` and ``rooms``.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from aslsite.tests.chromium import FLAGS
from aslsite.tests.running import Run, wait_until
from benchmarks.drawings import DRAWING_SECONDS, PATHS, SHARE, places
from benchmarks.films import FRAMES_A_SECOND, camera_flags, empty, on_screen, write_film
from benchmarks.word_films import (
    BLEND_SECONDS,
    HOLD_SECONDS,
    PAUSE_SECONDS,
    REPORTING,
    SEED,
    WORDS,
    Shot,
    pictures,
    shots_of,
)
from worker.ml.labels import NOTHING

ROOMS: Final = 60
MEASURE_SECONDS: Final = 15
FEW: Final = 5

LISTEN = """() => {
  window.seen = [];
  document.querySelector("#live").addEventListener("live:frame", ({ detail }) => window.seen.push(detail));
}"""
NO_WASM = "WebAssembly.validate = () => false;"
HOLD = f"localStorage.setItem('live-settings', JSON.stringify({{ holdMs: {HOLD_SECONDS * 1000:.0f}, sound: false }}));"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--signers", nargs="+", default=REPORTING)
    parser.add_argument("--network", type=Path)
    parser.add_argument("--only", choices=("paces", "words", "movements", "rooms"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        site = Run(Path(place))
        try:
            wait_until(site.is_ready, 180, site.text)  # on a machine that may be busy
            bench = Bench(playwright, f"http://127.0.0.1:{site.port}", options.folder, Path(place), options.network)
            print(json.dumps(bench.some(options.only, options.signers), indent=1))
        finally:
            site.kill()


class Bench:
    def __init__(self, playwright: Playwright, url: str, folder: Path, place: Path, network: Path | None) -> None:
        self.playwright, self.url, self.folder, self.place, self.network = playwright, url, folder, place, network
        self.random = random.Random(SEED)  # noqa: S311 - a sample, not a secret
        self.people = 0

    def some(self, only: str | None, signers: Sequence[str]) -> dict[str, Any]:
        measures = {
            "paces": lambda: self.paces(signers),
            "words": lambda: self.words(signers),
            "movements": lambda: self.movements(signers),
            "rooms": self.rooms,
        }
        return measures[only]() if only else self.everything(signers)

    def everything(self, signers: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {"load_before": os.getloadavg()[0]}
        with self.browser(self.film(self.hello(signers))) as browser:
            found |= self.weight(browser)
        found |= self.paces(signers) | self.words(signers) | self.movements(signers) | self.rooms()
        return found | {"load_after": os.getloadavg()[0]}

    def paces(self, signers: Sequence[str]) -> dict[str, Any]:
        """Of the browser and of the server, also where no hand is seen and they look further, the browser soon less."""
        found = {}
        for suffix, shots in (("", self.hello(signers)), ("_without_a_hand", [(empty(), 2.0)])):
            film = self.film(shots)
            with self.browser(film) as browser:
                pages = [self.started(self.visitor(browser))]
                found[f"browser{suffix}"] = self.pace(pages)
                if suffix:
                    found[f"browser{suffix}_later"] = self.pace(pages)
            for people in (1, 4):
                with self.browser(film) as browser:
                    pages = [self.started(self.visitor(browser, NO_WASM)) for _ in range(people)]
                    found[f"server_{people}{suffix}"] = self.pace(pages)
        return found

    def hello(self, signers: Sequence[str]) -> list[tuple[Image.Image, float]]:
        """By the last, in whose pictures the hand is seen at once: of the first it is hard to find."""
        return [(self.letter(signers[-1], letter), 1.5) for letter in "HELO"]

    def letter(self, signer: str, letter: str) -> Image.Image:
        return on_screen(self.photo(signer, letter))

    def photo(self, signer: str, letter: str) -> Image.Image:
        return Image.open(self.still(signer, letter))

    def still(self, signer: str, letter: str) -> Path:
        return self.random.choice(sorted((self.folder / signer / letter).glob("*.jpg")))

    def film(self, shots: list[tuple[Image.Image, float]], blend_seconds: float = BLEND_SECONDS) -> Path:
        return write_film(self.place / "film.mjpeg", shots, blend_seconds=blend_seconds)

    @contextmanager
    def browser(self, film: Path) -> Iterator[Browser]:
        flags = [*FLAGS, *camera_flags(film)]
        browser = self.playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield browser
        browser.close()

    def visitor(self, browser: Browser, *scripts: str) -> BrowserContext:
        """Somebody who has just signed up."""
        self.people += 1
        context = browser.new_context(base_url=self.url)
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.goto("/accounts/signup/")
        page.fill("[name=username]", f"person{self.people}")
        for field in ("password1", "password2"):
            page.fill(f"[name={field}]", "hand-over-hand-9")
        page.click("main button[type=submit]")
        page.wait_for_url("**/predict/")
        if self.network:
            context.route("**/*.network", lambda route: route.fulfill(path=self.network))
        for script in (HOLD, *scripts):
            context.add_init_script(script)
        return context

    def started(self, context: BrowserContext) -> Page:
        (page,) = context.pages
        page.goto("/live/")
        page.evaluate(LISTEN)
        page.click("#live-start")
        wait_for_frames(page)
        return page

    def weight(self, browser: Browser) -> dict[str, float]:
        """Of a first visit, as it came over the wire."""
        context = self.visitor(browser)
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.clearBrowserCache")  # another page's style sheets are in it
        sizes: list[float] = []
        network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto("/live/")
        page.wait_for_timeout(1500)
        before = sum(sizes)
        page.evaluate(LISTEN)
        page.click("#live-start")
        wait_for_frames(page)
        context.close()
        return {"kilobytes_before_the_camera": before / 1000, "megabytes_with_the_camera": sum(sizes) / 1e6}

    def pace(self, pages: list[Page]) -> dict[str, float]:
        for page in pages:
            page.evaluate("window.seen = []")
        pages[0].wait_for_timeout(MEASURE_SECONDS * 1000)
        seen = [page.evaluate("window.seen") for page in pages]
        latencies = [frame["shown"] - frame["captured"] for frames in seen for frame in frames]
        return {
            "frames_a_second": min(len(frames) for frames in seen) / MEASURE_SECONDS,
            "median_milliseconds": statistics.median(latencies),
            "share_with_a_hand": sum(with_hand(frame) for frames in seen for frame in frames) / len(latencies),
            "modes": len({page.get_attribute("#live", "data-mode") for page in pages}),
        }

    def words(self, signers: Sequence[str]) -> dict[str, Any]:
        """All words of a signer are one film; between them is no hand."""
        spelled = Spelled()
        texts: dict[str, str] = {}
        for number, signer in enumerate(signers):
            words = WORDS[number :: len(signers)]
            shots = [Shot(None, (0, 0), PAUSE_SECONDS)]
            for word in words:
                shots += shots_of(word, partial(self.still, signer), self.random)
            frames = ((picture, 1 / FRAMES_A_SECOND) for picture in pictures(shots))
            film = write_film(self.place / "film.mjpeg", frames)
            texts[signer] = self.written(film, sum(shot.seconds for shot in shots))
            spelled.add("".join(words), texts[signer])
        return {**spelled.figures(), "texts": texts}

    def rooms(self) -> dict[str, int]:
        photos = self.random.sample(sorted((self.folder / "rooms" / "nothing").glob("*.jpg")), ROOMS)
        film = self.film([(on_screen(Image.open(photo), share=1.0), 1.0) for photo in photos], 0.0)
        return {"letters_in_a_minute_of_rooms": len(self.written(film, ROOMS))}

    def movements(self, signers: Sequence[str]) -> dict[str, float]:
        """J and Z drawn by stills of I and D that are moved across the picture, once for each of the speeds."""
        found = dict.fromkeys(PATHS, 0)
        for signer in signers:
            shots: list[tuple[Image.Image, float]] = []
            for shape, path in PATHS.values():
                photo = self.photo(signer, shape)
                for seconds in DRAWING_SECONDS:
                    moved = [on_screen(photo, shift=place, share=SHARE) for place in places(path, seconds)]
                    shots += [(empty(), PAUSE_SECONDS), *((picture, 1 / FRAMES_A_SECOND) for picture in moved)]
            written = self.written(self.film(shots, 0.0), sum(seconds for _, seconds in shots))
            for drawn in found:
                found[drawn] += min(written.count(drawn), len(DRAWING_SECONDS))
        wanted = len(signers) * len(DRAWING_SECONDS)
        return {f"recall_of_{drawn}_by_movement": count / wanted for drawn, count in found.items()}

    def written(self, film: Path, seconds: float) -> str:
        """What stands in the text after the film was shown once from its beginning.

        It runs while the page loads what finds hands, and begins anew when the camera is opened again.
        """
        with self.browser(film) as browser:
            page = self.started(self.visitor(browser))
            page.click("#live-stop")
            if page.input_value("#live-text"):
                page.click("[data-act=clear]")
            page.evaluate("window.seen.length = 0")
            page.click("#live-start")
            wait_for_frames(page)
            page.wait_for_timeout(seconds * 1000)
            return page.input_value("#live-text")


@dataclass
class Spelled:
    """Sums of errors over texts."""

    errors: int = 0
    letters: int = 0
    doubled: int = 0
    doubles: int = 0

    def add(self, meant: str, written: str) -> None:
        self.errors += edit_distance(meant, written)
        self.letters += len(meant)
        for pair in {a + b for a, b in pairwise(meant) if a == b}:
            self.doubles += meant.count(pair)
            self.doubled += min(meant.count(pair), written.count(pair))

    def figures(self) -> dict[str, float]:
        return {
            "character_error_rate": self.errors / self.letters,
            "letters": self.letters,
            "doubles_right": self.doubled / self.doubles,
            "doubles": self.doubles,
        }


def with_hand(frame: dict[str, Any]) -> bool:
    return frame["label"] not in (None, NOTHING)


def wait_for_frames(page: Page) -> None:
    """Until the page has read some. Playwright's own waiting would need leave to evaluate strings inside the page."""
    for _ in range(600):
        if page.evaluate("window.seen.length") > FEW:
            return
        page.wait_for_timeout(100)
    sys.exit(f"The page did not start: {page.inner_text('#live-status')}")


def edit_distance(one: str, other: str) -> int:
    """Levenshtein, 1966: insertions, deletions and substitutions."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


if __name__ == "__main__":
    main()
