"""``python -m worker.ml``: from photos to an artefact that serves, on a handful of real photos."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from worker.ml.__main__ import main
from worker.ml.artifact import CARD, REPORT_HTML, REPORT_JSON, SHIPPED, Artifact
from worker.ml.config import PRESETS
from worker.ml.corpus import load_corpus
from worker.ml.hand_table import CROP_MARGIN, HandTable
from worker.ml.inference import CROP_FILE, LETTER_FILE, HandNetwork, Recogniser
from worker.ml.kept_pixels import KeptPixels
from worker.ml.naming import Votes
from worker.ml.pixel_lesson import LentLessons, PixelLesson
from worker.ml.tests.photos import needs_photos, photos_of
from worker.ml.trainer import Trainer

SESSIONS = ("mariia00", "adi3220__pink", "adi3220__grey", "massey__hand1")
IN_VAULT = "t32rahman"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two letters of five sessions by four people, one of them of the vault, two empty rooms, and a landmark set."""
    root = tmp_path_factory.mktemp("data")
    sessions = (*SESSIONS, IN_VAULT)
    photos = [(session, label, path) for session in sessions for label in "BY" for path in photos_of(session, label, 2)]
    photos += [("rooms", "nothing", path) for path in photos_of("rooms", "nothing", 2)]
    for session, label, path in photos:
        folder = root / "hands" / session / label
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
    (root / "landmarks").mkdir()
    hands = np.random.default_rng(0).random((6, 21, 3)).astype(np.float16)
    np.savez(root / "landmarks" / "others.npz", xyz=hands, label=np.array(list("BBBYYY")))
    return root


@pytest.fixture(scope="module", autouse=True)
def untraced() -> Iterator[None]:
    """Networks take a few steps each here: making graphs of them would take most of the time."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(autouse=True)
def few_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such networks are sure of nothing, and nearly all photos would be searched to the end."""
    monkeypatch.setattr(Votes, "undecided", lambda votes, _: np.unique(votes.photo)[:2])


def run(data: Path, command: str, *more: str) -> int:
    """With one seed and one cache, so that what one test has trained the next need not."""
    return main([command, "--data", str(data), "--cache", str(data / "cache"), "--quick", "--seed", "3", *more])


@needs_photos
def test_one_command_makes_an_artefact_that_serves(data: Path, tmp_path: Path) -> None:
    assert run(data, "train", "--output", str(tmp_path / "model"), "--open-vault") == 0
    artifact = Artifact.load(tmp_path / "model")
    assert artifact.family == "fusion"
    assert {LETTER_FILE, CROP_FILE, REPORT_HTML, REPORT_JSON, CARD} < set(artifact.files)
    assert set(artifact.metrics["sessions"]) == set(SESSIONS)
    assert set(artifact.metrics["vault_sessions"]) == {IN_VAULT}
    parts = artifact.metrics["parts"]
    assert list(parts) == ["landmarks alone", "pixels alone", "both", "searched on until a hand signs"]
    assert parts["searched on until a hand signs"] == artifact.metrics["accuracy_mean_over_sessions"]
    assert artifact.config["landmarks"]["seed"] == artifact.config["crops"]["seed"] == 3
    assert artifact.data["sets"] == [6]
    card = (tmp_path / "model" / CARD).read_text()
    assert artifact.data["sha256"] in card
    assert f"| {IN_VAULT} |" in card
    assert "signers were left out in 2 groups of whole people" in card
    assert "--preset fusion --folds 2 --open-vault" in card
    said = Recogniser.load(tmp_path / "model").recognise(photos_of("mariia00", "Y", 1)[0].read_bytes())
    assert said.hand is not None


@needs_photos
def test_the_small_preset_is_trained_and_served_without_pixels(data: Path, tmp_path: Path) -> None:
    assert run(data, "train", "--output", str(tmp_path / "model"), "--preset", "landmarks") == 0
    artifact = Artifact.load(tmp_path / "model")
    assert artifact.family == "landmarks"
    assert CROP_FILE not in artifact.files
    said = Recogniser.load(tmp_path / "model").recognise(photos_of("mariia00", "Y", 1)[0].read_bytes())
    assert said.hand is not None


