"""Wrong labels are found by their neighbours, and what cannot be judged is left alone."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.wrong_labels import with_wrong_labels
from worker.ml.doubtful_labels import NEIGHBOURS, doubtful
from worker.ml.exploration_page import page
from worker.ml.exploring import Seen, explore, look_at
from worker.ml.importing import scan_folder
from worker.ml.manifest import Entry, Manifest
from worker.ml.tests.folders import write

CLASSES = ("A", "B", "C", "D")
A_CLASS = 30


def hand(shape: int, number: int) -> bytes:
    """One of a few shapes, in its own light and with its own grain: alike, and no near-duplicates."""
    random = np.random.default_rng([shape, number])
    cells = np.random.default_rng(shape).integers(40, 200, (6, 6)) + random.normal(0, 22, (6, 6))
    lit = np.clip(cells * random.uniform(0.6, 1.2), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(lit).resize((48, 48), Image.Resampling.BILINEAR).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Two signers, who sign the same classes by other shapes."""
    files = {
        f"{signer}/{label}/{number:02}.png": hand(shape + 10 * person, number)
        for person, signer in enumerate(("ann", "bob"))
        for shape, label in enumerate(CLASSES)
        for number in range(A_CLASS)
    }
    return scan_folder(write(tmp_path_factory.mktemp("hands"), files), io.StringIO())


@pytest.fixture(scope="module")
def seen(manifest: Manifest) -> Seen:
    return look_at(manifest, io.StringIO())


def relabelled(entries: tuple[Entry, ...], source: str, label: str) -> list[Entry]:
    return [replace(one, label=label) if one.source == source else one for one in entries]


def test_right_labels_are_not_doubted(seen: Seen) -> None:
    assert doubtful(seen.entries, seen.copies) == []


def test_planted_wrong_labels_are_found_with_what_they_should_be(seen: Seen) -> None:
    planted = with_wrong_labels(seen.entries, 0.05, seed=3)
    wrong = {one.source: true.label for one, true in zip(planted, seen.entries, strict=True) if one.label != true.label}
    told = {one.entry.source: one.likelier for one in doubtful(planted, seen.copies)}
    assert len(wrong) > 5
    assert len(told.keys() & wrong.keys()) >= 0.9 * len(wrong)
    assert len(told.keys() - wrong.keys()) <= 0.1 * len(told)
    assert all(wrong[source] == label for source, label in told.items() if source in wrong)


def test_near_duplicates_have_no_say(seen: Seen) -> None:
    """A whole recording of one frame under a wrong label does not vouch for itself."""
    wrong = {f"ann/A/{number:02}.png" for number in range(NEIGHBOURS + 2)}
    together = [replace(one, group=9999, label="B") if one.source in wrong else one for one in seen.entries]
    assert {one.entry.source for one in doubtful(together, seen.copies)} == wrong


def test_a_class_with_too_few_other_pictures_is_not_judged(seen: Seen) -> None:
    alone = relabelled(seen.entries, "ann/A/00.png", "Z")
    assert doubtful(alone, seen.copies) == []


def test_the_page_shows_them_and_what_their_neighbours_say(manifest: Manifest) -> None:
    text = page(
        explore(replace(manifest, entries=tuple(relabelled(manifest.entries, "bob/C/07.png", "D"))), io.StringIO()),
        "hands",
    )
    assert "while most of these agree on another: 1." in text
    assert "D, bob: C?" in text
