"""The report tells all there is, adds nothing from outside, and can be read by anybody."""

import json
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from worker.ml.artifact import REPORT_HTML, REPORT_JSON
from worker.ml.evaluation import Answers, agreement
from worker.ml.labels import INDEX, LABELS
from worker.ml.report import Corrupted, Evaluated, full_metrics, write_report


def answers(true: str, given: str, session: str) -> Answers:
    """One photo a letter, answered surely; a dot where no hand was found."""
    logits = np.zeros((len(true), len(LABELS)), np.float32)
    for row, label in enumerate(given):
        if label != ".":
            logits[row, INDEX[label]] = 12
    labels = np.array([INDEX[label] for label in true])
    return Answers(labels, np.full(len(true), session), logits, np.array([label != "." for label in given]))


def evaluated(**more: Any) -> Evaluated:
    """Two signers: one is right on all four photos, one on two."""
    signers = Answers.joined([answers("MNOJ", "MNOJ", "mariia00"), answers("MNOJ", "NNO.", "jbhumika__s3")])
    names = [f"photo{number}.jpg" for number in range(8)]
    about = {"model": 'fusion <script>alert("x")</script>', "seed": "7"}
    return Evaluated(signers, names=names, about=about, **more)


@pytest.fixture
def everything() -> Evaluated:
    base = evaluated().signers
    blurred = replace(base, logits=np.roll(base.logits, 1, axis=0))
    return evaluated(
        rooms=Answers(np.full(4, INDEX["nothing"]), np.full(4, "rooms"), base.logits[:4], np.array([0, 0, 0, 1], bool)),
        corrupted=Corrupted(base, {"dark": base, "blur": blurred, "mirrored": blurred}),
        vault=answers("ABCJ", "ABCI", "carbonara"),
    )


def test_it_says_how_often_the_mirrored_picture_gets_the_same_letter(everything: Evaluated) -> None:
    assert everything.corrupted is not None
    same = agreement(everything.corrupted.clean, everything.corrupted.worse["mirrored"])
    assert full_metrics(everything, 1.0)["mirrored"] == {"photos": 8, "agreement": asdict(same)}
    assert same.mean < 1


class Outline(HTMLParser):
    """What a screen reader and a browser would look for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def written(metrics: dict[str, Any], folder: Path) -> str:
    write_report(metrics, folder)
    return (folder / REPORT_HTML).read_text(encoding="utf-8")


def test_the_figures_are_those_of_the_answers(everything: Evaluated) -> None:
    metrics = full_metrics(everything, 1.0)
    signers = metrics["signers"]
    assert signers["accuracy_mean_over_signers"] == 0.75
    assert signers["accuracy_of_groups"]["static_letters"]["over_signers"]["mean"] == pytest.approx(5 / 6, abs=1e-4)
    assert signers["accuracy_by"]["skin tone"]["dark"]["accuracy"]["mean"] == 0.5
    assert signers["accuracy_by"]["camera"]["squeezed"]["signers"] == 1
    counts = signers["confusion"]["counts"]
    assert counts[INDEX["M"]][INDEX["N"]] == 1
    assert sum(map(sum, counts)) == 8
    assert metrics["rooms"] == {"photos": 4, "called_nothing": 0.75}
    assert metrics["vault"]["accuracy_mean_over_signers"] == 0.75


def test_the_interval_of_one_signer_is_that_of_their_photos(everything: Evaluated) -> None:
    """Wilson's interval for 2 of 4 is 0.15 to 0.85, a known value."""
    signer = full_metrics(everything, 1.0)["signers"]["signers"]["jbhumika"]
    assert (signer["low"], signer["high"]) == (pytest.approx(0.150, abs=1e-3), pytest.approx(0.850, abs=1e-3))


