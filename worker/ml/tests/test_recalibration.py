"""How sure a retrained artefact calls itself: fitted on those who are held out, if they are enough; else the base's."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from worker.ml.artifact import SHIPPED, Artifact
from worker.ml.inference import CROP_FILE, Recogniser
from worker.ml.labels import LABELS
from worker.ml.lessons import Lesson
from worker.ml.recalibration import recalibrate
from worker.ml.tests.small_artifact import publish_small


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "artefact"
    publish_small(folder)
    return folder


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    artifact = Artifact.load(small)
    files = {name: (small / name).read_bytes() for name in artifact.files}
    artifact.publish(tmp_path / "copy", files)
    return tmp_path / "copy"


@pytest.fixture
def held_out(tmp_path: Path) -> Callable[[int, int], list[Lesson]]:
    """So many hands, by so many signers in turn."""
    picture = tmp_path / "hand.png"
    Image.new("RGB", (64, 48)).save(picture)
    random = np.random.default_rng(1)

    def make(hands: int, signers: int) -> list[Lesson]:
        return [
            Lesson(
                label=LABELS[number % 26],
                signer=f"person-{number % signers}",
                landmarks=tuple((float(x), float(y), float(z)) for x, y, z in random.uniform(0.2, 0.8, (21, 3))),
                width=64,
                height=48,
                is_left=False,
                picture=picture,
            )
            for number in range(hands)
        ]

    return make


def test_both_are_fitted_on_enough_hands_of_enough_people(
    copy: Path, held_out: Callable[[int, int], list[Lesson]]
) -> None:
    before, beats = Artifact.load(copy), []
    after = recalibrate(copy, held_out(300, 5), lambda: beats.append(1))
    assert Artifact.load(copy) == after
    assert after.files == before.files
    assert after.fingerprint != before.fingerprint
    # An untrained network knows nothing: the likeliest temperature is the flattest, and no answer deserves to be sure.
    assert after.temperature == 5.0
    assert after.unsure_below == 1.0
    assert after.metrics["calibration"]["people"] == 5
    assert after.metrics["calibration"]["fitted"] == "on people whom it did not learn from"
    assert len(beats) == 300
    Recogniser.load(copy)


@pytest.mark.parametrize(("hands", "signers"), [(299, 5), (400, 4), (0, 1)])
def test_with_fewer_the_bases_are_kept_and_it_says_so(
    copy: Path, held_out: Callable[[int, int], list[Lesson]], hands: int, signers: int
) -> None:
    before = Artifact.load(copy)
    after = recalibrate(copy, held_out(hands, signers), lambda: None)
    assert (after.temperature, after.unsure_below) == (before.temperature, before.unsure_below)
    assert after.fingerprint == before.fingerprint
    assert "300 hands of 5 people would be needed" in after.metrics["calibration"]["fitted"]


def test_a_network_that_is_right_for_sure_is_sure(
    copy: Path, held_out: Callable[[int, int], list[Lesson]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons = held_out(300, 5)
    asked = iter(lessons)

    def right(namer: object, picture: object, hand: object) -> np.ndarray:
        return np.where(np.array(LABELS) == next(asked).label, 9.0, 0.0).astype(np.float32)

    monkeypatch.setattr("worker.ml.recalibration.LetterNamer.logits", right)
    after = recalibrate(copy, lessons, lambda: None)
    assert after.temperature == 0.3
    assert after.unsure_below == 0.0
    assert replace(after).metrics["calibration"]["unsure below"] == 0.0


def test_landmarks_alone_are_as_sure_as_their_own_network_may_be(
    copy: Path, held_out: Callable[[int, int], list[Lesson]], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = replace(Artifact.load(copy), landmarks_share=0.7, landmarks_alone={"temperature": 0.9, "unsure_below": 0.8})
    files = {name: (copy / name).read_bytes() for name in base.files}
    base.publish(copy, {**files, CROP_FILE: (SHIPPED / CROP_FILE).read_bytes()})
    lessons = held_out(300, 5)
    asked = iter(lessons)

    def right(namer: object, picture: object, hand: object) -> np.ndarray:
        return np.where(np.array(LABELS) == next(asked).label, 9.0, 0.0).astype(np.float32)

    monkeypatch.setattr("worker.ml.recalibration.LetterNamer.logits", right)
    assert recalibrate(copy, lessons[:299], lambda: None).landmarks_alone == base.landmarks_alone
    after = recalibrate(copy, lessons, lambda: None)
    assert (after.temperature, after.unsure_below) == (0.3, 0.0)
    assert after.landmarks_alone == {"temperature": 5.0, "unsure_below": 1.0}  # its network is untrained
    assert after.metrics["calibration"]["temperature of landmarks alone"] == 5.0


def test_what_reads_landmarks_alone_has_one_calibration(
    copy: Path, held_out: Callable[[int, int], list[Lesson]]
) -> None:
    after = recalibrate(copy, held_out(300, 5), lambda: None)
    assert after.of_landmarks_alone == {"temperature": after.temperature, "unsure_below": after.unsure_below}


def test_deleted_pictures_do_not_count(
    copy: Path, held_out: Callable[[int, int], list[Lesson]], tmp_path: Path
) -> None:
    lessons = [*held_out(300, 5), *(replace(one, picture=tmp_path / "gone.png") for one in held_out(50, 5))]
    assert recalibrate(copy, lessons, lambda: None).metrics["calibration"]["hands"] == 300
    gone = [replace(one, picture=tmp_path / "gone.png") for one in lessons]
    assert recalibrate(copy, gone, lambda: None).metrics["calibration"]["fitted"].startswith("no")
