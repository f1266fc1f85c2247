"""The whole evaluation in one place: ``report.json`` for programs and ``report.html`` for people, from answers alone.

No photo and no landmark goes into a report. The protocol is ``docs/evaluation.md``.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from worker.ml.artifact import REPORT_HTML, REPORT_JSON
from worker.ml.corruptions import SUITE
from worker.ml.evaluation import (
    Answers,
    Averages,
    accuracy_by,
    agreement,
    choose_threshold,
    confusion_counts,
    coverage_curve,
    most_confused,
    reliability,
    summarise,
    sure_answers,
)
from worker.ml.intervals import wilson
from worker.ml.labels import INDEX, LABELS, NOTHING
from worker.ml.mistakes import doubtful_labels, wrong_throughout
from worker.ml.report_page import page
from worker.ml.signers import ATTRIBUTES

_PAIRS: Final = 40
_WORDS: Final = {corruption.name: corruption.words for corruption in SUITE}


@dataclass(frozen=True, slots=True)
class Corrupted:
    """Answers to a sample of photos as they were, and, by the corruption's name, to the same photos made worse."""

    clean: Answers
    worse: Mapping[str, Answers]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """All answers that a report tells of; each by a model that never saw the photo's person.

    ``signers`` without the vault; ``names`` (n,) their photos, such as ``<session>/<CLASS>/1.jpg``, for the list of
    doubtful labels. What was not asked is None.
    """

    signers: Answers
    names: Sequence[str] = ()
    rooms: Answers | None = None
    corrupted: Corrupted | None = None
    vault: Answers | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    """What the figures are of, in words: model, seed, fingerprint of the data, folds, command."""


def full_metrics(evaluated: Evaluated, temperature: float, threshold: float | None = None) -> dict[str, Any]:
    """All figures of the protocol, ready for JSON; ``threshold`` is chosen on the signers unless given."""
    signers = evaluated.signers
    if threshold is None:
        threshold = choose_threshold(signers, temperature)
    metrics: dict[str, Any] = {
        "about": dict(evaluated.about),
        "temperature": temperature,
        "threshold": threshold,
        "signers": _figures(signers, temperature, threshold),
        "doubtful_labels": [
            {**asdict(one), "name": str(evaluated.names[one.photo]) if len(evaluated.names) else ""}
            for one in doubtful_labels(signers, temperature)
        ],
    }
    if evaluated.rooms is not None and len(evaluated.rooms):
        called_nothing = evaluated.rooms.predicted() == INDEX[NOTHING]
        metrics["rooms"] = {"photos": len(called_nothing), "called_nothing": round(float(called_nothing.mean()), 4)}
    if evaluated.corrupted is not None:
        metrics["corruptions"] = _corruptions(evaluated.corrupted)
        clean, mirrored = evaluated.corrupted.clean, evaluated.corrupted.worse.get("mirrored")
        if mirrored is not None:
            metrics["mirrored"] = {"photos": len(clean), "agreement": asdict(agreement(clean, mirrored))}
    if evaluated.vault is not None:
        metrics["vault"] = _figures(evaluated.vault, temperature, threshold)
    return metrics


def rendered(metrics: Mapping[str, Any]) -> dict[str, str]:
    """The contents of ``report.json`` and ``report.html`` for what :func:`full_metrics` gave.

    Raises :class:`ValueError` for figures that are no numbers.
    """
    return {REPORT_JSON: json.dumps(metrics, indent=1, allow_nan=False) + "\n", REPORT_HTML: page(metrics)}


def write_report(metrics: Mapping[str, Any], folder: Path) -> None:
    """Write both files to ``folder``, which is made."""
    write_files(rendered(metrics), folder)


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write each file aside and rename it; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        part = folder / f"{name}.{os.getpid()}.part"
        part.write_text(text, encoding="utf-8")
        os.replace(part, folder / name)


def _figures(answers: Answers, temperature: float, threshold: float) -> dict[str, Any]:
    figures = summarise(answers, temperature)
    for row in figures["signers"].values():
        row["low"], row["high"] = wilson(row["accuracy"], row["photos"])
    return {
        **figures,
        "most_confused": most_confused(answers, _PAIRS),
        "wrong_throughout": wrong_throughout(answers),
        "accuracy_by": {name: accuracy_by(answers, of) for name, of in ATTRIBUTES.items()},
        "sure": sure_answers(answers, temperature, threshold),
        "coverage": [asdict(point) for point in coverage_curve(answers, temperature)],
        "reliability": [
            {name: round(value, 4) for name, value in asdict(one).items()}
            for one in reliability(answers.confidence(temperature), answers.is_right())
        ],
        "confusion": {"labels": list(LABELS), "counts": confusion_counts(answers).tolist()},
    }


def _corruptions(corrupted: Corrupted) -> dict[str, Any]:
    averages, clean = Averages(corrupted.clean.sessions), corrupted.clean.is_right()
    has_hand = corrupted.clean.labels != INDEX[NOTHING]
    table, losses = {}, []
    for name, answers in corrupted.worse.items():
        agreement(corrupted.clean, answers)  # refuses answers to other photos
        losses.append(clean.astype(float) - answers.is_right())
        table[name] = {
            "words": _WORDS.get(name, ""),
            "accuracy": asdict(averages.over_persons(answers.is_right())),
            "drop": asdict(averages.over_persons(losses[-1])),
            "hand_found": averages.over_persons(answers.is_found, has_hand).mean,
        }
    return {
        "photos": len(clean),
        "clean": asdict(averages.over_persons(clean)),
        "mean_drop": asdict(averages.over_persons(np.mean(losses, axis=0))) if losses else None,
        "table": table,
    }