def test_what_a_corruption_costs_is_told_against_the_same_photos(everything: Evaluated) -> None:
    corruptions = full_metrics(everything, 1.0)["corruptions"]
    assert corruptions["table"]["dark"]["drop"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    lost = corruptions["clean"]["mean"] - corruptions["table"]["blur"]["accuracy"]["mean"]
    assert corruptions["table"]["blur"]["drop"]["mean"] == pytest.approx(lost, abs=1e-4)
    assert lost > 0.3
    assert corruptions["mean_drop"]["mean"] == pytest.approx(2 * lost / 3, abs=1e-4)  # dark costs nothing
    assert "light" in corruptions["table"]["dark"]["words"]


def test_answers_to_other_photos_are_no_corruption_of_these(everything: Evaluated) -> None:
    wrong = replace(
        everything, corrupted=Corrupted(everything.signers, {"dark": answers("M" * 8, "M" * 8, "mariia00")})
    )
    with pytest.raises(ValueError, match="same photos"):
        full_metrics(wrong, 1.0)


def test_the_threshold_is_chosen_on_the_signers_and_kept_for_the_vault(everything: Evaluated) -> None:
    metrics = full_metrics(everything, 1.0)
    assert metrics["vault"]["sure"]["threshold"] == metrics["signers"]["sure"]["threshold"] == metrics["threshold"]
    assert full_metrics(everything, 1.0, threshold=0.4)["vault"]["sure"]["threshold"] == 0.4


def test_doubtful_labels_are_named_by_their_photo(everything: Evaluated, tmp_path: Path) -> None:
    metrics = full_metrics(everything, 1.0)
    assert {one["name"] for one in metrics["doubtful_labels"]} == {"photo4.jpg", "photo7.jpg"}
    assert "photo4.jpg" in written(metrics, tmp_path)


def test_the_json_holds_all_figures(everything: Evaluated, tmp_path: Path) -> None:
    metrics = full_metrics(everything, 1.0)
    written(metrics, tmp_path / "new" / "folder")
    assert json.loads((tmp_path / "new" / "folder" / REPORT_JSON).read_text()) == metrics
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == {REPORT_JSON, REPORT_HTML}


def test_figures_that_are_no_numbers_are_refused(everything: Evaluated, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_report({**full_metrics(everything, 1.0), "temperature": float("nan")}, tmp_path)
    assert not (tmp_path / REPORT_JSON).exists()


def test_the_page_needs_nothing_from_outside(everything: Evaluated, tmp_path: Path) -> None:
    text = written(full_metrics(everything, 1.0), tmp_path)
    outline = Outline(text)
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in outline.tags}
    assert not re.search(r"url\(|@import|https?://", text)
    assert all((link["href"] or "").startswith("#") for link in outline.all("a"))


def test_the_page_escapes_what_it_is_told(everything: Evaluated, tmp_path: Path) -> None:
    text = written(full_metrics(everything, 1.0), tmp_path)
    assert "<script>" not in text
    assert "fusion &lt;script&gt;" in text


def test_names_of_sessions_are_escaped_in_figures_too(tmp_path: Path) -> None:
    strange = Evaluated(answers("AB", "AB", '<b>"anna" & ben</b>'))
    text = written(full_metrics(strange, 1.0), tmp_path)
    assert "<b>" not in text
    assert text.count("&lt;b&gt;&quot;anna&quot; &amp; ben&lt;/b&gt;") >= 3


def test_the_page_can_be_read_by_a_screen_reader(everything: Evaluated, tmp_path: Path) -> None:
    outline = Outline(written(full_metrics(everything, 1.0), tmp_path))
    assert len(outline.all("h1")) == 1
    assert outline.all("html") == [{"lang": "en"}]
    assert len(outline.all("caption")) == len(outline.all("table")) >= 12
    assert all(head.get("scope") in ("col", "row") for head in outline.all("th"))
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    references = [
        attributes["aria-labelledby"] or "" for _, attributes in outline.tags if "aria-labelledby" in attributes
    ]
    assert {name for names in references for name in names.split()} <= set(ids)
    assert {(link["href"] or "")[1:] for link in outline.all("a")} <= set(ids)


def test_every_figure_has_a_title_and_its_numbers_in_a_table(everything: Evaluated, tmp_path: Path) -> None:
    outline = Outline(written(full_metrics(everything, 1.0), tmp_path))
    figures = outline.all("svg")
    assert len(figures) == 7  # signers, vault, letters, confusions, reliability, coverage, corruptions
    assert all(figure["role"] == "img" for figure in figures)
    assert len(outline.all("desc")) == len(figures)
    last = "table"
    for tag in [tag for tag, _ in outline.tags if tag in ("svg", "table")]:
        assert not (tag == last == "svg")
        last = tag


def test_what_was_not_asked_is_not_in_the_report(tmp_path: Path) -> None:
    metrics = full_metrics(evaluated(), 1.0)
    assert not {"vault", "rooms", "mirrored", "corruptions"} & set(metrics)
    text = written(metrics, tmp_path)
    assert 'id="vault"' not in text
    assert 'id="corruptions"' not in text


def test_answers_that_are_all_right_make_a_report_too(tmp_path: Path) -> None:
    text = written(full_metrics(Evaluated(answers("ABC", "ABC", "anna")), 1.0), tmp_path)
    assert "No photo is answered wrong." in text
    assert "There are none." in text
