"""Lessons from pictures whose hands nobody has found yet: imported ones. What was found is kept beside them."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from worker.ml.hand_table import FINDING
from worker.ml.hands.finder import HandFinder
from worker.ml.hands.geometry import Picture
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, carried_file
from worker.ml.images import ImageError, decode_file
from worker.ml.lessons import Lesson
from worker.ml.manifest import UNKNOWN_SIGNER, Entry, Manifest


def find_lessons(manifest: Manifest, entries: Iterable[Entry], kept: Path, beat: Callable[[], None]) -> list[Lesson]:
    """A lesson for each entry in which a hand is found. ``kept`` (.jsonl) remembers, by checksum, so that the next
    training need not look again, until hands are found otherwise; ``beat`` is called for each picture and may raise."""
    text = kept.read_text() if kept.exists() else ""
    known = _known(text)
    finder: HandFinder | None = None
    lessons = []
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("a") as file:
        if text and not text.endswith("\n"):
            file.write("\n")  # or what is written next would be lost with the line that was cut off
        for entry in entries:
            beat()
            if entry.sha256 not in known:
                finder = finder or HandFinder(carried_file(PALM_FILE), carried_file(LANDMARK_FILE))
                known[entry.sha256] = _found(finder, manifest.file_of(entry))
                file.write(json.dumps([FINDING, entry.sha256, known[entry.sha256]]) + "\n")
            hand = known[entry.sha256]
            if hand is not None:
                lessons.append(_lesson(manifest, entry, hand))
    return lessons


def _known(text: str) -> dict[str, dict[str, Any] | None]:
    """What was found before, as hands are found now. A line that was cut off when a worker died is passed over."""
    known = {}
    for line in text.splitlines():
        try:
            version, sha256, hand = json.loads(line)
        except ValueError:
            continue
        if version == FINDING:
            known[sha256] = hand
    return known


def _found(finder: HandFinder, path: Path) -> dict[str, Any] | None:
    """The surest hand, in fractions of the picture; None where there is none."""
    try:
        picture = Picture(decode_file(path))
    except (OSError, ImageError):
        return None
    hands, _ = finder.find(picture)
    if not hands:
        return None
    points = hands[0].points / np.array([picture.width, picture.height, picture.width], np.float32)
    return {"landmarks": np.round(points, 5).tolist(), "is_left": hands[0].handedness == "left"}


def _lesson(manifest: Manifest, entry: Entry, hand: dict[str, Any]) -> Lesson:
    return Lesson(
        label=entry.label,
        signer=entry.signer or UNKNOWN_SIGNER,
        landmarks=tuple((x, y, z) for x, y, z in hand["landmarks"]),
        width=entry.width,
        height=entry.height,
        is_left=hand["is_left"],
        picture=manifest.file_of(entry),
        is_imported=True,
    )
