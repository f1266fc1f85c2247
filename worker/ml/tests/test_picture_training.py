"""From pictures to a served model: each family learns, is published whole or not at all, and can be taken up again."""

import errno
import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from worker.ml.artifact import CARD, REPORT_HTML, REPORT_JSON, Artifact, ArtifactCorrupt
from worker.ml.calibration import softmax
from worker.ml.datasets import DatasetError
from worker.ml.images import encode_jpeg
from worker.ml.importing import scan_folder
from worker.ml.inference import Recogniser
from worker.ml.litert import LitertNetwork
from worker.ml.models import autoencoder_forest, transfer
from worker.ml.pictures import families, networks
from worker.ml.pictures.config import (
    ENCODER_FILE,
    FOREST_FILE,
    NETWORK_FILE,
    PICTURE_FAMILIES,
    AutoencoderForestConfig,
    ConfigError,
    ForestConfig,
    TransferConfig,
    parse,
)
from worker.ml.pictures.dataset import PictureSet
from worker.ml.pictures.decoded import decode_all
from worker.ml.pictures.family import UNWATCHED, Epoch, Material
from worker.ml.pictures.forest import Forest
from worker.ml.pictures.loading import load_pictures
from worker.ml.pictures.serving import CodesAndTrees
from worker.ml.pictures.splits import SplitConfig, split
from worker.ml.pictures.training import train_pictures
from worker.ml.tests.drawings import draw, fill

COUNTS = {"A": 24, "B": 24, "space": 24}
FITTING = {"epochs": 6, "batch": 8, "learning_rate": 3e-3}
SETTINGS: Mapping[str, dict[str, Any]] = {
    "simple_cnn": {"filters": [4, 8], "dense": 32, "dropout": 0.0, "fitting": FITTING},
    "transfer": {
        "weights": "none",
        "side": 32,
        "dense": 16,
        "frozen": {"epochs": 1},
        "fine_tuning": {"epochs": 1, "batch": 16},
        "fine_tuned_share": 0.1,
    },
    "autoencoder_forest": {
        "filters": [4, 4, 8, 8],
        "code": 16,
        "fitting": FITTING,
        "forest": {"depths": [3, 6], "trees": [10]},
    },
}
STRATIFIED = SplitConfig("stratified")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> PictureSet:
    return load_pictures(fill(tmp_path_factory.mktemp("drawn"), COUNTS), print)


def train(
    pictures: PictureSet, folder: Path, family: str = "simple_cnn", said: list[str] | None = None, **settings: Any
) -> Artifact:
    config = parse(family, SETTINGS[family] | settings)
    report = print if said is None else said.append
    return train_pictures(pictures, config, STRATIFIED, folder / "model", folder / "cache", report)


@pytest.mark.parametrize("family", SETTINGS)
def test_every_family_is_trained_published_and_served(family: str, pictures: PictureSet, tmp_path: Path) -> None:
    artifact = train(pictures, tmp_path, family)
    recogniser = Recogniser.load(tmp_path / "model")
    assert recogniser.artifact.fingerprint == artifact.fingerprint
    said = recogniser.recognise(encode_jpeg(draw("B", 99)))
    assert said.hand is None
    assert set(said.milliseconds) == {"decode", "name", "total"}
    if family != "transfer":  # which starts from chance here
        assert said.label == "B"
        assert sum(one.confidence for one in said.top) == pytest.approx(1, abs=0.2)
        assert artifact.metrics["accuracy_in_room"] > 0.9
    assert artifact.unsure_below >= 0.5  # though nearly all is right in this room
    card, page = ((tmp_path / "model" / name).read_text() for name in (CARD, REPORT_HTML))
    assert f"{artifact.metrics['accuracy_in_room']:.4f}" in card
    assert "Warning: The same people" in page
    assert "Warning: There are no pictures of C, D" in page
    report = json.loads((tmp_path / "model" / REPORT_JSON).read_text())
    assert report["sets"][0]["pictures"] == 15
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "model"]
    assert not list((tmp_path / "cache").glob("training-*"))


