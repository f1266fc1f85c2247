"""Hands of imported pictures are found once, and become lessons."""

from pathlib import Path

import numpy as np
import pytest

from worker.ml.found_lessons import find_lessons
from worker.ml.hands.finder import HandFinder
from worker.ml.hands.networks import LandmarkNetwork, Landmarks
from worker.ml.manifest import Entry, Manifest
from worker.tests.pictures import jpeg


def entry_of(name: str, label: str, sha256: str) -> Entry:
    return Entry(name, label, None, sha256, 1, 64, 48, "0" * 16, 0)


def test_what_was_found_otherwise_is_looked_for_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(0).uniform(8, 40, (21, 3)).astype(np.float32)
    hand = Landmarks(points, 0.9, "left", LandmarkNetwork.region_of(points))
    monkeypatch.setattr(HandFinder, "find", lambda *_: ([hand], 0.9))
    (tmp_path / "a.jpg").write_bytes(jpeg(64))
    entries, kept = (entry_of("a.jpg", "A", "1"),), tmp_path / "hands.jsonl"
    kept.write_text('[1, "1", null]\n')  # before tiny hands were looked for
    assert len(find_lessons(Manifest(tmp_path, entries), entries, kept, lambda: None)) == 1


def test_hands_are_found_once_and_pictures_without_one_teach_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    points = np.random.default_rng(0).uniform(8, 40, (21, 3)).astype(np.float32)
    hand = Landmarks(points, 0.9, "left", LandmarkNetwork.region_of(points))

    def find(self: HandFinder, picture: object) -> tuple[list[Landmarks], float]:
        looked.append(1)
        return ([hand] if len(looked) == 1 else []), 0.9

    monkeypatch.setattr(HandFinder, "find", find)
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(jpeg(64))
    entries = tuple(
        entry_of(name, label, sha256)
        for name, label, sha256 in (("a.jpg", "A", "1"), ("b.jpg", "B", "2"), ("gone.jpg", "B", "3"))
    )
    manifest, kept = Manifest(tmp_path, entries), tmp_path / "kept/hands.jsonl"
    (lesson,) = find_lessons(manifest, entries, kept, lambda: None)
    assert (lesson.label, lesson.signer, lesson.is_left) == ("A", "unknown", True)
    assert lesson.landmarks[0][0] * 64 == pytest.approx(points[0, 0], abs=0.01)
    kept.write_text(kept.read_text() + '[1, "4", {"landm')  # a worker died here
    assert find_lessons(manifest, entries, kept, lambda: None) == [lesson]
    assert len(looked) == 2


def test_what_is_found_after_a_line_that_was_cut_off_is_remembered_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def find(self: HandFinder, picture: object) -> tuple[list[Landmarks], float]:
        looked.append(1)
        return [], 0.0

    monkeypatch.setattr(HandFinder, "find", find)
    (tmp_path / "a.jpg").write_bytes(jpeg(64))
    entries, kept = (entry_of("a.jpg", "A", "1"),), tmp_path / "hands.jsonl"
    kept.write_text('[4, "9", {"landm')  # a worker died here
    for _ in range(2):
        find_lessons(Manifest(tmp_path, entries), entries, kept, lambda: None)
    assert len(looked) == 1
