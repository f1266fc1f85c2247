"""Figures count what a user would: a hand that was not found is a wrong answer."""

from pathlib import Path

import numpy as np
import pytest

from worker.ml.calibration import softmax
from worker.ml.datasets import DatasetError, Photo, fingerprint, person_of, scan_photos
from worker.ml.evaluation import Answers, calibration_error, evaluated_persons, fit_temperature, summarise
from worker.ml.labels import INDEX, LABELS


def answers(true: str, given: str, session: str = "anna", margin: float = 4.0) -> Answers:
    """One photo a letter: ``given`` holds the answers, with a dot where no hand was found."""
    logits = np.zeros((len(true), len(LABELS)), np.float32)
    for row, label in enumerate(given):
        if label != ".":
            logits[row, INDEX[label]] = margin
    labels = np.array([INDEX[label] for label in true])
    return Answers(labels, np.full(len(true), session), logits, np.array([label != "." for label in given]))


def test_a_missed_hand_is_a_wrong_answer() -> None:
    metrics = summarise(answers("AABB", "AAB."), 1.0)
    assert metrics["accuracy_mean_over_sessions"] == 0.75
    assert metrics["sessions"]["anna"]["hand_found"] == 0.75


def test_sessions_count_alike_however_many_photos_they_have() -> None:
    one, other = answers("A" * 90, "A" * 90, "anna"), answers("A" * 10, "B" * 10, "ben")
    both = Answers(
        *(np.concatenate([getattr(a, f) for a in (one, other)]) for f in ("labels", "sessions", "logits", "is_found"))
    )
    metrics = summarise(both, 1.0)
    assert metrics["accuracy_mean_over_sessions"] == 0.5
    assert metrics["accuracy_of_worst_session"] == 0


def test_the_worst_confusion_comes_first() -> None:
    worst = summarise(answers("MMMMNN", "NNNMNN"), 1.0)["most_confused"][0]
    assert (worst["true"], worst["given"], worst["share"]) == ("M", "N", 0.75)


def test_overconfident_answers_get_a_temperature_above_one() -> None:
    overconfident = answers("ABABABABAB", "AAAAABABAB", margin=12.0)
    temperature = fit_temperature(overconfident)
    assert temperature > 1.5
    right = overconfident.is_right()
    before, after = (softmax(overconfident.logits, t).max(axis=1) for t in (1.0, temperature))
    assert calibration_error(after, right) < calibration_error(before, right)


def test_confidence_that_is_true_has_no_calibration_error() -> None:
    assert calibration_error(np.array([0.75] * 4), np.array([True, True, True, False])) == pytest.approx(0)
    assert calibration_error(np.array([1.0] * 4), np.array([True, True, False, False])) == pytest.approx(0.5)


def test_sessions_of_one_person_are_left_out_together_and_some_never() -> None:
    sessions = ["adi3220__pink", "adi3220__grey", "mariia00", "kept_test", "kept_train", "kaggle100", "rooms"]
    photos = [Photo(Path("x"), session, 0) for session in sessions]
    assert evaluated_persons(photos) == ["adi3220", "kept", "mariia00"]
    assert person_of("kept_test") == person_of("kept_train")
    assert person_of("massey__hand1") != person_of("massey__hand2")


def test_photos_are_scanned_with_their_session(tmp_path: Path) -> None:
    for name in ("anna/A/1.jpg", "anna/A/2.JPG", "anna/space/1.png", "ben/nothing/1.jpg", "ben/nothing/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    photos = scan_photos(tmp_path)
    assert [(photo.session, LABELS[photo.label]) for photo in photos] == [
        ("anna", "A"),
        ("anna", "A"),
        ("anna", "space"),
        ("ben", "nothing"),
    ]


def test_a_folder_that_names_no_class_is_refused(tmp_path: Path) -> None:
    (tmp_path / "anna" / "a").mkdir(parents=True)
    with pytest.raises(DatasetError, match="not named after a class"):
        scan_photos(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="No photos"):
        scan_photos(tmp_path)


def test_the_fingerprint_moves_with_content_and_name_but_not_with_place(tmp_path: Path) -> None:
    def make(root: str, name: str, content: bytes) -> str:
        path = tmp_path / root / name
        path.parent.mkdir()
        path.write_bytes(content)
        return fingerprint([path], tmp_path / root)

    assert make("one", "a", b"1") == make("two", "a", b"1")
    assert make("three", "a", b"2") != make("four", "b", b"2")
    assert make("five", "a", b"3") != make("six", "a", b"4")