def test_signers_are_left_out_in_turn_beside_the_split(tmp_path: Path) -> None:
    for signer in ("ann", "bob", "carla"):
        fill(tmp_path / "data" / signer, {"A": 6, "B": 6})
    some = load_pictures(tmp_path / "data", print)
    config = parse("simple_cnn", SETTINGS["simple_cnn"] | {"fitting": {"epochs": 1}})
    said: list[str] = []
    artifact = train_pictures(some, config, STRATIFIED, tmp_path / "model", tmp_path / "cache", said.append, folds=2)
    folds = [line for line in said if line.startswith("fold ")]
    assert sorted(", ".join(line.partition("without ")[2] for line in folds).split(", ")) == ["ann", "bob", "carla"]
    report = json.loads((tmp_path / "model" / REPORT_JSON).read_text())
    in_room, left_out = report["sets"]
    assert in_room["name"] == "test (stratified split)"
    assert left_out["name"] == "signers left out (2 folds)"
    assert left_out["pictures"] == len(some)
    assert set(left_out["by_signer"]) == {"ann", "bob", "carla"}
    assert artifact.metrics["accuracy_unseen"] == left_out["accuracy_over_signers"]["mean"]
    assert not list((tmp_path / "cache").glob("training-*"))


def test_unknown_signers_cannot_be_left_out(pictures: PictureSet, tmp_path: Path) -> None:
    config = parse("simple_cnn", SETTINGS["simple_cnn"])
    with pytest.raises(DatasetError, match="unknown signers and cannot be split by signer"):
        train_pictures(pictures, config, STRATIFIED, tmp_path / "model", tmp_path / "cache", print, folds=3)
    assert not (tmp_path / "model").exists()


def test_serving_needs_neither_tensorflow_nor_scikit_learn(pictures: PictureSet, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"fitting": {"epochs": 1}, "forest": {"depths": [3], "trees": [3]}}
    train(pictures, tmp_path, "autoencoder_forest", **settings)
    program = (
        "import sys; from pathlib import Path; from worker.ml.inference import Recogniser; "
        f"Recogniser.load(Path({str(tmp_path / 'model')!r})); "
        "print([name for name in ('tensorflow', 'keras', 'sklearn') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_forest_that_is_served_learns_from_the_validation_pictures_too(
    pictures: PictureSet, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"fitting": {"epochs": 1}, "forest": {"depths": [20], "trees": [10]}}
    config = parse("autoencoder_forest", SETTINGS["autoencoder_forest"] | settings)
    assert isinstance(config, AutoencoderForestConfig)
    decoded = decode_all(pictures, config.side, tmp_path, print)
    parts = split(pictures, STRATIFIED)
    labels, alone = pictures.labels.copy(), 9
    labels[parts.validation] = alone  # a class that the training pictures have nothing of
    material = Material(decoded, labels, parts, tmp_path, print, UNWATCHED)
    chosen = autoencoder_forest.fit(config, material)
    asked = decoded.read(parts.validation)
    named, shares = [], []
    for number, fitted in enumerate((chosen, chosen.refit(material))):
        files = fitted.files()
        encoder, forest = (tmp_path / f"{number}-{name}" for name in (ENCODER_FILE, FOREST_FILE))
        encoder.write_bytes(files[ENCODER_FILE])
        forest.write_bytes(files[FOREST_FILE])
        codes = np.stack([LitertNetwork(encoder, 1).run(pixels) for pixels in asked])
        named.append(set(Forest.load(forest).probabilities(codes).argmax(axis=1)))
        network = CodesAndTrees(encoder, forest)
        shares.append(softmax(np.stack([network.logits(pixels) for pixels in asked]), 1.0)[:, alone])
    assert alone not in named[0]
    assert named[1] == {alone}, "by the very pictures"
    assert shares[0].max() < 0.01
    assert shares[1].min() > 0.1  # of the five looks one is at the very picture


