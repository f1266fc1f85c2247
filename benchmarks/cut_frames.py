"""Hands that a camera cuts off, read in Chromium: ``python -m benchmarks.cut_frames FOLDER_OF_HANDS [PHOTOS]``

Photos of signers outside the vault, those of ``benchmarks.cut_hands``, as the picture of a camera that does not move:
one of its sides cuts the hand off, by turns, or all do. Where the whole picture shows no hand, the live page's reader
looks in its views, with grey beyond the border, as it is, and with black. Prints how many show a hand in the whole
picture, and how many are found and named as labelled in all, on each ground; and how many rooms and faces show a hand.
The network that ships has learnt from these signers: only what is found tells of others.
"""

import io
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import sync_playwright

from aslsite.live_assets import ROOT
from benchmarks.films import SIZE, empty, on_screen
from benchmarks.replay import ASSETS, LETTERS, modules_page
from benchmarks.tiny_hands import PHOTOS, SEED, opened, points_of, sampled
from worker.ml.artifact import SHIPPED, Artifact
from worker.ml.browser_network import browser_network
from worker.ml.corruptions import cut_off
from worker.ml.hands.geometry import Floats
from worker.ml.inference import LETTER_FILE, Recogniser
from worker.ml.labels import NOTHING

MARGINS: Final = (0.0, -0.04, -0.08)
"""Shares of the longer side of the box around the landmarks."""
SIDES: Final = ("left", "right", "top", "bottom")
HAND: Final = 0.5
"""The longer side of the hand's box where one side cuts it off, as a share of the picture's height."""
FRAMES: Final = 8
"""As many as it takes to see each view, and what the last one shows a second time."""
GROUNDS: Final = {"black": '"black"', "grey": '"rgb(128 128 128)"'}
PICTURES: Final = "/pictures.jpegs"
READ: Final = """async ([assets, network, pictures, sizes, grounds, frames]) => {
  const readers = await Promise.all(
    grounds.map(async (ground) => {
      const { BrowserReader } = await import(`/${ground}/browser_reader.js`);
      return BrowserReader.create(assets, network);
    }),
  );
  const bytes = await (await fetch(pictures)).arrayBuffer();
  const [canvas, blank] = [new OffscreenCanvas(1, 1), new OffscreenCanvas(640, 480)];
  blank.getContext("2d").fillRect(0, 0, 640, 480);
  const letterIn = (reader, frames) => {
    let label = null;
    for (let frame = 0, shown = 0; frame < frames && shown < 2; frame += 1) {
      reader.missed = 0;
      const seen = reader.read(canvas, (time += 40));
      if (seen.hand) [shown, label] = [shown + 1, seen.label];
    }
    return label;
  };
  const answers = [];
  let [from, time] = [0, 0];
  for (const size of sizes) {
    const picture = await createImageBitmap(new Blob([bytes.slice(from, from + size)], { type: "image/jpeg" }));
    from += size;
    Object.assign(canvas, { width: picture.width, height: picture.height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
    const [{ one }] = readers;
    one.detectForVideo(blank, (time += 2000));
    const isSeen = one.detectForVideo(canvas, (time += 40)).landmarks.length > 0;
    const labels = readers.map((reader) => {
      reader.time = time;
      reader.again.landmarker.detectForVideo(blank, (time += 40));
      reader.again.beginAnew();
      if (isSeen) delete reader.detectPlainly;
      else reader.detectPlainly = () => ({ landmarks: [], handedness: [] }); // it would find none in each frame
      return letterIn(reader, frames);
    });
    answers.push([isSeen, ...labels]);
  }
  return answers;
}"""


def main(folder: Path, count: int) -> None:
    recogniser = Recogniser.load(threads=2)
    photos = sampled(folder, random.Random(SEED))[:count]  # noqa: S311 - a sample, not a secret
    hands = {photo: points for photo in photos if (points := points_of(recogniser, photo)) is not None}
    rooms = sorted((folder / "rooms" / NOTHING).glob("*.jpg"))
    pictures = [*cut(hands), *(("rooms and faces", room, on_screen(opened(room), share=1)) for room in rooms)]
    figures: dict[str, Counter[str]] = {}
    for (name, photo, _), (is_seen, *labels) in zip(pictures, read([one for *_, one in pictures]), strict=True):
        counted = figures.setdefault(name, Counter())
        counted.update(pictures=1, in_the_whole_picture=is_seen)
        for ground, label in zip(GROUNDS, labels, strict=True):
            counted.update({f"found_on_{ground}": label is not None, f"named_on_{ground}": label == photo.parent.name})
    print(json.dumps(figures, indent=1))


def cut(hands: dict[Path, Floats]) -> Iterator[tuple[str, Path, Image.Image]]:
    for margin in MARGINS:
        for number, (photo, points) in enumerate(hands.items()):
            side = SIDES[number % len(SIDES)]
            yield f"one side, {margin:.0%}", photo, cut_at(side, opened(photo), points, margin)
            whole = cut_off(opened(photo), points, random.Random(), margin)  # noqa: S311 - it asks for none
            scale = SIZE[1] / max(whole.size)
            yield (
                f"all sides, {margin:.0%}",
                photo,
                whole.resize((round(whole.width * scale), round(whole.height * scale)), Image.Resampling.BICUBIC),
            )


def cut_at(side: str, photo: Image.Image, points: Floats, margin: float) -> Image.Image:
    """A camera's picture, one of whose sides is where the hand's box ends, by a margin of the box's longer side."""
    (left, top), (right, bottom) = points.min(0), points.max(0)
    longer = max(right - left, bottom - top)
    scale, room = HAND * SIZE[1] / longer, margin * longer
    width, height = SIZE[0] / scale, SIZE[1] / scale
    across = {"left": room - left, "right": width - right - room}.get(side, (width - left - right) / 2)
    down = {"top": room - top, "bottom": height - bottom - room}.get(side, (height - top - bottom) / 2)
    screen = empty()
    scaled = photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.BICUBIC)
    screen.paste(scaled, (round(across * scale), round(down * scale)))
    return screen


def read(pictures: list[Image.Image]) -> list[Any]:
    """For each picture whether the whole of it shows a hand, and the letter on each ground, None where no hand is."""
    files = [_jpeg(picture) for picture in pictures]
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        content, network = Path(place) / "pictures", Path(place) / "letters"
        content.write_bytes(b"".join(files))
        network.write_bytes(browser_network(Artifact.load(SHIPPED), SHIPPED / LETTER_FILE))
        modules = _on_each_ground(Path(place))
        with modules_page(playwright, {PICTURES: content, LETTERS: network, **modules}) as page:
            page.set_default_timeout(0)
            sizes = [len(file) for file in files]
            said: list[Any] = page.evaluate(READ, [ASSETS, LETTERS, PICTURES, sizes, list(GROUNDS), FRAMES])
    return said


def _on_each_ground(place: Path) -> dict[str, Path]:
    """The live page's modules once for each ground, and their addresses."""
    modules = {}
    for ground, colour in GROUNDS.items():
        (place / ground).mkdir()
        for module in (ROOT / "static/js/live").glob("*.js"):
            script = re.sub("const BACKGROUND = [^;]+;", f"const BACKGROUND = {colour};", module.read_text())
            modules[f"/{ground}/{module.name}"] = place / ground / module.name
            modules[f"/{ground}/{module.name}"].write_text(script)
    return modules


def _jpeg(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=90)
    return content.getvalue()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else PHOTOS)
