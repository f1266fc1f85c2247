"""Films read frame by frame: ``python -m benchmarks.replay FOLDER_OF_HANDS NETWORK words|movements|rooms``

The films of ``benchmarks.live``, read in Chromium by the live page's own modules, but each frame by the film's clock:
what is written depends on neither the machine nor its load. ``NETWORK`` is a file of ``benchmarks/unseen_network.py``,
or what a worker wrote to ``MEDIA_ROOT/browser/``.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, Playwright, Route, sync_playwright

from aslsite.live_assets import BUNDLE, HAND_MODELS, ROOT, WASM, WASM_LOADER
from aslsite.tests.chromium import FLAGS
from benchmarks.films import FRAMES_A_SECOND
from benchmarks.live import Bench
from benchmarks.word_films import HOLD_SECONDS, REPORTING

SITE: Final = "http://localhost"
FILM: Final = "/film.mjpeg"
LETTERS: Final = "/letters.network"
ASSETS: Final = {
    key: f"/static/vendor/{name}"
    for key, name in {"bundle": BUNDLE, "loader": WASM_LOADER, "wasm": WASM, "hands": HAND_MODELS}.items()
}
READ: Final = """async ([assets, network, film, holdMs, frameMs]) => {
  const [{ BrowserReader }, { Spelling }, { Draft }] = await Promise.all(
    ["browser_reader", "spelling", "words"].map((name) => import(`/static/js/live/${name}.js`)),
  );
  const reader = await BrowserReader.create(assets, network);
  const [spelling, draft] = [new Spelling(holdMs), new Draft()];
  const bytes = new Uint8Array(await (await fetch(film)).arrayBuffer());
  const canvas = new OffscreenCanvas(1, 1);
  let time = 0;
  const isBeginning = (at) => bytes[at] === 0xff && bytes[at + 1] === 0xd8;
  for (let from = 0, to = 1; from < bytes.length; from = to, to += 1) {
    while (to < bytes.length && !isBeginning(to)) to += 1;
    const frame = await createImageBitmap(new Blob([bytes.subarray(from, to)], { type: "image/jpeg" }));
    Object.assign(canvas, { width: frame.width, height: frame.height });
    canvas.getContext("2d").drawImage(frame, 0, 0);
    frame.close();
    time += frameMs;
    const { hand, top } = reader.read(canvas, time);
    const { committed, by } = spelling.step({ time, points: hand?.points ?? null, top });
    if (committed) draft.sign(committed, by);
  }
  return draft.text;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("network", type=Path)
    parser.add_argument("only", choices=("words", "movements", "rooms"))
    parser.add_argument("--signers", nargs="+", default=REPORTING)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        bench = Replay(playwright, options.folder, Path(place), options.network)
        print(json.dumps(bench.some(options.only, options.signers), indent=1))


class Replay(Bench):
    """The bench without a site: each film is read by a page of its own."""

    def __init__(self, playwright: Playwright, folder: Path, place: Path, letters: Path) -> None:
        super().__init__(playwright, SITE, folder, place, letters)
        self.letters = letters

    def written(self, film: Path, seconds: float) -> str:
        """What stands in the text after each frame was read once."""
        with modules_page(self.playwright, {FILM: film, LETTERS: self.letters}) as page:
            text: str = page.evaluate(READ, [ASSETS, LETTERS, FILM, HOLD_SECONDS * 1000, 1000 / FRAMES_A_SECOND])
        return text


@contextmanager
def modules_page(playwright: Playwright, files: Mapping[str, Path]) -> Iterator[Page]:
    """An empty page in Chromium that gets the site's static files without the site, and these at their addresses."""

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path == "/":
            route.fulfill(body="", content_type="text/html")
        else:
            route.fulfill(path=files.get(path, ROOT / path.lstrip("/")))

    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
    page = browser.new_page()
    page.route("**/*", serve)
    page.goto(f"{SITE}/")
    yield page
    browser.close()


if __name__ == "__main__":
    main()