@needs_photos
def test_landmarks_are_learnt_anew_and_served_with_the_pixels_of_an_artefact(data: Path, tmp_path: Path) -> None:
    former, output = str(tmp_path / "former"), str(tmp_path / "model")
    assert run(data, "train", "--output", former) == 0
    assert run(data, "train", "--output", output, "--pixels-of", former) == 0
    before, after = Artifact.load(Path(former)), Artifact.load(Path(output))
    assert after.family == "fusion"
    assert after.name != before.name
    assert after.files[CROP_FILE] == before.files[CROP_FILE]
    together = ("landmarks_share", "temperature", "unsure_below", "landmarks_alone", "config")
    assert [getattr(after, name) for name in together] == [getattr(before, name) for name in together]
    assert list(after.metrics["parts"]) == ["landmarks alone", "searched on until a hand signs"]
    assert after.metrics["judged_together"] == before.metrics["parts"]
    card = (tmp_path / "model" / CARD).read_text()
    assert f"those of `{before.name}`" in card
    assert f"both {before.metrics['parts']['both']:.3f}" in card
    next_after = KeptPixels.of(Path(output)).joined(after)
    assert next_after.data["pixels_of"] == before.name
    assert next_after.metrics["judged_together"] == before.metrics["parts"]
    said = Recogniser.load(tmp_path / "model").recognise(photos_of("mariia00", "Y", 1)[0].read_bytes())
    assert said.hand is not None


def test_pixels_are_kept_of_what_has_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(*arguments: str) -> str:
        assert main(["train", "--data", str(tmp_path), "--output", str(tmp_path / "model"), *arguments]) == 1
        return capsys.readouterr().err

    assert "landmarks reads no pixels" in refused("--preset", "landmarks", "--pixels-of", str(SHIPPED))
    assert "is missing or unreadable" in refused("--pixels-of", str(tmp_path / "nowhere"))
    of_landmarks = tmp_path / "landmarks"
    replace(Artifact.load(SHIPPED), family="landmarks").publish(of_landmarks, {LETTER_FILE: b"a network"})
    assert "Name an artefact of the preset fusion" in refused("--pixels-of", str(of_landmarks))


@needs_photos
def test_evaluation_writes_a_report_and_leaves_the_vault_closed(data: Path, tmp_path: Path) -> None:
    assert run(data, "evaluate", "--group-by", "signer", "--report", str(tmp_path)) == 0
    metrics = json.loads((tmp_path / REPORT_JSON).read_text())
    assert "vault" not in metrics
    assert metrics["rooms"]["called_nothing"] == 1.0
    assert set(metrics["signers"]["sessions"]) == set(SESSIONS)
    assert IN_VAULT not in (tmp_path / REPORT_HTML).read_text()


