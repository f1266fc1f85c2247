"""In which views Chromium finds hands: ``python -m benchmarks.views FOLDER_OF_HANDS``

Takes photos of signers who are neither in ``REPORTING`` nor in the vault, each as one picture of a camera, and asks
tasks-vision for a hand in the whole picture, and where there is none in each of the live page's views. Prints how many
hands are found, the photos without one by signer, and how many are found in pictures of rooms, where there are none.
"""

import argparse
import io
import json
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.films import on_screen
from benchmarks.replay import ASSETS, modules_page
from benchmarks.word_films import REPORTING, SEED
from worker.ml.datasets import person_of
from worker.ml.signers import VAULT

PHOTOS: Final = 300
PICTURES: Final = "/pictures.mjpeg"
LOOK: Final = """async ([assets, pictures, sizes]) => {
  const [{ HandLandmarker }, { drawn, VIEWS }, { FIRST_LOOK, FURTHER_LOOKS, landmarkerOptions }] = await Promise.all([
    import(assets.bundle),
    import("/static/js/live/views.js"),
    import("/static/js/live/browser_reader.js"),
  ]);
  const hands = new Uint8Array(await (await fetch(assets.hands)).arrayBuffer());
  const open = (look) =>
    HandLandmarker.createFromOptions(
      { wasmLoaderPath: assets.loader, wasmBinaryPath: assets.wasm },
      { ...landmarkerOptions(hands, 1, look), runningMode: "IMAGE" },
    );
  const [first, further] = [await open(FIRST_LOOK), await open(FURTHER_LOOKS)];
  const canvas = new OffscreenCanvas(1, 1);
  const bytes = await (await fetch(pictures)).arrayBuffer();
  const isFound = (landmarker, picture) => landmarker.detect(picture).landmarks.length > 0;
  const found = [];
  let from = 0;
  for (const size of sizes) {
    const picture = await createImageBitmap(new Blob([bytes.slice(from, from + size)], { type: "image/jpeg" }));
    from += size;
    const whole = isFound(first, picture);
    found.push([whole, ...VIEWS.map((view) => !whole && isFound(further, drawn(view, picture, canvas)))]);
    picture.close();
  }
  return found;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    photos = sample(folder)
    rooms = sorted((folder / "rooms" / "nothing").glob("*.jpg"))
    found = looked_at([*photos, *rooms])
    in_photos, in_rooms = found[: len(photos)], found[len(photos) :]
    missed = Counter(photo.parent.parent.name for photo, looks in zip(photos, in_photos, strict=True) if not any(looks))
    figures = {
        "photos": len(photos),
        "in_the_whole_picture": sum(looks[0] for looks in in_photos),
        "in_each_view_of_the_others": [sum(looks) for looks in zip(*in_photos, strict=True)][1:],
        "in_any": sum(any(looks) for looks in in_photos),
        "missed": dict(missed.most_common()),
        "rooms": len(rooms),
        "in_rooms": sum(any(looks) for looks in in_rooms),
    }
    print(json.dumps(figures, indent=1))


def sample(folder: Path) -> list[Path]:
    signers = [
        signer
        for signer in sorted(folder.iterdir())
        if signer.name not in (*REPORTING, "rooms") and person_of(signer.name) not in VAULT
    ]
    photos = [photo for signer in signers for photo in sorted(signer.glob("*/*.jpg")) if photo.parent.name != "nothing"]
    return random.Random(SEED).sample(photos, PHOTOS)  # noqa: S311 - a sample, not a secret


def looked_at(photos: Sequence[Path]) -> list[list[bool]]:
    """For each photo whether a hand was found in the whole picture, and in each view if not."""
    pictures = [_camera_picture(photo) for photo in photos]
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        file = Path(place) / "pictures.mjpeg"
        file.write_bytes(b"".join(pictures))
        with modules_page(playwright, {PICTURES: file}) as page:
            found: Any = page.evaluate(LOOK, [ASSETS, PICTURES, [len(picture) for picture in pictures]])
    return [[bool(one) for one in looks] for looks in found]


def _camera_picture(photo: Path) -> bytes:
    content = io.BytesIO()
    with Image.open(photo) as image:
        on_screen(image).save(content, "JPEG", quality=90)
    return content.getvalue()


if __name__ == "__main__":
    main()
