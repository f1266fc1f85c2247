"""Further training: what is learnt from whom, that it can be stopped and taken up again, and what is published."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from worker.ml.artifact import CARD, Artifact
from worker.ml.comparison import compare_on_pictures, compare_on_sets, table_of
from worker.ml.datasets import LandmarkSet
from worker.ml.export import logits_in_batches
from worker.ml.inference import Recogniser
from worker.ml.lessons import Lesson, RetrainingConfig, is_held_out
from worker.ml.manifest import UNKNOWN_SIGNER
from worker.ml.retraining import (
    Hands,
    Learnt,
    RetrainingError,
    _batches,
    known_and_rest,
    points_of,
    publish_candidate,
    retrain,
)
from worker.ml.tests.small_artifact import publish_small
from worker.tests.pictures import jpeg

TINY = RetrainingConfig(epochs=2, steps=2, batch=16)
LEARNT = next(f"person-{number}" for number in range(99) if not is_held_out(f"person-{number}"))
JUDGED = next(f"person-{number}" for number in range(99) if is_held_out(f"person-{number}"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "small"
    publish_small(folder)
    return folder


class Cancelled(Exception):
    pass


class Watcher:
    def __init__(self, *, stop_after_epoch: int = 0) -> None:
        self.said: list[str] = []
        self.epochs: list[int] = []
        self.steps: list[tuple[int, int]] = []
        self._stop_after_epoch = stop_after_epoch

    def say(self, text: str) -> None:
        self.said.append(text)

    def step(self, *, epoch: int, step: int, steps: int) -> None:
        self.steps.append((epoch, step))

    def epoch(self, history: Sequence[Mapping[str, float | None]]) -> None:
        self.epochs.append(len(history))
        if len(history) == self._stop_after_epoch:
            raise Cancelled


def lessons(picture: Path = Path("none.jpg"), signers: Sequence[str] = (LEARNT, JUDGED)) -> list[Lesson]:
    random = np.random.default_rng(5)
    hands = {label: random.uniform(0.2, 0.8, (21, 3)) for label in "AB"}
    return [
        Lesson(
            label=label,
            signer=signer,
            landmarks=tuple((float(x), float(y), float(z)) for x, y, z in hand + random.normal(0, 0.01, (21, 3))),
            width=64,
            height=48,
            is_left=False,
            picture=picture,
        )
        for signer in signers
        for label, hand in hands.items()
        for _ in range(4)
    ]


def test_it_learns_what_it_is_shown_and_the_candidate_can_be_served(base: Path, tmp_path: Path) -> None:
    (tmp_path / "hand.jpg").write_bytes(jpeg(64))
    shown = lessons(tmp_path / "hand.jpg")
    config = RetrainingConfig(epochs=2, steps=30, batch=64, learning_rate=0.02)
    watch = Watcher()
    retrained = retrain(base, shown, [], config, tmp_path / "work", watch)
    assert (
        logits_in_batches(retrained.network, points_of(shown)).argmax(axis=1) == Hands.of(shown, []).labels
    ).mean() > 0.9
    assert watch.epochs == [1, 2]
    data = {"sha256": "0123456789", "pictures": 16, "signers": 2}
    artifact = publish_candidate(base, retrained, config, data, tmp_path / "candidate")
    before = Artifact.load(base)
    assert artifact.fingerprint != before.fingerprint
    assert Recogniser.load(tmp_path / "candidate").recognise(jpeg(64)).label == "nothing"
    table = compare_on_pictures("held out", base, tmp_path / "candidate", shown[8:], lambda: None)
    assert (table["hands"], table["signers"]) == (8, 1)
    assert table["new"] >= table["old"]
    one = LandmarkSet(points_of(shown), Hands.of(shown, []).labels, np.full(16, "base"))
    assert compare_on_sets("known", base, tmp_path / "candidate", [one], lambda: None)["new"] > 0.9


def test_what_was_stopped_goes_on_after_its_last_epoch_and_ends_alike(base: Path, tmp_path: Path) -> None:
    quick = replace(TINY, learning_rate=0.02)
    undisturbed = retrain(base, lessons(), [], quick, tmp_path / "one", Watcher())
    with pytest.raises(Cancelled):
        retrain(base, lessons(), [], quick, tmp_path / "two", Watcher(stop_after_epoch=1))
    watch = Watcher()
    resumed = retrain(base, lessons(), [], quick, tmp_path / "two", watch)
    assert "taken up again after epoch 1" in watch.said
    assert watch.epochs == [2]
    for ours, theirs in zip(resumed.network.get_weights(), undisturbed.network.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)


def test_a_candidate_tells_what_it_learnt_from_and_not_what_it_was_judged_by(base: Path, tmp_path: Path) -> None:
    def imported(signer: str) -> list[Lesson]:
        return [replace(lesson, is_imported=True) for lesson in of(signer)]

    def of(signer: str) -> list[Lesson]:
        return lessons(signers=[signer])

    hands = LandmarkSet(points_of(of(LEARNT)), Hands.of(of(LEARNT), []).labels, np.full(8, "base"))
    shown = [*of(LEARNT), *of(JUDGED), *imported(UNKNOWN_SIGNER), *imported(JUDGED)]
    retrained = retrain(base, shown, [hands], TINY, tmp_path / "work", Watcher())
    assert retrained.learnt == Learnt(pictures=8, signers=1, imported=8, base_hands=7)
    data = {"sha256": "0123456789", "pictures": 40, "signers": 3}  # of all that was given
    artifact = publish_candidate(base, retrained, TINY, data, tmp_path / "candidate")
    assert artifact.data == data | {"pictures": 8, "signers": 1, "imported": 8, "base_hands": 7}
    card = (tmp_path / "candidate" / CARD).read_text()
    assert (
        "trained further on 8 pictures of 1 person of this site, who agreed to it, and on 8 imported pictures, and on "
        "7 hands of the base set (data 01234567)."
    ) in card
    assert str(Learnt(0, 0, 30, 0)) == "30 imported pictures"


def test_hands_are_changed_otherwise_in_each_epoch_and_alike_whenever_it_is_that_epoch() -> None:
    one = Hands.of(lessons()[:1] * 2, [])  # the same hand twice: what differs is how it was changed

    def epoch(number: int) -> list[bytes]:
        keras.utils.set_random_seed(number)
        return [points.tobytes() for points, _ in _batches(one, TINY, number)]

    first, second = epoch(1), epoch(2)
    assert len({*first, *second}) == 2 * TINY.steps
    assert epoch(2) == second


def test_a_loss_that_is_no_number_is_told_and_never_kept(base: Path, tmp_path: Path) -> None:
    with pytest.raises(RetrainingError, match=r"In epoch 1 the loss is no number: the learning rate, 1e\+30, is too"):
        retrain(base, lessons(), [], replace(TINY, learning_rate=1e30), tmp_path, Watcher())
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_that_is_broken_is_passed_over(base: Path, tmp_path: Path) -> None:
    (tmp_path / "history.json").write_text('[{"loss": 1.0, "accuracy": null}]')
    (tmp_path / "checkpoint.keras").write_bytes(b"half of it")
    watch = Watcher()
    retrain(base, lessons(), [], TINY, tmp_path, watch)
    assert watch.epochs == [1, 2]


@pytest.mark.parametrize("signers", [(JUDGED,), ()])
def test_without_anybody_to_learn_from_it_says_so(base: Path, tmp_path: Path, signers: tuple[str, ...]) -> None:
    with pytest.raises(RetrainingError, match="too few pictures"):
        retrain(base, lessons(signers=signers), [], TINY, tmp_path, Watcher())


def test_rows_of_the_base_set_are_learnt_from_or_judged_by_never_both() -> None:
    one = LandmarkSet(np.arange(60 * 63, dtype=np.float32).reshape(60, 21, 3), np.zeros(60, np.int64), np.full(60, "s"))
    known, rest = known_and_rest(one)
    assert (len(known.labels), len(rest.labels)) == (3, 57)
    assert not set(known.points[:, 0, 0]) & set(rest.points[:, 0, 0])


def test_a_signer_with_many_pictures_does_not_drown_the_others() -> None:
    hands = Hands.of([*lessons(signers=[LEARNT] * 4), *lessons(signers=[JUDGED])], [])
    assert hands.weights[:32].sum() == pytest.approx(2 * hands.weights[32:].sum())


def test_nobody_who_is_unknown_is_held_out_whatever_the_hash_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.ml.lessons.HELD_OUT_SHARE", 1.0)
    assert is_held_out(LEARNT)
    assert not is_held_out(UNKNOWN_SIGNER)


def test_about_a_fifth_of_all_people_is_held_out() -> None:
    assert 0.15 < np.mean([is_held_out(f"person-{number}") for number in range(2000)]) < 0.25


def test_a_comparison_counts_signers_alike_and_goes_class_by_class() -> None:
    rows = [("one", "A", "A", "B"), ("one", "A", "A", "A"), ("one", "B", "A", "B"), ("two", "B", "B", "B")]
    table = table_of("both", rows)
    assert table["old"] == pytest.approx((2 / 3 + 1) / 2)
    assert table["new"] == pytest.approx((2 / 3 + 1) / 2)
    assert table["classes"]["A"] == {"hands": 2, "old": 1.0, "new": 0.5}


def test_the_split_by_name_is_the_same_for_ever() -> None:
    """Whoever changes it teaches networks from people whom the next ones are judged on."""
    names = [f"person-{number}" for number in range(40)]
    assert hashlib.sha256(repr([is_held_out(name) for name in names]).encode()).hexdigest()[:8] == "f45ea4b3"
