"""A person's predictions as files to take along, made row by row so that any number of them fits."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from recognition.models import Prediction
from recognition.models.prediction import PredictionQuerySet

COLUMNS = (
    "id",
    "created_at",
    "finished_at",
    "state",
    "label",
    "confidence",
    "certainty",
    "contenders",
    "answer",
    "corrected_label",
    "file_name",
    "model_version",
    "error",
)
_CHUNK = 500
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


class _Echo:
    """Lets a ``csv.writer`` give its lines back."""

    def write(self, line: str) -> str:
        return line


def as_csv(predictions: PredictionQuerySet) -> Iterator[str]:
    """RFC 4180, with the mark by which spreadsheets know UTF-8. No cell of it can be run as a formula."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for record in _records(predictions):
        yield writer.writerow([plain_cell(value) for value in record.values()])


def as_json(predictions: PredictionQuerySet) -> Iterator[str]:
    """One array of objects with the columns of the CSV file; what is not known is null."""
    lead = "[\n"
    for record in _records(predictions):
        yield lead + json.dumps(record, ensure_ascii=False)
        lead = ",\n"
    yield "[]\n" if lead == "[\n" else "\n]\n"


def plain_cell(value: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front, which makes it text again. Several
    labels stand in one cell, with spaces between them.
    """
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, str) and value.lstrip(" ").startswith(_BEGINS_A_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _records(predictions: PredictionQuerySet) -> Iterator[dict[str, Any]]:
    rows = predictions.select_related("correction", "model_version").defer("hand", "milliseconds")
    for prediction in rows.iterator(chunk_size=_CHUNK):
        yield dict(zip(COLUMNS, _values(prediction), strict=True))


def _values(prediction: Prediction) -> tuple[object, ...]:
    correction = getattr(prediction, "correction", None)
    return (
        str(prediction.pk),
        _moment(prediction.created_at),
        _moment(prediction.finished_at),
        prediction.state,
        prediction.label or None,
        prediction.confidence,
        prediction.certainty or None,
        prediction.contenders,
        None if correction is None else "confirmed" if correction.is_confirmation else "corrected",
        None if correction is None else correction.label,
        prediction.original_name or None,
        prediction.model_version.name if prediction.model_version else None,
        prediction.error or None,
    )


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
