"""Figures of what a model said of labelled pictures, and the page that tells of them."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from worker.ml.artifact import REPORT_HTML, REPORT_JSON, Artifact
from worker.ml.config import ImageLimits
from worker.ml.datasets import DatasetError
from worker.ml.labels import INDEX, LABELS
from worker.ml.pictures.codes import principal_components
from worker.ml.pictures.dataset import PictureSet
from worker.ml.pictures.evaluating import evaluate_artifact
from worker.ml.pictures.family import Drawing, Epoch
from worker.ml.pictures.judging import averaged, class_rows, figures_of, judge, mistakes, probabilities_of
from worker.ml.pictures.loading import load_pictures
from worker.ml.pictures.report import Told, metrics_of, rendered
from worker.ml.recognition import Candidate, Recognition
from worker.ml.tests.drawings import draw, fill
from worker.ml.tests.folders import of_a_telephone
from worker.ml.tests.small_artifact import publish_small


class Always:
    """Says the same of every picture."""

    def __init__(self, label: str, confidence: float = 0.8) -> None:
        self._top = (Candidate(label, confidence), Candidate("Z", 0.1))

    def recognise(self, data: bytes, limits: ImageLimits) -> Recognition:
        return Recognition(self._top[0].label, self._top[0].confidence, self._top, None, {"total": 2.0}, is_unsure=True)


def pictures(folder: Path, labels: str, name: str = "some") -> PictureSet:
    paths = []
    for number, label in enumerate(labels):
        paths.append(folder / f"{name}{number}.png")
        draw(label, number).save(paths[-1])
    codes = np.array([INDEX[label] for label in labels])
    signers = np.array(["left" if number % 2 else "right" for number in range(len(labels))])
    return PictureSet(name, tuple(paths), tuple(map(str, paths)), codes, signers, np.arange(len(labels)), "1" * 64)


def test_precision_recall_and_f1_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    true = random.integers(0, 20, 500)
    given = np.where(random.random(500) < 0.6, true, random.integers(0, 25, 500))
    counts = np.zeros((29, 29), np.int64)
    np.add.at(counts, (true, given), 1)
    rows = class_rows(counts)
    for mean in ("macro", "weighted"):
        theirs = precision_recall_fscore_support(true, given, labels=range(20), average=mean, zero_division=0)
        ours = [averaged(rows)[name][mean] for name in ("precision", "recall", "f1")]
        assert ours == pytest.approx(theirs[:3], abs=1e-3)
    assert rows[LABELS[22]]["recall"] is None


def test_what_the_five_likeliest_leave_is_spread_over_the_others() -> None:
    probabilities = probabilities_of(Always("A").recognise(b"", ImageLimits()))
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities[INDEX["A"]] == pytest.approx(0.8, abs=1e-4)
    assert probabilities[INDEX["B"]] == pytest.approx(0.1 / 27, abs=1e-5)


def test_figures_count_every_picture(tmp_path: Path) -> None:
    judged = judge(Always("A"), pictures(tmp_path, "AAAAAAB"), print)
    figures = figures_of(judged)
    assert figures["accuracy"]["mean"] == pytest.approx(6 / 7, abs=1e-4)
    assert figures["signers"] == 2
    assert figures["accuracy_over_signers"]["mean"] == pytest.approx((3 / 4 + 1) / 2)
    assert figures["classes"]["A"]["precision"] == pytest.approx(6 / 7, abs=1e-4)
    assert figures["classes"]["B"] == {"pictures": 1, "precision": None, "recall": 0.0, "f1": 0.0}
    assert figures["most_confused"][0] == {"true": "B", "given": "A", "share": 1.0, "photos": 1}
    assert figures["calibration_error"] == pytest.approx(6 / 7 - 0.8, abs=0.01)
    assert figures["sure"] == {"share": 0.0, "accuracy": None}
    assert figures["milliseconds"]["median"] == 2.0


def test_a_picture_that_is_gone_is_named(tmp_path: Path) -> None:
    some = pictures(tmp_path, "AB")
    some.paths[1].unlink()
    with pytest.raises(DatasetError, match=r"some1\.png cannot be read: No such file"):
        judge(Always("A"), some, print)


def test_no_class_fills_the_gallery(tmp_path: Path) -> None:
    judged = judge(Always("A"), pictures(tmp_path, "BBBBBC"), print)
    assert [one.label for one in mistakes(judged, most=2)] == ["B", "C"]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    judged = [judge(Always("A"), pictures(tmp_path, "AAB", name), print) for name in ("in room", "<unseen>")]
    epochs = [Epoch(1.0 / n, 1.2 / n, 0.5, 0.6, 1e-3, 1.0, 2.0, 0.01) for n in (1, 2, 3)]
    drawing = Drawing("own", "Own section", "<p>of the family</p>")
    return Told("model-1", {"family": "x"}, judged, ["It leaks."], {"frozen": epochs}, {}, [drawing])


def test_the_page_has_every_section_with_the_sets_beside_each_other(told: Told) -> None:
    page = rendered(told, metrics_of(told))[REPORT_HTML]
    for heading in ("At a glance", "Learning curves", "Classes", "Confusions", "Confidence", "Pictures answered wrong"):
        assert f">{heading}</h2>" in page
    assert '<p class="warning">Warning: It leaks.</p>' in page
    assert re.search(r"accuracy</th><td>0\.6667 [^<]+</td><td>0\.6667", page)
    assert "<p>of the family</p>" in page
    assert "B, taken for A (80%)" in page
    assert "<unseen>" not in page


def test_the_page_can_be_read_without_seeing_and_asks_nobody(told: Told) -> None:
    page = rendered(told, metrics_of(told))[REPORT_HTML]
    assert page.count("<h1>") == 1
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names))
    assert len(re.findall("<svg", page)) == len(re.findall('role="img" aria-labelledby="', page)) >= 8
    assert all(re.findall(r'<img [^>]*alt="([^"]*)"', page))


def test_a_set_without_a_mistake_says_so(tmp_path: Path) -> None:
    told = Told("model", {}, [judge(Always("A"), pictures(tmp_path, "AAA"), print)])
    assert "None of 3." in rendered(told, metrics_of(told))[REPORT_HTML]


Warnings = Callable[[Mapping[str, Any], PictureSet], list[str]]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "model"
    publish_small(folder)
    return folder


@pytest.fixture
def warnings_of(small: Path, tmp_path: Path) -> Warnings:
    """What a report on pictures warns of, by a small artefact with these metrics; page and JSON agree."""

    def told(metrics: Mapping[str, Any], some: PictureSet) -> list[str]:
        artifact = replace(Artifact.load(small), metrics=metrics)
        artifact.publish(tmp_path / "model", {name: (small / name).read_bytes() for name in artifact.files})
        evaluate_artifact(tmp_path / "model", [some], tmp_path / "report", print)
        warnings: list[str] = json.loads((tmp_path / "report" / REPORT_JSON).read_text())["warnings"]
        assert (tmp_path / "report" / REPORT_HTML).read_text().count('<p class="warning">') == len(warnings)
        return warnings

    return told


@pytest.mark.parametrize(
    ("metrics", "names"),
    [
        ({"sessions": {"left": {}, "somebody": {}}, "vault_sessions": {"right": {}}}, "left, right"),
        ({"vault_sessions": {"right": {}}}, "right"),
        ({"sessions": {"jbhumika__s1": {}}}, "jbhumika__s2"),
    ],
)
def test_a_model_is_not_tested_by_people_it_learnt_from_without_a_warning(
    metrics: Mapping[str, Any], names: str, tmp_path: Path, warnings_of: Warnings
) -> None:
    some = pictures(tmp_path, "AB")
    if "__" in names:  # another session of a person
        some = replace(some, signers=np.array([names, "left"]))
    (warning,) = warnings_of(metrics, some)
    assert f"The model learnt from people who are in some ({names})" in warning


def test_people_whom_a_model_never_saw_need_no_warning(tmp_path: Path, warnings_of: Warnings) -> None:
    assert warnings_of({"sessions": {"somebody": {}}}, pictures(tmp_path, "AB")) == []


def test_pictures_that_could_not_be_read_are_told_of_beside_the_figures(tmp_path: Path, warnings_of: Warnings) -> None:
    folder = fill(tmp_path / "mine", {"A": 2, "B": 2})
    (folder / "A" / "telephone.jpg").write_bytes(of_a_telephone())
    for name in ("broken1.png", "broken2.png"):
        (folder / "B" / name).write_bytes(b"nothing")
    (warning,) = warnings_of({}, load_pictures(folder, print))
    assert warning.startswith(
        "2 files of mine could not be read and are in no figure, such as B/broken1.png: This is not"
    )


def test_principal_components_are_those_along_which_codes_differ_most() -> None:
    random = np.random.default_rng(0)
    codes = random.normal(size=(200, 6)).astype(np.float32) * np.array([0.1, 9, 0.1, 3, 0.1, 0.1], np.float32)
    places, kept = principal_components(codes)
    assert abs(np.corrcoef(places[:, 0], codes[:, 1])[0, 1]) > 0.99
    assert abs(np.corrcoef(places[:, 1], codes[:, 3])[0, 1]) > 0.99
    assert kept > 0.95
