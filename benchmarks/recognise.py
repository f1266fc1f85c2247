"""Milliseconds of ``Recogniser.recognise`` by stage: ``python -m benchmarks.recognise PHOTO...``

Each photo is laid on a grey frame of 640x480, as a webcam would show it, and read in turn. Prints medians and the 95th
percentile of the whole, with as many LiteRT threads as the prediction worker uses by default.
"""

import io
import json
import statistics
import sys
from pathlib import Path

from PIL import Image, ImageOps

from worker.ml.inference import Recogniser

ROUNDS = 200
THREADS = 2


def main(paths: list[Path]) -> None:
    photos = [as_webcam_frame(path) for path in paths]
    recogniser = Recogniser.load(threads=THREADS)
    for photo in photos:
        recogniser.recognise(photo)
    times = [recogniser.recognise(photos[number % len(photos)]).milliseconds for number in range(ROUNDS)]
    totals = [one["total"] for one in times]
    medians = {stage: round(statistics.median(one[stage] for one in times), 2) for stage in times[0]}
    print(json.dumps({"photos": len(photos), "median": medians, "p95_total": statistics.quantiles(totals, n=20)[-1]}))


def as_webcam_frame(path: Path) -> bytes:
    frame = Image.new("RGB", (640, 480), (120, 125, 130))
    photo = ImageOps.contain(Image.open(path).convert("RGB"), (440, 440))
    frame.paste(photo, ((640 - photo.width) // 2, (480 - photo.height) // 2))
    buffer = io.BytesIO()
    frame.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
