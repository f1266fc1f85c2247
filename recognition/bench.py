"""The bench: trained versions side by side by what was measured of them, and some of them class by class.

Figures are read from the versions' metrics, in which each family names what it has. What was not measured is None.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from recognition.models import ModelVersion
from worker import registry
from worker.ml.labels import LABELS

_UNSEEN: Final = ("accuracy_unseen", "accuracy_mean_over_sessions")
"""Of families that read whole pictures, and of those that read hands."""


@dataclass(frozen=True)
class Row:
    """One version. Accuracies and the calibration error are 0..1."""

    version: ModelVersion
    data: str
    in_room: float | None
    unseen: float | None
    calibration_error: float | None
    latency_milliseconds: float | None
    size_bytes: float | None
    reports: tuple[str, ...] = ()
    """Kinds of its report that are there: ``html``, ``json``."""

    @property
    def name(self) -> str:
        return self.version.name

    @property
    def family(self) -> str:
        return self.version.family

    @property
    def added(self) -> datetime:
        return self.version.created_at

    @property
    def figures(self) -> list[tuple["Column", float | None]]:
        """Those that are numbers, in the order of their columns."""
        return [(column, column.value_of(self)) for column in NUMBERS]


@dataclass(frozen=True)
class Column:
    """What is told of each version; ``key`` names it in the address and is the attribute of a row."""

    key: str
    title: str
    is_number: bool = True

    def value_of(self, row: Row) -> Any:
        return getattr(row, self.key)


COLUMNS: Final = (
    Column("name", "Version", is_number=False),
    Column("family", "Family", is_number=False),
    Column("data", "Data", is_number=False),
    Column("added", "Added", is_number=False),
    Column("in_room", "Accuracy in the room"),
    Column("unseen", "Accuracy on unseen signers"),
    Column("calibration_error", "Calibration error"),
    Column("latency_milliseconds", "Milliseconds a picture"),
    Column("size_bytes", "Size"),
)
_BY_KEY: Final = {column.key: column for column in COLUMNS}
NUMBERS: Final = tuple(column for column in COLUMNS if column.is_number)
NEWEST_FIRST: Final = "-added"


def sort_named(text: str) -> str:
    """The order that ``text`` names, a column's key, with ``-`` for the greatest first; else the newest first."""
    return text if text.removeprefix("-") in _BY_KEY else NEWEST_FIRST


def rows(order: str = NEWEST_FIRST) -> list[Row]:
    """All versions in this order, in one query; those without the figure come last."""
    column = _BY_KEY[sort_named(order).removeprefix("-")]
    found = [row_of(version) for version in ModelVersion.objects.all()]
    having = [row for row in found if column.value_of(row) not in (None, "")]
    rest = [row for row in found if column.value_of(row) in (None, "")]
    return sorted(having, key=column.value_of, reverse=order.startswith("-")) + rest


def row_of(version: ModelVersion) -> Row:
    metrics = version.metrics
    return Row(
        version=version,
        data=_data(metrics.get("data")),
        in_room=_number(metrics, "accuracy_in_room"),
        unseen=_number(metrics, *_UNSEEN),
        calibration_error=_number(metrics, "calibration_error"),
        latency_milliseconds=_number(metrics, "milliseconds"),
        size_bytes=_number(metrics, "size_bytes"),
        reports=tuple(kind for kind in registry.REPORTS if registry.report_of(version, kind)),
    )


@dataclass(frozen=True)
class Cell:
    """A version's share of a class, or of a confusion, and by how much it differs from the first version's."""

    value: float | None
    delta: float | None


@dataclass(frozen=True)
class Line:
    """A class, or a pair of classes of which the first was taken for the second, with a cell for each version."""

    labels: tuple[str, ...]
    cells: list[Cell]


@dataclass(frozen=True)
class Comparison:
    """Versions class by class. ``judged_on`` tells of each whom its classes were measured on."""

    rows: list[Row]
    judged_on: list[str]
    figures: list[tuple[Column, list[Cell]]]
    classes: list[Line]
    confusions: list[Line]

    @property
    def is_like_with_like(self) -> bool:
        return len({judged for judged in self.judged_on if judged}) < 2


def compare(versions: Sequence[ModelVersion]) -> Comparison:
    """Accuracies of all classes, and the confusions that any version lists, the most frequent first."""
    found, measured = [row_of(version) for version in versions], [_classes(version.metrics) for version in versions]
    confused = [_confusions(version.metrics) for version in versions]
    pairs = {pair: max(shares.get(pair, 0) for shares in confused) for shares in confused for pair in shares}
    by_frequency = sorted(pairs, key=lambda pair: -pairs[pair])
    return Comparison(
        rows=found,
        judged_on=[judged for judged, _ in measured],
        figures=[(column, _cells([column.value_of(row) for row in found])) for column in NUMBERS],
        classes=[Line((label,), _cells([shares.get(label) for _, shares in measured])) for label in LABELS],
        confusions=[Line(pair, _cells([shares.get(pair) for shares in confused])) for pair in by_frequency],
    )


def _cells(values: Sequence[float | None]) -> list[Cell]:
    first, *others = values
    deltas = [None if first is None or value is None else value - first for value in others]
    return [Cell(*pair) for pair in zip(values, [None, *deltas], strict=True)]


def _classes(metrics: Mapping[str, Any]) -> tuple[str, Mapping[str, float]]:
    """Whom the classes were measured on, unseen signers if it can be, and the share of each that was named rightly."""
    unseen, known = _shares(metrics.get("classes_unseen")), _shares(metrics.get("classes"))
    if unseen:
        return "unseen signers", unseen
    is_in_room = _number(metrics, "accuracy_in_room") is not None
    return ("the room" if is_in_room else "unseen signers") if known else "", known


def _confusions(metrics: Mapping[str, Any]) -> dict[tuple[str, ...], float]:
    """Of a class (the first) the share that was taken for another, as far as it is listed."""
    listed = metrics.get("most_confused")
    found: dict[tuple[str, ...], float] = {}
    for one in listed if isinstance(listed, list) else []:
        share = _number(one, "share") if isinstance(one, dict) else None
        if share is not None and one.get("true") in LABELS and one.get("given") in LABELS:
            found[one["true"], one["given"]] = share
    return found


def _shares(table: Any) -> dict[str, float]:
    values = table if isinstance(table, dict) else {}
    found = {label: _number(values, label) for label in LABELS}
    return {label: share for label, share in found.items() if share is not None}


def _number(metrics: Mapping[str, Any], *names: str) -> float | None:
    """The first of these figures that is there and is a number."""
    for name in names:
        value = metrics.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None


def _data(learnt_from: Any) -> str:
    """What a version learnt from, in short; empty if its artefact did not say."""
    about = learnt_from if isinstance(learnt_from, dict) else {}
    name, photos, sha256 = about.get("name"), _number(about, "photos"), about.get("sha256")
    said = [str(name or (f"SHA-256 {str(sha256)[:8]}" if sha256 else "")), f"{photos:,.0f} photos" if photos else ""]
    return ", ".join(words for words in said if words)
