"""The stored forest answers as scikit-learn's does, and a broken one is not served."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from worker.ml.artifact import ArtifactCorrupt
from worker.ml.hands.geometry import Floats
from worker.ml.pictures.forest import Forest, from_scikit_learn, moments, standardised
from worker.ml.pictures.serving import moved


@pytest.fixture(scope="module")
def grown() -> tuple[Any, Forest, Floats]:
    """A forest for five of the classes, and codes that it has not seen."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 3, 7, 20, 28], 60)
    codes = (random.normal(size=(300, 12)) + labels[:, None] / 9).astype(np.float32)
    mean, spread = moments(codes)
    forest = RandomForestClassifier(15, max_depth=6, class_weight="balanced", random_state=0)
    forest.fit(standardised(codes, mean, spread), labels)
    new = (random.normal(size=(200, 12)) * 2 + 1).astype(np.float32)
    return forest, from_scikit_learn(forest, mean, spread), new


def test_it_answers_as_scikit_learn_does(grown: tuple[Any, Forest, Floats], tmp_path: Path) -> None:
    theirs, ours, codes = grown
    (tmp_path / "forest.npz").write_bytes(ours.to_bytes())
    loaded = Forest.load(tmp_path / "forest.npz")
    expected = np.zeros((len(codes), 29))
    expected[:, theirs.classes_] = theirs.predict_proba(standardised(codes, ours.mean, ours.spread))
    assert loaded.probabilities(codes) == pytest.approx(expected, abs=1e-6)


def test_a_tree_of_one_leaf(grown: tuple[Any, Forest, Floats]) -> None:
    labels = np.array([4, 4, 5])
    stump = RandomForestClassifier(3, max_depth=1, min_samples_split=10, bootstrap=False).fit(np.eye(3), labels)
    ours = from_scikit_learn(stump, np.zeros(3, np.float32), np.ones(3, np.float32))
    assert ours.probabilities(np.zeros((1, 3), np.float32))[0, [4, 5]] == pytest.approx([2 / 3, 1 / 3])


def test_codes_that_never_change_are_standardised_without_a_division_by_zero() -> None:
    mean, spread = moments(np.full((4, 2), 3.0, np.float32))
    assert standardised(np.array([[3.0, 4.0]], np.float32), mean, spread).tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("name", ["left", "right", "feature", "leaf", "roots", "threshold", "spread"])
def test_a_forest_whose_ways_lead_nowhere_is_refused(
    grown: tuple[Any, Forest, Floats], tmp_path: Path, name: str
) -> None:
    arrays = {one: getattr(grown[1], one).copy() for one in Forest.__slots__}
    arrays[name][0] = {"feature": 99, "leaf": 9, "threshold": np.nan, "spread": 0}.get(name, 10**6)
    if name == "leaf":
        arrays[name][:] = 10**6
    np.savez(tmp_path / "forest.npz", allow_pickle=False, **arrays)
    with pytest.raises(ArtifactCorrupt, match=r"forest\.npz is no forest that can be served"):
        Forest.load(tmp_path / "forest.npz")


def test_what_is_no_forest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "forest.npz").write_bytes(b"trees")
    with pytest.raises(ArtifactCorrupt, match=r"forest\.npz is no forest"):
        Forest.load(tmp_path / "forest.npz")


def test_a_picture_is_asked_for_as_it_is_and_moved_by_a_pixel_each_way() -> None:
    picture = np.arange(3 * 3 * 3, dtype=np.uint8).reshape(3, 3, 3)
    still, left, right, up, down = moved(picture)
    assert (still == picture).all()
    assert (left[:, :2] == picture[:, 1:]).all()
    assert (left[:, 2] == picture[:, 2]).all()
    assert (right[:, 1:] == picture[:, :2]).all()
    assert (up[:2] == picture[1:]).all()
    assert (down[1:] == picture[:2]).all()