@needs_photos
def test_hands_once_found_and_networks_once_trained_are_kept(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(data, "evaluate", "--report", str(tmp_path)) == 0
    monkeypatch.setattr("worker.ml.corpus.find_hands", lambda *_: pytest.fail("the hands were looked for again"))
    monkeypatch.setattr("worker.ml.trainer.train_landmarks", lambda *_: pytest.fail("it was trained again"))
    monkeypatch.setattr("worker.ml.trainer.train_crops", lambda *_: pytest.fail("it was trained again"))
    assert run(data, "evaluate", "--report", str(tmp_path)) == 0


@needs_photos
def test_pixels_may_be_learnt_on_another_machine(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever weights come back are taken, and nothing is trained here."""
    cache = tmp_path / "cache"
    arguments = ("--data", str(data), "--cache", str(cache), "--quick", "--seed", "5")
    assert main(["lend-pixels", *arguments]) == 0
    folder = LentLessons(cache / "pixels")
    config, margin = folder.settings()
    assert (config.steps, config.seed, margin) == (2, 5, CROP_MARGIN)
    lessons = list(folder.to_learn())
    assert len(lessons) == 2 + 2  # folds, all but the vault, everybody
    assert len({len(lesson.rows) for _, lesson in lessons}) > 1
    learnt = dict(folder.imagenet()) | {
        "classifier.1.weight": np.zeros((29, 1280), np.float32),
        "classifier.1.bias": np.arange(29, dtype=np.float32),
    }
    for name, _ in lessons:
        folder.learnt(name, learnt, "PyTorch 2 on a GPU")
    assert not list(folder.to_learn())
    monkeypatch.setattr("worker.ml.trainer.train_crops", lambda *_: pytest.fail("it was trained here"))
    assert main(["train", *arguments, "--output", str(tmp_path / "model")]) == 0
    assert "pixels by PyTorch 2 on a GPU" in (tmp_path / "model" / CARD).read_text()
    shutil.rmtree(cache / "pixels")  # what was learnt is kept all the same, and by what
    trainer = Trainer(load_corpus(data, cache, print), PRESETS["fusion"].quick().with_seed(5), cache, print)
    assert trainer.networks().crops is not None
    assert trainer.pixels_learnt_with() == "PyTorch 2 on a GPU"
    crops = HandNetwork(tmp_path / "model" / CROP_FILE)
    said = crops.logits(np.full((config.side, config.side, 3), 90, np.uint8))
    assert np.diff(said) == pytest.approx(np.ones(28), abs=0.02)


def test_lessons_that_nobody_learnt_are_forgotten_when_others_are_lent(tmp_path: Path) -> None:
    """All share one file of crops and one of settings, which are the newer ones' by then."""
    numbers = np.arange(2)
    lesson = PixelLesson(
        crops=np.zeros((2, 4, 4, 4), np.uint8),
        is_left=numbers > 0,
        rows=numbers,
        labels=numbers,
        weights=np.ones(2, np.float32),
        surroundings=np.zeros((1, 4, 4, 3), np.uint8),
    )
    folder, config = LentLessons(tmp_path / "pixels"), PRESETS["fusion"].quick().crops
    assert config is not None
    folder.begin(lesson.crops, {}, config, 1.0)
    for name in ("learnt", "never-learnt"):
        folder.add(name, lesson)
    folder.learnt("learnt", {"weight": numbers}, "PyTorch 2 on a GPU")
    folder.begin(lesson.crops, {}, replace(config, steps=7), 1.0)
    folder.add("new", lesson)
    assert [name for name, _ in folder.to_learn()] == ["new"]
    assert folder.learnt_with("learnt") == "PyTorch 2 on a GPU"


@pytest.mark.parametrize(
    ("folder", "words"), [("no/such/place", "No photos"), ("hands/anna/a", "not named after a class")]
)
def test_wrong_data_end_in_a_sentence(
    tmp_path: Path, folder: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / folder).mkdir(parents=True)
    assert run(tmp_path, "evaluate", "--report", str(tmp_path)) == 1
    assert words in capsys.readouterr().err


def test_a_table_of_hands_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    table = HandTable(
        points=np.ones((2, 21, 3), np.float32),
        is_left=np.array([True, False]),
        presence=np.array([0.9, 0.4], np.float32),
        photo=np.array([0, 0]),
        is_believed=np.array([True, False]),
        finding=np.array([1, 0]),
        crop=np.array([0, -1]),
        best_presence=np.array([0.9, 0.1], np.float32),
        crops=np.full((1, 112, 112, 4), 7, np.uint8),
    )
    table.save(tmp_path / "cache" / "hands.npz")
    again = HandTable.load(tmp_path / "cache" / "hands.npz")
    for name in ("points", "is_left", "presence", "photo", "is_believed", "finding", "crop", "best_presence", "crops"):
        assert (getattr(again, name) == getattr(table, name)).all()
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["hands.npy", "hands.npz"]


def test_a_shell_names_letters_without_django(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", str(tmp_path / "missing.jpg")]) == 2
    assert "no such file or folder" in capsys.readouterr().err
