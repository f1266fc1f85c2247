"""What the folders of a collection mean."""

import pytest

from worker.ml.labels import LABELS, label_of
from worker.ml.layout import Placed, place


@pytest.mark.parametrize("label", LABELS)
def test_every_class_is_called_by_its_own_name(label: str) -> None:
    assert label_of(label) == label_of(label.upper()) == label_of(label.lower()) == label


@pytest.mark.parametrize(
    ("name", "label"),
    [("delete", "del"), ("SPACE", "space"), ("a", "A"), ("blank", "nothing"), ("No_Hand", "nothing"), ("AB", None)],
)
def test_other_names_of_classes_are_understood(name: str, label: str | None) -> None:
    assert label_of(name) == label


@pytest.mark.parametrize(
    "folder",
    ["", "kaggle/", "asl_alphabet_train/asl_alphabet_train/", "a/b_c/d_e/"],
)
def test_folders_that_wrap_all_pictures_are_nobody(folder: str) -> None:
    paths = [f"{folder}A/1.jpg", f"{folder}delete/2.jpg"]
    assert list(place(paths)) == [Placed("A"), Placed("del")]


@pytest.mark.parametrize("folder", ["asl-alphabet-main", "photos", "ASL alphabet 2", "my_data", "Kaggle", "holiday"])
def test_one_folder_that_is_called_like_a_collection_or_like_this_one_is_nobody(folder: str) -> None:
    assert list(place([f"{folder}/A/1.jpg", f"{folder}/B/2.jpg"], called=["Holiday"])) == [Placed("A"), Placed("B")]


def test_the_folder_of_one_single_signer_keeps_the_name() -> None:
    paths = ["ann/A/1.jpg", "ann/B/1.jpg"]
    assert [one.signer for one in place(paths)] == ["ann", "ann"]
    assert [one.signer for one in place(paths, "carla")] == ["carla", "carla"]


def test_folders_above_the_classes_are_signers() -> None:
    assert list(place(["hands/ann/A/1.jpg", "hands/bob/b/1.jpg"])) == [Placed("A", "ann"), Placed("B", "bob")]


def test_the_kaggle_download_has_no_signers_though_its_folders_are_nested_and_its_test_folder_is_flat() -> None:
    paths = [
        "asl_alphabet_train/asl_alphabet_train/A/A1.jpg",
        "asl_alphabet_test/asl_alphabet_test/A_test.jpg",
        "asl_alphabet_test/asl_alphabet_test/space_test.jpg",
    ]
    assert list(place(paths)) == [Placed("A"), Placed("A"), Placed("space")]


def test_parts_of_an_experiment_are_nobody_and_persons_within_them_are() -> None:
    paths = ["train/ann/A/1.jpg", "test/bob/A/1.jpg", "test/A/2.jpg"]
    assert [one.signer for one in place(paths)] == ["ann", "bob", None]


def test_who_is_named_for_all_signs_where_no_folder_says_so() -> None:
    assert [one.signer for one in place(["ann/A/1.jpg", "A/2.jpg"], "carla")] == ["ann", "carla"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("7/1.jpg", "its folder '7' is not named after a class"),
        ("1.jpg", "it lies in no folder that is named after a class"),
        ("xy_test.jpg", "it lies in no folder"),
        ("team/ann/A/1.jpg", "it lies too deep: is the signer 'team' or 'ann'?"),
    ],
)
def test_what_cannot_be_placed_says_why(path: str, said: str) -> None:
    *_, last = place(["A/1.jpg", path])
    assert last.label is None
    assert said in last.reason