def test_an_interrupted_training_says_how_to_go_on_and_leaves_nothing_half(
    pictures: PictureSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C comes in the third epoch; the same call then goes on, and comes to what an undisturbed one comes to."""
    steps, taken = networks._steps, 0

    def interrupted(*arguments: Any) -> Any:
        learn, judge = steps(*arguments)

        def counted(pixels: Any, labels: Any) -> Any:
            nonlocal taken
            taken += 1
            if taken == 2 * 7 + 2:
                raise KeyboardInterrupt
            return learn(pixels, labels)

        return counted, judge

    said: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(networks, "_steps", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(pictures, tmp_path / "one", said=said, dropout=0.5)
    assert "stopped in epoch 3; epoch 2 is kept, and the same command goes on from there" in said[-1]
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["cache"]
    train(pictures, tmp_path / "one", said=said, dropout=0.5)
    assert "from scratch: taken up after epoch 2" in said
    train(pictures, tmp_path / "two", dropout=0.5)
    one, two = (tmp_path / name / "model" for name in ("one", "two"))
    assert losses_in(one) == losses_in(two)
    pixels = np.asarray(draw("space", 77).resize((50, 50)))
    ours, theirs = (LitertNetwork(model / NETWORK_FILE, 1).run(pixels) for model in (one, two))
    assert np.array_equal(ours, theirs)


def losses_in(model: Path) -> list[tuple[float, float]]:
    history = json.loads((model / REPORT_JSON).read_text())["history"]
    return [(epoch["loss"], epoch["validation_loss"]) for epoch in history["from scratch"]]


class StopsAfter:
    """A watch that stops a training after so many epochs, as when somebody cancels it."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs

    def step(self, step: int, steps: int) -> None:
        pass

    def epochs(self, stage: str, epochs: Sequence[Epoch]) -> None:
        if len(epochs) == self._epochs:
            raise KeyboardInterrupt


@pytest.mark.parametrize("changed", ["labels", "groups", "weights", "nothing"])
def test_a_training_is_taken_up_with_the_very_same_data_alone(
    changed: str, pictures: PictureSet, tmp_path: Path
) -> None:
    settings = SETTINGS["transfer"] | {"weights": str(tmp_path / "mobilenet.weights.h5"), "fine_tuning": None}
    config = parse("transfer", settings)
    assert isinstance(config, TransferConfig)
    backbone = transfer.build_backbone(replace(config, weights="none"))
    backbone.save_weights(tmp_path / "mobilenet.weights.h5")
    where = (SplitConfig("random", keep_groups=True), tmp_path / "model", tmp_path / "cache")
    with pytest.raises(KeyboardInterrupt):
        train_pictures(pictures, config, *where, print, watch=StopsAfter(1))
    if changed == "labels":
        pictures = replace(pictures, labels=pictures.labels[::-1].copy())  # the same files, their labels put right
    elif changed == "groups":
        pictures = replace(pictures, groups=pictures.groups[::-1].copy())
    elif changed == "weights":
        backbone.set_weights([one + 1 for one in backbone.get_weights()])
        backbone.save_weights(tmp_path / "mobilenet.weights.h5")
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        train_pictures(pictures, config, *where, said.append, watch=StopsAfter(1))
    assert ("frozen: taken up after epoch 1" in said) == (changed == "nothing")


def test_a_loss_that_is_no_number_is_told_and_a_lower_rate_learns(pictures: PictureSet, tmp_path: Path) -> None:
    for _ in range(2):  # the second time, too: nothing of it was kept
        with pytest.raises(
            ConfigError, match=r"epoch 1: the loss is no number\. Lower the learning rate, which is 1e\+30"
        ):
            train(pictures, tmp_path, fitting={"epochs": 2, "batch": 8, "learning_rate": 1e30})
    assert not (tmp_path / "model").exists()
    assert train(pictures, tmp_path, fitting={"epochs": 1, "batch": 8}).metrics["accuracy_in_room"] is not None


def test_whoever_is_learnt_from_is_not_judged_as_unseen(tmp_path: Path) -> None:
    for place, signer in enumerate(("ann", "bob")):
        fill(tmp_path / "data" / signer, {"A": 6, "B": 6}, first=50 * place)
    fill(tmp_path / "again" / "carla", {"A": 4}, first=50)
    fill(tmp_path / "known" / "bob", {"A": 4}, first=200)
    fill(tmp_path / "nameless", {"A": 4}, first=300)
    some, again, known, nameless = (
        load_pictures(tmp_path / name, print) for name in ("data", "again", "known", "nameless")
    )
    config, said = parse("simple_cnn", SETTINGS["simple_cnn"] | {"fitting": {"epochs": 1}}), list[str]()
    where = (STRATIFIED, tmp_path / "model", tmp_path / "cache")
    with pytest.raises(DatasetError, match=r"4 of the 4 pictures of again are in data too, such as .*50\.png"):
        train_pictures(some, config, *where, said.append, [again])
    with pytest.raises(
        DatasetError, match=r"known has people who are in data too \(bob\): .* Leave them out by --with"
    ):
        train_pictures(some, config, *where, said.append, [known])
    assert not said
    train_pictures(some, config, *where, said.append, [nameless])
    warning = "4 pictures of nameless are of unknown signers: whether it never saw them cannot be checked."
    assert f"warning: {warning}" in said
    assert warning in json.loads((tmp_path / "model" / REPORT_JSON).read_text())["warnings"]


def test_every_family_is_known_wherever_one_must_be(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(families.FIT) == set(PICTURE_FAMILIES) == set(SETTINGS)
    for name in PICTURE_FAMILIES:
        families.trainer_of(name)
    monkeypatch.setattr(families, "FIT", {})
    with pytest.raises(ConfigError, match=r"simple_cnn cannot be trained: families\.FIT does not say how"):
        families.trainer_of("simple_cnn")


def test_a_forest_and_the_decoding_take_as_many_threads_as_the_process_may(
    pictures: PictureSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tensorflow.config.threading.get_intra_op_parallelism_threads", lambda: 1)
    codes = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
    config = ForestConfig(depths=(2,), trees=(2,), folds=2)
    grown, _ = autoencoder_forest.search(codes, np.arange(12) % 2, config, 0, print)
    assert grown.n_jobs == 1
    taken: list[int | None] = []

    class Counted(ThreadPoolExecutor):
        def __init__(self, threads: int | None = None) -> None:
            taken.append(threads)
            super().__init__(threads)

    monkeypatch.setattr("worker.ml.pictures.decoded.ThreadPoolExecutor", Counted)
    decode_all(pictures, 20, tmp_path, print)
    assert taken == [1]


def test_a_full_disk_leaves_the_former_model_and_tells_what_is_kept(
    pictures: PictureSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = train(pictures, tmp_path, fitting={"epochs": 1})
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.parent.name == "model.part" and path.parent.parent == tmp_path:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DatasetError, match=r"cannot be written: No space left .* the same command goes on from there"):
        train(pictures, tmp_path, fitting={"epochs": 1, "batch": 16})
    assert Artifact.load(tmp_path / "model").fingerprint == before.fingerprint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "model"]


def test_training_stops_when_nothing_is_gained(pictures: PictureSet, tmp_path: Path) -> None:
    said: list[str] = []
    still = {"epochs": 9, "patience": 2, "learning_rate": 0.0, "weight_decay": 0.0}
    train(pictures, tmp_path, said=said, fitting=still)
    assert sum("from scratch, epoch" in line for line in said) == 3


def test_half_precision_is_served_in_full(pictures: PictureSet, tmp_path: Path) -> None:
    train(pictures, tmp_path, precision="mixed", augmentation={"noise": 0.0})
    assert Recogniser.load(tmp_path / "model").recognise(encode_jpeg(draw("A", 50))).label == "A"


def test_a_picture_that_broke_since_its_import_is_named(tmp_path: Path) -> None:
    some = load_pictures(fill(tmp_path / "data", {"A": 5, "B": 5}), print)
    some.paths[3].write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    with pytest.raises(DatasetError, match=rf"{some.paths[3].name} cannot be read: .* Import the data again"):
        train(some, tmp_path)
    assert not (tmp_path / "model").exists()
    assert not list((tmp_path / "cache").iterdir())


def test_a_cache_without_room_is_told_before_anything_is_decoded(
    pictures: PictureSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(DatasetError, match=r"cannot be kept in .*cache: No space left on device\. Name a folder"):
        train(pictures, tmp_path)


def test_unreadable_pictures_and_mixed_sizes_do_not_stop_it(tmp_path: Path) -> None:
    folder = fill(tmp_path / "data", {"A": 8, "B": 8})
    (folder / "A" / "broken.png").write_bytes(b"nothing")
    draw("B", 50, (120, 44)).save(folder / "B" / "wide.png")
    said: list[str] = []
    some = load_pictures(folder, said.append)
    assert said[0].startswith("warning: 1 pictures of")
    assert len(some) == 17
    train(some, tmp_path, fitting={"epochs": 1})
    assert Artifact.load(tmp_path / "model").data["photos"] == 17
    warnings = json.loads((tmp_path / "model" / REPORT_JSON).read_text())["warnings"]
    assert any("1 file of data could not be read" in one and "A/broken.png" in one for one in warnings)


def test_a_wrong_layout_is_told(tmp_path: Path) -> None:
    draw("A", 1).save(tmp_path / "hand.png")
    with pytest.raises(ValueError, match="no pictures of known classes"):
        scan_folder(tmp_path, io.StringIO())


def test_an_artefact_that_lacks_its_network_is_not_served(pictures: PictureSet, tmp_path: Path) -> None:
    train(pictures, tmp_path, fitting={"epochs": 1})
    manifest = tmp_path / "model" / "artifact.json"
    values = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(values | {"files": {}}))
    with pytest.raises(ArtifactCorrupt, match=r"names no network\.tflite, which serving needs"):
        Recogniser.load(tmp_path / "model")


def test_pictures_are_decoded_once_and_read_in_any_order(pictures: PictureSet, tmp_path: Path) -> None:
    decoded = decode_all(pictures, 20, tmp_path, print)
    again = decode_all(pictures, 20, tmp_path, lambda _: pytest.fail("decoded again"))
    rows = np.array([5, 0, 71])
    assert len(decoded) == len(pictures)
    assert np.array_equal(decoded.read(rows), again.read(rows))
    assert np.array_equal(decoded.read(rows)[1], decoded.read(np.array([0]))[0])
