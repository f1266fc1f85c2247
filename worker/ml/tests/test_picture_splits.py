"""How pictures are split, what a split leaks, and sets that nothing can be learnt from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from worker.ml.datasets import DatasetError
from worker.ml.pictures.dataset import PictureSet, absent_classes, balancing_weights, check_trainable
from worker.ml.pictures.splits import SplitConfig, split


def pictures(labels: list[int], signers: list[str] | None = None, groups: list[int] | None = None) -> PictureSet:
    count = len(labels)
    return PictureSet(
        "some",
        tuple(Path(str(number)) for number in range(count)),
        tuple(str(number) for number in range(count)),
        np.array(labels, np.int64),
        np.array(signers or ["unknown"] * count, np.str_),
        np.array(groups or range(count), np.int64),
        "0" * 64,
    )


SIGNED = pictures([0, 1] * 60, [f"s{number // 20}" for number in range(120)])

HALF_SIGNED = pictures([0, 1] * 60, [f"s{number // 20}" if number < 100 else "unknown" for number in range(120)])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("people", [2, 5])
def test_unknown_signers_are_learnt_from_and_never_judged_on(people: int, seed: int) -> None:
    some = HALF_SIGNED.where(np.arange(120) >= 100 - 20 * people)
    parts = split(some, SplitConfig(seed=seed))
    assert parts.method == "signer"
    assert "unknown" not in some.signers[parts.test]
    assert people < 5 or "unknown" not in some.signers[parts.validation]
    assert "20 of the pictures that are learnt from are of unknown signers" in " ".join(parts.warnings)


@pytest.mark.parametrize("method", ["random", "stratified", "signer"])
def test_every_picture_is_in_one_part(method: str) -> None:
    parts = split(SIGNED, SplitConfig(method))  # type: ignore[arg-type]
    together = np.sort(np.concatenate([parts.training, parts.validation, parts.test]))
    assert together.tolist() == list(range(120))
    assert len(parts.test) == pytest.approx(24, abs=5)


def test_the_same_seed_splits_alike_and_another_one_does_not() -> None:
    one, two, three = (split(SIGNED, SplitConfig("random", seed=seed)).test.tolist() for seed in (1, 1, 2))
    assert one == two != three


def test_no_signer_is_on_two_sides() -> None:
    parts = split(SIGNED, SplitConfig("signer"))
    sides = [set(SIGNED.signers[part].tolist()) for part in (parts.training, parts.validation, parts.test)]
    assert not sides[0] & sides[2]
    assert not sides[0] & sides[1]
    assert not sides[1] & sides[2]


def test_a_file_that_two_people_brought_is_never_judged_if_it_is_learnt_from() -> None:
    some = pictures([0, 1, 0, 1], ["ann", "ann", "bob", "bob"])
    some = replace(some, sha256=("one", "two", "two", "three"))
    learnt, judged = some.parted_by(lambda signer: signer == "ann", "others")
    assert learnt.sha256 == ("one", "two")
    assert judged.sha256 == ("three",)


def test_sessions_of_one_person_stay_together() -> None:
    signers = ["kept_train", "kept_test", "other"] * 20
    parts = split(pictures([0, 1] * 30, signers), SplitConfig("signer", test_signers=("kept_test",)))
    assert set(parts.test % 3) == {0, 1}


def test_by_signer_is_usual_where_several_are_known() -> None:
    assert split(SIGNED, SplitConfig()).method == "signer"
    assert split(pictures([0, 1] * 30), SplitConfig()).method == "random"
    assert split(pictures([0, 1] * 30, ["one"] * 60), SplitConfig()).method == "random"


def test_every_class_is_in_every_part_of_a_stratified_split() -> None:
    some = pictures([0] * 100 + [1] * 10)
    parts = split(some, SplitConfig("stratified"))
    assert np.bincount(some.labels[parts.test]).tolist() == [20, 2]


def test_near_duplicates_on_both_sides_are_counted_and_warned_of() -> None:
    some = pictures([0, 1] * 60, groups=[number // 4 for number in range(120)])
    parts = split(some, SplitConfig("random"))
    assert parts.leaked > 15
    assert f"{parts.leaked} of 24 test pictures" in parts.warnings[0]
    kept = split(some, SplitConfig("random", keep_groups=True))
    assert kept.leaked == 0
    assert not any("near-duplicate" in sentence for sentence in kept.warnings)


def test_groups_that_are_too_large_to_keep_together_are_told() -> None:
    some = pictures([0, 1] * 30, groups=[0] * 30 + [1] * 30)
    with pytest.raises(DatasetError, match="groups of near-duplicates too large to be kept together"):
        split(some, SplitConfig("random", keep_groups=True))


@pytest.mark.parametrize(
    ("some", "config", "sentence"),
    [
        (pictures([0, 1] * 9), SplitConfig("signer"), "some has pictures of unknown signers"),
        (pictures([0, 1] * 9, ["one", "unknown"] * 9), SplitConfig("signer"), "some has one known signer, one, and"),
        (HALF_SIGNED, SplitConfig("signer", test_signers=("unknown",)), "some has no signer unknown"),
        (pictures([0, 1] * 9, ["one"] * 18), SplitConfig("signer"), "some has one known signer, one, and cannot"),
        (SIGNED, SplitConfig("signer", test_signers=("alice",)), "some has no signer alice"),
        (SIGNED, SplitConfig("random", test_signers=("s0",)), "for a split by signer only"),
    ],
)
def test_what_cannot_be_split_is_told(some: PictureSet, config: SplitConfig, sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence):
        split(some, config)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([], "some has no pictures"),
        ([4] * 9, "some has pictures of E alone. At least two classes are needed"),
        ([0, 1, 2], r"some has too few pictures of A \(1\), B \(1\), C \(1\)"),
        ([0] * 9 + [28], r"too few pictures of nothing \(1\)"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_told(labels: list[int], sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence):
        check_trainable(pictures(labels))


def test_rare_classes_count_as_much_as_common_ones() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    weights = balancing_weights(labels)
    assert weights[0] * 90 == pytest.approx(weights[1] * 10)
    assert weights[labels].mean() == pytest.approx(1)
    assert weights[2] == 0


def test_absent_classes_are_named() -> None:
    assert absent_classes(pictures(list(range(27)))) == ["del", "nothing"]
