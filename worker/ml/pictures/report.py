"""The report on a model and sets of pictures: ``report.json`` for programs and ``report.html`` for people.

The page shows pictures that were answered wrong, and is for whoever may see the data; the JSON has none.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any, Final

from worker.ml.artifact import REPORT_HTML, REPORT_JSON
from worker.ml.images import decode_file
from worker.ml.labels import NAMES
from worker.ml.page_parts import Section, document, gallery, picture, warning
from worker.ml.pictures import sections
from worker.ml.pictures.family import Drawing, History
from worker.ml.pictures.judging import Judged, figures_of, mistakes
from worker.ml.pictures.squares import jpeg, squared

_SHOWN_SIDE: Final = 96


@dataclass(frozen=True, slots=True)
class Told:
    """All that a report tells of: the model in words, sets that it was asked about, and how it was trained, if it was.

    ``notes`` are the family's own findings, ``warnings`` sentences on what the figures cannot tell.
    """

    title: str
    about: Mapping[str, str]
    judged: Sequence[Judged]
    warnings: Sequence[str] = ()
    history: History = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    drawings: Sequence[Drawing] = ()


def metrics_of(told: Told) -> dict[str, Any]:
    """All figures, ready for JSON: ``sets`` in the order in which they were judged."""
    return {
        "title": told.title,
        "about": dict(told.about),
        "warnings": list(told.warnings),
        "sets": [figures_of(one) for one in told.judged],
        "history": {stage: [asdict(epoch) for epoch in epochs] for stage, epochs in told.history.items()},
        "notes": dict(told.notes),
    }


def rendered(told: Told, metrics: Mapping[str, Any]) -> dict[str, str]:
    """The contents of both files. Raises :class:`ValueError` for figures that are no numbers."""
    columns: Sequence[Mapping[str, Any]] = metrics["sets"]
    parts: list[Section] = [
        ("glance", "At a glance", "".join(map(warning, told.warnings)) + sections.at_a_glance(columns, told.about))
    ]
    if told.history:
        parts.append(("learning", "Learning curves", sections.learning(told.history)))
    parts.append(("classes", "Classes", sections.classes(columns)))
    by_signer = sections.signers(columns)
    if by_signer:
        parts.append(("signers", "Signers", by_signer))
    confused = "".join(sections.confusions(place, one) for place, one in enumerate(columns))
    calibrated = "".join(sections.calibration(place, one) for place, one in enumerate(columns))
    parts += [
        ("confusions", "Confusions", confused),
        ("confidence", "Confidence", calibrated),
        ("mistakes", "Pictures answered wrong", "".join(map(_mistakes, told.judged))),
    ]
    parts += [(one.name, one.title, one.content) for one in told.drawings]
    introduction = (
        "<p>What is measured is what is served: every answer came from the exported model. In brackets: 95 % "
        "intervals, too narrow where pictures are alike.</p>"
    )
    page = document(f"Evaluation of {told.title}", told.title, introduction, parts)
    return {REPORT_JSON: json.dumps(metrics, indent=1, allow_nan=False) + "\n", REPORT_HTML: page}


def _mistakes(judged: Judged) -> str:
    wrong, shown = int((~judged.answers.is_right()).sum()), mistakes(judged)
    name = judged.pictures.name
    if not wrong:
        return f"<h3>{escape(name)}</h3><p>None of {len(judged.answers)}.</p>"
    items = []
    for one in shown:
        pixels = squared(decode_file(judged.pictures.paths[one.row]), _SHOWN_SIDE)
        true, given = NAMES[one.label], NAMES[one.given]
        items.append(
            (picture(jpeg(pixels), f"{true}, taken for {given}"), f"{true}, taken for {given} ({one.confidence:.0%})")
        )
    return (
        f"<h3>{escape(name)}</h3><p>{wrong} of {len(judged.answers)}; here {len(shown)}, the surest of each class "
        "first.</p>" + gallery(items)
    )
