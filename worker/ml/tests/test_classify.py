"""The loop behind both `classify` commands, with a stand-in for the recogniser."""

import io
import json
from pathlib import Path

import pytest

from worker.ml import classify
from worker.ml.images import ImageError
from worker.ml.recognition import Box, Candidate, Hand, Recognition

HAND = Hand(box=Box(0.1, 0.2, 0.3, 0.4), landmarks=((0.1, 0.2, 0.0),) * 21, handedness="right", presence=0.98)


class Stub:
    """Says B, and refuses what is empty."""

    def recognise(self, data: bytes) -> Recognition:
        if not data:
            raise ImageError("empty", "The file is empty.")
        top = (Candidate("B", 0.91), Candidate("D", 0.05), Candidate("space", 0.02))
        return Recognition(label="B", confidence=0.91, top=top, hand=HAND, milliseconds={"total": 20.0})


def written(folder: Path, *, format: classify.Format) -> tuple[int, list[str]]:
    out = io.StringIO()
    code = classify.write(classify.classify(Stub(), [folder]), format=format, out=out)
    return code, out.getvalue().splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.jpg", "a.PNG", "sub/é.webp", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"picture")
    return tmp_path


def test_a_folder_is_read_in_order_and_only_its_pictures(folder: Path) -> None:
    assert [p.relative_to(folder).as_posix() for p in classify.pictures([folder])] == ["a.PNG", "b.jpg", "sub/é.webp"]


def test_a_file_that_is_named_is_read_whatever_it_is_called(folder: Path) -> None:
    assert list(classify.pictures([folder / "notes.txt"])) == [folder / "notes.txt"]


def test_a_jsonl_line_holds_all_there_is_to_say(folder: Path) -> None:
    code, lines = written(folder, format="jsonl")
    assert code == 0
    said = json.loads(lines[2])
    assert list(said) == ["path", "label", "confidence", "top", "hand", "milliseconds", "error"]
    assert said["path"] == str(folder / "sub/é.webp")
    assert (said["label"], said["confidence"], said["error"]) == ("B", 0.91, None)
    assert said["top"][1] == {"label": "D", "confidence": 0.05}
    assert len(said["hand"]["landmarks"]) == 21


def test_a_file_that_cannot_be_read_is_told_and_the_others_go_on(folder: Path) -> None:
    (folder / "a.PNG").write_bytes(b"")
    code, lines = written(folder, format="jsonl")
    assert code == 1
    assert json.loads(lines[0])["error"] == "The file is empty."
    assert json.loads(lines[0])["label"] is None
    assert json.loads(lines[1])["label"] == "B"


def test_text_is_for_people(folder: Path) -> None:
    _, lines = written(folder, format="text")
    assert lines[1] == f"{folder / 'b.jpg'}: B 91% (then D 5%, space 2%)"


def test_a_path_that_is_not_there_is_an_error_of_usage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert classify.classify_paths([folder / "none.jpg"]) == 2
    assert "There is no such file or folder" in capsys.readouterr().err
