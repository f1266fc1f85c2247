"""What a report says of a set: balance, light, what is there twice, labels that may be wrong, what is missing."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from worker.ml.exploration_page import page, write_exploration
from worker.ml.exploring import Exploration, balance, explore
from worker.ml.importing import scan_folder
from worker.ml.tests.folders import brighter, picture, write


def flat(grey: int, size: tuple[int, int] = (40, 40)) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", size, grey).save(buffer, "PNG")
    return buffer.getvalue()


def explored(folder: Path) -> Exploration:
    return explore(scan_folder(folder, io.StringIO()), io.StringIO())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """An A under two letters and by two signers, and twelve Cs of which eleven are alike."""
    files = {
        "ann/A/1.jpg": picture(1),
        "ann/A/2.jpg": picture(1),
        "ann/B/1.jpg": brighter(picture(1)),
        "bob/A/1.jpg": brighter(picture(1), 2),
        "bob/B/broken.jpg": b"no picture",
        **{f"bob/C/{number:02}.jpg": brighter(picture(2), number) for number in range(11)},
        "bob/C/99.jpg": picture(3, (60, 40)),
    }
    return write(tmp_path / "photos", files)


def test_light_is_measured(tmp_path: Path) -> None:
    found = explored(write(tmp_path, {"A/1.png": flat(0), "A/2.png": flat(255), "B/1.png": flat(51)}))
    assert found.brightness.tolist() == pytest.approx([0, 1, 0.2])
    assert found.contrast.tolist() == pytest.approx([0, 0, 0], abs=1e-6)


def test_identical_and_alike_pictures_are_found_under_two_labels_and_two_signers(photos: Path) -> None:
    found = explored(photos)
    assert [[one.source for one in group] for group in found.identical] == [["ann/A/1.jpg", "ann/A/2.jpg"]]
    wanted = {"ann/A/1.jpg", "ann/A/2.jpg", "ann/B/1.jpg", "bob/A/1.jpg"}
    for groups in (found.alike_under_two_labels, found.alike_by_two_signers):
        assert [{one.source for one in group} for group in groups] == [wanted]


def test_balance_is_one_where_all_have_as_many_and_falls_where_one_has_most() -> None:
    assert balance([5, 5, 5]) == pytest.approx(1)
    assert balance([7]) == 1
    assert 0 < balance([98, 1, 1]) < 0.2


def test_the_report_tells_all_of_it_in_tables(photos: Path) -> None:
    text = page(explored(photos), "photos <1>")
    assert "<h1>What is in photos &lt;1&gt;</h1>" in text
    for row in (
        '<th scope="row">fewest: B</th><td>1</td>',
        '<th scope="row">C</th><td>12</td><td>0.7500</td>',
        '<th scope="row">bob</th><td>13</td><td>0.8125</td>',
        '<th scope="row">60 by 40</th><td>1</td><td>0.0625</td>',
        '<th scope="row">files that could not be read</th><td>1</td>',
        '<th scope="row">identical files</th><td>1</td><td>2</td>',
    ):
        assert row in text, row
    assert '<td class="words">This is not a picture.' in text
    assert "Warning: 94% of the pictures have near-duplicates." in text
    assert text.count("<svg") == 4
    assert not re.search(r"<script|style=|https?://", text)


def test_a_set_of_one_picture_and_one_whose_files_are_gone_have_a_report_too(tmp_path: Path) -> None:
    folder = write(tmp_path / "one", {"A/1.jpg": picture(1)})
    manifest = scan_folder(folder, io.StringIO())
    assert "1 picture of 1 of the 29 classes, by signers who are not known." in page(
        explore(manifest, io.StringIO()), "one"
    )
    said = "they are learnt from; a split by signer tests on none of them"
    assert f'signer</th><td>1</td><td class="words">{said}</td>' in page(explore(manifest, io.StringIO()), "one")
    (folder / "A/1.jpg").unlink()
    found = explore(manifest, io.StringIO())
    assert found.missing == ("A/1.jpg",)
    assert "No picture could be looked at." in page(found, "one")


def test_pictures_in_the_report_are_small_and_carry_no_metadata(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    (tmp_path / "photos/A").mkdir(parents=True)
    Image.new("RGB", (1200, 900), "red").save(tmp_path / "photos/A/1.jpg", exif=exif)
    place = write_exploration(explored(tmp_path / "photos"), "photos", tmp_path / "report")
    assert place.stat().st_size < 30_000
    assert b"taken at home" not in place.read_bytes()
    assert [one.name for one in place.parent.iterdir()] == [place.name]
