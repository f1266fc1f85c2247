"""The loop behind both classify commands, with a recogniser that needs no model."""

import io
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from worker.ml.classify import classify, classify_paths, write
from worker.ml.config import ImageLimits
from worker.ml.images import ImageError, decode
from worker.ml.recognition import Candidate, Recognition
from worker.ml.tests.folders import of_a_telephone
from worker.ml.tests.test_images import encoded, half_and_half

PICTURE = encoded(half_and_half(), "PNG")


class AlwaysA:
    def recognise(self, data: bytes, limits: ImageLimits) -> Recognition:
        decode(data, limits)
        return Recognition("A", 0.9, (Candidate("A", 0.9), Candidate("S", 0.1)), None, {"total": 1.0})


class Wavering:
    def recognise(self, data: bytes, limits: ImageLimits) -> Recognition:
        shares = {"M": 0.48, "N": 0.31, "nothing": 0.15, "S": 0.03}
        top = tuple(Candidate(label, share) for label, share in shares.items())
        return Recognition("M", 0.48, top, None, {"total": 1.0}, is_unsure=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.jpg", "deep/a.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(PICTURE)
    return tmp_path


def test_a_folder_gives_its_pictures_in_order_and_leaves_out_the_rest(folder: Path) -> None:
    lines = list(classify(AlwaysA(), [folder]))
    assert [Path(line.path).name for line in lines] == ["b.jpg", "a.png"]
    assert {line.label for line in lines} == {"A"}


def test_a_named_file_is_read_whatever_it_is_called(folder: Path) -> None:
    assert [line.label for line in classify(AlwaysA(), [folder / "notes.txt"])] == ["A"]


def test_ones_own_pictures_may_be_larger_than_the_site_takes(tmp_path: Path) -> None:
    sharp = encoded(Image.effect_noise((4200, 3000), 90), "PNG", compress_level=0)
    for name, data in (("camera.png", sharp), ("telephone.jpg", of_a_telephone())):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ImageError, match="at most"):
            decode(data)
    assert [(line.label, line.error) for line in classify(AlwaysA(), [tmp_path])] == [("A", None)] * 2


@pytest.mark.parametrize("extension", ["ppm", "pgm", "pbm", "pnm"])
def test_what_programs_write_for_each_other_is_a_picture_too(extension: str, tmp_path: Path) -> None:
    mode = {"pgm": "L", "pbm": "1"}.get(extension, "RGB")
    half_and_half().convert(mode).save(tmp_path / f"one.{extension}", "PPM")
    assert [line.label for line in classify(AlwaysA(), [tmp_path])] == ["A"]


def test_a_pipe_is_told_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    lines = {Path(line.path).name: line.error for line in classify(AlwaysA(), [folder])}
    assert lines["pipe.jpg"] == "This is no file, but a pipe or a device."
    assert lines["b.jpg"] is None


def test_a_file_that_vanished_is_told_and_the_others_go_on(folder: Path) -> None:
    lines = list(classify(AlwaysA(), [folder / "gone.jpg", folder / "b.jpg"]))
    assert lines[0].error == "The file cannot be read: No such file or directory."
    assert lines[1].label == "A"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed_is_told(folder: Path) -> None:
    (folder / "deep").chmod(0)
    errors = {Path(line.path).name: line.error for line in classify(AlwaysA(), [folder])}
    (folder / "deep").chmod(0o700)
    assert errors["deep"] is not None


def test_jsonl_and_text_hold_the_same_answers(folder: Path) -> None:
    texts = {}
    for format in ("jsonl", "text"):
        out = io.StringIO()
        assert write(classify(AlwaysA(), [folder / "b.jpg"]), format=format, out=out) == 0
        texts[format] = out.getvalue()
    assert json.loads(texts["jsonl"])["top"][1] == {"label": "S", "confidence": 0.1}
    assert texts["text"] == f"{folder}/b.jpg: A 90% (then S 10%)\n"


def test_an_unsure_answer_asks_and_names_its_contenders(folder: Path) -> None:
    line = next(classify(Wavering(), [folder / "b.jpg"]))
    assert line.as_text() == f"{folder}/b.jpg: not sure: M 48%, N 31% or no hand 15%"
    said = json.loads(line.as_json())
    assert (said["label"], said["is_unsure"], said["contenders"]) == ("M", True, ["M", "N", "nothing"])


def test_a_sure_answer_and_an_error_have_no_contenders(folder: Path) -> None:
    sure, failed = (json.loads(line.as_json()) for line in classify(AlwaysA(), [folder / "b.jpg", folder / "gone.jpg"]))
    assert (sure["is_unsure"], sure["contenders"]) == (False, [])
    assert (failed["is_unsure"], failed["contenders"]) == (None, [])


def test_a_name_too_long_for_a_file_is_missing_and_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert classify_paths([Path("x" * 300)]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_a_folder_without_pictures_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert classify_paths([tmp_path]) == 0
    assert f"There is no picture in {tmp_path}." in capsys.readouterr().err
