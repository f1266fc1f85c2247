"""Who is learnt from, who is judged, and that nobody is both."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from worker.ml.corpus import Corpus
from worker.ml.datasets import DatasetError, LandmarkSet, Photo, load_landmark_set
from worker.ml.hand_table import CROP_SIDE, HandTable
from worker.ml.hands.crop import Pixels
from worker.ml.hands.geometry import Floats
from worker.ml.judging import folds_of
from worker.ml.labels import INDEX
from worker.ml.signers import VAULT

PEOPLE = ("mariia00", "adi3220__pink", "adi3220__grey", "massey__hand1", "t32rahman", "tutututu", "kaggle100", "rooms")


def square(number: int) -> Pixels:
    return np.full((CROP_SIDE, CROP_SIDE, 3), number, np.uint8)


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """Two photos a session, each with a hand that is believed and a fainter view of it; the rooms have none.

    A photo of a room lends a square of its number; what is beside a hand, one of a hundred and the session's place.
    """

    def of_room(photo: Photo) -> list[Pixels]:
        return [square(int(photo.path.stem))]

    def beside(photo: Photo, hand: Floats) -> list[Pixels]:
        return [square(100 + PEOPLE.index(photo.session))]

    monkeypatch.setattr("worker.ml.corpus.empty_squares", of_room)
    monkeypatch.setattr("worker.ml.corpus.squares_beside", beside)
    photos = [
        Photo(Path(f"{name}/{number}.jpg"), name, INDEX["nothing" if name == "rooms" else "B"])
        for name in PEOPLE
        for number in range(2)
    ]
    count = len(photos)
    table = HandTable(
        points=np.random.default_rng(0).random((2 * count, 21, 3)).astype(np.float32),
        is_left=np.zeros(2 * count, bool),
        presence=np.tile([0.9, 0.3], count).astype(np.float32),
        photo=np.repeat(np.arange(count), 2),
        is_believed=np.tile([True, False], count) & (np.repeat([p.session for p in photos], 2) != "rooms"),
        finding=np.zeros(2 * count, np.int64),
        crop=np.where(np.tile([True, False], count), np.arange(2 * count) // 2, -1),
        best_presence=np.full(count, 0.9, np.float32),
        crops=np.zeros((count, CROP_SIDE, CROP_SIDE, 4), np.uint8),
    )
    sets = [LandmarkSet(np.zeros((3, 21, 3), np.float32), np.zeros(3, np.int64), np.full(3, "kaggle"))]
    return Corpus(photos, table, sets, "0" * 64)


def sessions_of_crops(corpus: Corpus, without: frozenset[str]) -> set[str]:
    return set(corpus.sessions[corpus.pixel_lesson(without=without).rows].tolist())


def test_who_is_left_out_is_left_out_with_all_sessions(corpus: Corpus) -> None:
    left = sessions_of_crops(corpus, frozenset({"adi3220"}))
    assert not left & {"adi3220__pink", "adi3220__grey"}
    assert {"mariia00", "massey__hand1", "rooms"} < left
    everybody = len(corpus.landmark_examples())
    assert everybody - len(corpus.landmark_examples(without={"adi3220"})) == 4
    assert everybody - len(corpus.landmark_examples(without={"kaggle"})) == 2 + 3  # photos, and the set of landmarks


def test_faint_views_teach_no_letter_and_rooms_teach_nothing_by_all_they_have(corpus: Corpus) -> None:
    labels = corpus.landmark_examples().labels
    assert (labels == INDEX["nothing"]).sum() == 4
    assert (labels == INDEX["B"]).sum() == 2 * 7


def test_a_second_hand_teaches_nothing(corpus: Corpus) -> None:
    both = replace(corpus.hands, is_believed=np.ones(len(corpus.hands.photo), bool))
    assert len(replace(corpus, hands=both).pixel_lesson().rows) == len(corpus.pixel_lesson().rows)
    faint = replace(both, presence=np.full(len(both.photo), 0.9, np.float32))
    labels = replace(corpus, hands=faint).landmark_examples().labels
    assert (labels == INDEX["B"]).sum() == 2 * 7


def surroundings_of(corpus: Corpus, without: set[str]) -> list[int]:
    return [int(square.mean()) for square in corpus.pixel_lesson(without=without).surroundings]


def test_hands_are_shown_before_rooms_and_what_others_show_beside_theirs(corpus: Corpus) -> None:
    everybody = surroundings_of(corpus, set())
    assert everybody[:2] == [0, 1]  # a square of each of the two photos of rooms
    assert PEOPLE.index("tutututu") == 5  # whose photos have their class printed on them
    assert sorted(everybody[2:]) == sorted(2 * [100, 101, 102, 103, 104, 106])


def test_who_is_left_out_lends_no_surroundings(corpus: Corpus) -> None:
    assert not {0, 1, 101, 102} & set(surroundings_of(corpus, {"rooms", "adi3220"}))


def test_without_any_surroundings_hands_are_shown_before_black(corpus: Corpus) -> None:
    nobody = replace(corpus, hands=replace(corpus.hands, is_believed=np.zeros(len(corpus.hands.photo), bool)))
    alone = nobody.pixel_lesson(without={"rooms"}).surroundings
    assert alone.shape == (1, CROP_SIDE, CROP_SIDE, 3)
    assert not alone.any()


def test_with_nobody_left_to_learn_from_it_says_so(corpus: Corpus) -> None:
    everybody = set(corpus.persons.tolist()) | {"kaggle"}
    with pytest.raises(DatasetError, match="nobody left to learn from"):
        corpus.learnt_from(everybody)


def test_a_set_without_hands_is_refused_by_its_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "none.npz", xyz=np.zeros((0, 21, 3), np.float32), label=np.array([], dtype="<U1"))
    with pytest.raises(DatasetError, match=r"none\.npz has no hands\. Remove it"):
        load_landmark_set(tmp_path / "none.npz")


def test_photos_with_their_class_printed_on_them_teach_no_pixels(corpus: Corpus) -> None:
    assert "tutututu" not in sessions_of_crops(corpus, frozenset())


def test_every_session_weighs_the_same(corpus: Corpus) -> None:
    lesson = corpus.pixel_lesson()
    sessions = corpus.sessions[lesson.rows]
    totals = [lesson.weights[sessions == name].sum() for name in np.unique(sessions)]
    assert totals == pytest.approx([1.0] * len(totals))


def test_folds_hold_whole_people_once_and_nobody_of_the_vault(corpus: Corpus) -> None:
    folds = folds_of(corpus, 2)
    people = [person for fold in folds for person in fold]
    assert sorted(people) == ["adi3220", "mariia00", "massey__hand1", "rooms"]
    assert not set(people) & VAULT
    assert [len(fold) for fold in folds_of(corpus, 99)] == [1] * 4
