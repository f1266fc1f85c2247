"""Figures count what a user would: a hand that was not found is a wrong answer."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from worker.ml.calibration import softmax
from worker.ml.datasets import DatasetError, Photo, fingerprint, person_of, scan_photos
from worker.ml.evaluation import (
    Answers,
    Averages,
    Estimate,
    accuracy_by,
    agreement,
    calibration_error,
    choose_threshold,
    coverage_curve,
    evaluated_persons,
    fit_temperature,
    letters_called_nothing,
    reliability,
    summarise,
    sure_answers,
)
from worker.ml.labels import INDEX, LABELS
from worker.ml.mistakes import doubtful_labels, wrong_throughout


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
    metrics = summarise(Answers.joined([one, other]), 1.0)
    assert metrics["accuracy_mean_over_sessions"] == 0.5
    assert metrics["accuracy_of_worst_session"] == 0


def test_the_worst_confusion_comes_first() -> None:
    worst = summarise(answers("MMMMNN", "NNNMNN"), 1.0)["most_confused"][0]
    assert (worst["true"], worst["given"], worst["share"]) == ("M", "N", 0.75)


def test_only_wrong_answers_are_confusions() -> None:
    assert summarise(answers("MMN", "MNN"), 1.0)["most_confused"] == [
        {"true": "M", "given": "N", "share": 0.5, "photos": 1}
    ]


def test_overconfident_answers_get_a_temperature_above_one() -> None:
    overconfident = answers("ABABABABAB", "AAAAABABAB", margin=12.0)
    temperature = fit_temperature(overconfident)
    assert temperature > 1.5
    right = overconfident.is_right()
    before, after = (softmax(overconfident.logits, t).max(axis=1) for t in (1.0, temperature))
    assert calibration_error(after, right) < calibration_error(before, right)


def test_doubt_without_reason_is_taken_away() -> None:
    """As of a forest, whose looks are averaged: nearly always right, and never above 0.2."""
    doubtful = answers("ABCD" * 12 + "E", "ABCD" * 12 + "F", "anna", margin=0.5)
    assert fit_temperature(doubtful) == 0.3, "a network is not made surer"
    temperature = fit_temperature(doubtful, least=0.05)
    assert temperature < 0.1
    right = doubtful.is_right()
    before, after = (softmax(doubtful.logits, t).max(axis=1) for t in (0.3, temperature))
    assert calibration_error(after, right) < 0.1 < calibration_error(before, right)


def test_confidence_that_is_true_has_no_calibration_error() -> None:
    assert calibration_error(np.array([0.75] * 4), np.array([True, True, True, False])) == pytest.approx(0)
    assert calibration_error(np.array([1.0] * 4), np.array([True, True, False, False])) == pytest.approx(0.5)


def test_figures_over_signers_weigh_persons_and_not_their_sessions() -> None:
    """One person with two sessions and one with a single one: a third each over sessions, a half each over signers."""
    parts = [
        answers("AA", "AA", "adi3220__pink"),
        answers("AA", "AA", "adi3220__grey"),
        answers("AA", "BB", "mariia00"),
    ]
    metrics = summarise(Answers.joined(parts), 1.0)
    assert metrics["accuracy_mean_over_sessions"] == pytest.approx(2 / 3, abs=1e-4)
    assert metrics["accuracy_mean_over_signers"] == 0.5
    assert metrics["accuracy_of_worst_signer"] == 0
    assert metrics["signers"]["adi3220"] == {"photos": 4, "hand_found": 1.0, "accuracy": 1.0}


def test_intervals_come_from_drawing_persons_and_are_the_same_every_time() -> None:
    """Two persons, all right and all wrong: a draw has one of them twice in half of the cases, so all is possible."""
    two = Answers.joined([answers("A" * 50, "A" * 50, "anna"), answers("A" * 50, "B" * 50, "ben")])
    estimate = Averages(two.sessions).over_persons(two.is_right())
    assert estimate == Estimate(0.5, 0.0, 1.0)
    ten = Answers.joined([answers("AB", "AB" if n % 2 else "AA", f"signer{n}") for n in range(10)])
    estimate = Averages(ten.sessions).over_persons(ten.is_right())
    assert 0.55 <= estimate.low < 0.7 < estimate.mean == 0.75 < 0.8 < estimate.high <= 0.95
    assert Averages(ten.sessions).over_persons(ten.is_right()) == estimate


def test_sessions_of_one_person_are_drawn_together() -> None:
    """All sessions are of one person: drawing persons can then tell nothing about other people."""
    one = Answers.joined([answers("AB", "AB", "adi3220__pink"), answers("AB", "BA", "adi3220__grey")])
    assert Averages(one.sessions).over_sessions(one.is_right()) == Estimate(0.5, 0.5, 0.5)


def test_static_letters_letters_and_all_classes_are_apart() -> None:
    right = answers("ABJ", "ABI")
    everything = Answers.joined([right, answers("A", ".")])
    everything.labels[-1] = INDEX["nothing"]
    groups = summarise(everything, 1.0)["accuracy_of_groups"]
    assert {name: row["photos"] for name, row in groups.items()} == {
        "static_letters": 2,
        "letters": 3,
        "all_classes": 4,
    }
    assert groups["static_letters"]["over_signers"]["mean"] == 1
    assert groups["letters"]["over_signers"]["mean"] == pytest.approx(2 / 3, abs=1e-4)
    assert groups["all_classes"]["over_sessions"]["mean"] == 0.75


def test_letters_called_nothing_count_no_empty_rooms() -> None:
    some = answers("AAAB", "AAA.")
    some.labels[0] = INDEX["nothing"]
    some.logits[0] = 0
    some.logits[0, INDEX["nothing"]] = 5
    assert letters_called_nothing(some) == pytest.approx(1 / 3, abs=1e-4)


def test_the_confidence_of_an_answer_without_a_hand_is_the_one_that_is_served() -> None:
    doubted = replace(answers("AB", ".B"), confidence_of_nothing=np.array([0.4, 0.9], np.float32))
    assert doubted.confidence(1.0)[0] == pytest.approx(0.4)
    assert doubted.probabilities(1.0).sum(axis=1) == pytest.approx([1, 1])
    assert doubted.confidence(1.0)[1] == softmax(doubted.logits[1], 1.0).max()
    assert answers("A", ".").confidence(1.0)[0] == 1.0


def test_calibration_covers_answers_without_a_hand() -> None:
    missed = replace(answers("A" * 10, "." * 10), confidence_of_nothing=np.full(10, 0.3, np.float32))
    right = answers("A" * 10, "A" * 10, margin=30.0)
    metrics = summarise(Answers.joined([missed, right]), 1.0)
    assert metrics["calibration_error_of_found_hands"] == pytest.approx(0, abs=1e-3)
    assert metrics["calibration_error"] == pytest.approx(0.15, abs=1e-3)


def test_joining_and_choosing_keep_how_sure_nothing_was() -> None:
    known = replace(answers("AA", "..", "anna"), confidence_of_nothing=np.array([0.2, 0.3], np.float32))
    both = Answers.joined([known, answers("A", ".", "ben")])
    assert both.confidence(1.0).tolist() == pytest.approx([0.2, 0.3, 1.0])
    assert both.where(both.sessions != "anna").confidence(1.0).tolist() == [1.0]
    assert both.where(np.array([False, True, False])).confidence(1.0).tolist() == pytest.approx([0.3])


def graded(confidences: list[float], right: list[bool], session: str) -> Answers:
    """Answers A of given confidence at temperature 1, to photos of A or, where they are wrong, of B."""
    logits = np.zeros((len(right), len(LABELS)), np.float32)
    logits[:, INDEX["A"]] = [np.log(28 * c / (1 - c)) for c in confidences]
    labels = np.array([INDEX["A" if one else "B"] for one in right])
    return Answers(labels, np.full(len(right), session), logits, np.ones(len(right), bool))


def test_the_threshold_is_the_lowest_that_is_right_often_enough_for_signers_on_average() -> None:
    easy = graded([0.952, 0.852, 0.552, 0.452], [True, True, True, True], "anna")
    hard = graded([0.952, 0.852, 0.552, 0.452], [True, True, False, False], "ben")
    both = Answers.joined([easy, hard])
    assert choose_threshold(both, 1.0, 0.99) == pytest.approx(0.56)
    assert choose_threshold(both, 1.0, 0.80) == pytest.approx(0.46)
    assert choose_threshold(both, 1.0, 0.70) == 0
    sure = sure_answers(both, 1.0, 0.56)
    assert (sure["share"]["mean"], sure["accuracy"]["mean"], sure["accuracy_of_others"]["mean"]) == (0.5, 1.0, 0.5)


def test_a_signer_with_many_photos_does_not_choose_the_threshold_alone() -> None:
    many = graded([0.602] * 98 + [0.402] * 2, [True] * 98 + [False] * 2, "anna")
    few = graded([0.602, 0.502], [True, False], "ben")
    assert choose_threshold(Answers.joined([many, few]), 1.0, 0.95) == pytest.approx(0.51)


def test_where_nothing_is_right_no_answer_is_sure() -> None:
    assert choose_threshold(graded([0.9, 0.8], [False, False], "anna"), 1.0) == 1.0


def test_coverage_falls_as_the_threshold_rises() -> None:
    curve = coverage_curve(graded([0.95, 0.55], [True, False], "anna"), 1.0)
    at = {point.threshold: point for point in curve}
    assert (at[0.5].share, at[0.5].accuracy) == (1.0, 0.5)
    assert (at[0.9].share, at[0.9].accuracy) == (0.5, 1.0)
    assert (at[1.0].share, at[1.0].accuracy) == (0.0, None)


def test_reliability_bins_hold_what_was_claimed_and_what_was_true() -> None:
    bins = reliability(np.array([0.41, 0.41, 0.99, 0.99]), np.array([True, False, True, True]))
    assert [(round(one.low, 2), one.share, round(one.confidence, 2), one.accuracy) for one in bins] == [
        (0.4, 0.5, 0.41, 0.5),
        (0.93, 0.5, 0.99, 1.0),
    ]


def test_a_mirrored_picture_agrees_if_it_gets_the_same_letter_right_or_wrong() -> None:
    upright, mirrored = answers("ABCD", "ABXX"), answers("ABCD", "ABX.")
    assert agreement(upright, mirrored).mean == 0.75
    with pytest.raises(ValueError, match="same photos"):
        agreement(upright, answers("ABCE", "ABXX"))


def test_accuracy_is_told_by_any_attribute_of_sessions() -> None:
    both = Answers.joined([answers("AB", "AB", "anna"), answers("AB", "AA", "ben"), answers("AB", "AB", "cleo")])
    table = accuracy_by(both, lambda session: "left" if session == "ben" else "right")
    assert {name: (row["signers"], row["accuracy"]["mean"]) for name, row in table.items()} == {
        "left": (1, 0.5),
        "right": (2, 1.0),
    }


def test_labels_that_the_model_holds_impossible_are_listed_and_still_counted() -> None:
    sure, unsure = answers("AABB", "ABBB", margin=12.0), answers("AB", "AA", margin=2.0)
    both = Answers.joined([sure, unsure])
    listed = doubtful_labels(both, 1.0)
    assert [(one.photo, one.label, one.given) for one in listed] == [(1, "A", "B")]
    assert listed[0].probability < 0.01 < 0.95 < listed[0].confidence
    assert summarise(both, 1.0)["accuracy_mean_over_sessions"] == pytest.approx(4 / 6, abs=1e-4)


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


def test_a_letter_that_a_signer_signs_in_a_way_of_their_own_is_told_apart_from_single_errors() -> None:
    """One signer's P is an H in all ten photos; another misses one photo of ten, of another letter."""
    told = wrong_throughout(Answers.joined([answers("P" * 10, "H" * 10, "siqbals"), answers("A" * 10, "A" * 9 + "S")]))
    assert told["listed"] == [{"session": "siqbals", "label": "P", "photos": 10, "accuracy": 0.0, "given": "H"}]
    assert (told["signs"], told["share_of_errors"]) == (2, pytest.approx(10 / 11, abs=1e-4))


def test_where_nothing_is_wrong_no_sign_is_wrong_throughout() -> None:
    assert wrong_throughout(answers("AB", "AB")) == {"signs": 2, "share_of_errors": 0.0, "listed": []}
