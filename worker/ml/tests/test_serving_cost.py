"""What an artefact costs to serve is measured on real files, and stands in its figures and its card."""

from dataclasses import replace
from pathlib import Path

import pytest

from worker.ml import serving_cost
from worker.ml.artifact import CARD, SHIPPED, Artifact
from worker.ml.card import model_card
from worker.ml.hands.networks import carried_file
from worker.ml.serving_cost import NothingToTime, record_cost, served_bytes
from worker.ml.tests.folders import of_a_telephone, picture, write
from worker.ml.tests.small_artifact import publish_small


@pytest.fixture
def model(tmp_path: Path) -> Path:
    publish_small(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    folder = write(tmp_path / "photos", {f"{number}.jpg": picture(number) for number in range(3)})
    return sorted(folder.iterdir())


def test_the_networks_are_weighed_and_not_what_is_for_further_training(model: Path) -> None:
    artifact = Artifact.load(model)
    carried = sum(carried_file(name).stat().st_size for name in artifact.carried)
    assert len(artifact.carried) == 2
    assert served_bytes(artifact, model) == (model / "letters.tflite").stat().st_size + carried


def test_what_was_measured_is_in_the_artefact_which_stays_the_same_version(model: Path, photos: list[Path]) -> None:
    before = Artifact.load(model)
    measured = record_cost(model, photos)
    assert 0 < measured.metrics["milliseconds"] <= measured.metrics["milliseconds_p95"]
    assert measured.metrics["pictures_timed"] == 3
    assert measured.metrics["size_bytes"] == served_bytes(before, model)
    assert Artifact.load(model).fingerprint == before.fingerprint


def test_many_pictures_are_thinned_and_one_that_is_gone_is_passed_over(
    model: Path, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving_cost, "MOST_TIMED", 4)
    read: list[None] = []
    photos[1].unlink()
    metrics = record_cost(model, photos * 2, lambda: read.append(None)).metrics
    assert len(read) == 4
    assert metrics["pictures_timed"] == 2  # the first, and once more


def test_a_picture_larger_than_the_site_takes_is_timed(model: Path, tmp_path: Path) -> None:
    photo = write(tmp_path, {"telephone.jpg": of_a_telephone()}) / "telephone.jpg"
    assert record_cost(model, [photo]).metrics["pictures_timed"] == 1


def test_without_a_picture_nothing_is_written(model: Path, tmp_path: Path) -> None:
    for none in ([], [tmp_path / "gone.jpg"]):
        with pytest.raises(NothingToTime):
            record_cost(model, none)
    assert "milliseconds" not in Artifact.load(model).metrics


def test_a_card_with_figures_tells_the_cost() -> None:
    shipped = Artifact.read(SHIPPED)
    cost = {"milliseconds": 31.4, "milliseconds_p95": 70.2, "pictures_timed": 200, "size_bytes": 14_000_000}
    told = model_card(replace(shipped, metrics={**shipped.metrics, **cost}))
    assert "the median photo takes 31 ms, 95 of a hundred at most 70 ms" in told
    assert "are 14.0 MB" in told
    assert "**Cost**" not in model_card(replace(shipped, metrics=_without_cost(shipped)))


def test_what_ships_says_what_it_costs() -> None:
    shipped = Artifact.load(SHIPPED)
    assert shipped.metrics["size_bytes"] == served_bytes(shipped, SHIPPED)
    assert shipped.metrics["milliseconds"] > 0
    assert "**Cost**" in (SHIPPED / CARD).read_text()


def _without_cost(artifact: Artifact) -> dict[str, object]:
    return {name: value for name, value in artifact.metrics.items() if name != "size_bytes"}
