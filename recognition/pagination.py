"""Pages of predictions by what stands at their edges: as quick at the end as at the beginning, and without a count."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q

from recognition.models import Prediction
from recognition.models.prediction import PredictionQuerySet

Field = Literal["created_at", "confidence"]


@dataclass(frozen=True)
class Order:
    """Predictions by a field, and by id where it is equal. Those without a value are left out."""

    field: Field
    descending: bool

    @property
    def columns(self) -> tuple[str, str]:
        sign = "-" if self.descending else ""
        return f"{sign}{self.field}", f"{sign}id"

    @property
    def backwards(self) -> "Order":
        return Order(self.field, not self.descending)

    def sort(self, predictions: PredictionQuerySet) -> PredictionQuerySet:
        if self.field == "confidence":
            predictions = predictions.filter(confidence__isnull=False)
        return predictions.order_by(*self.columns)

    def edge_of(self, prediction: Prediction) -> "Edge | None":
        value = getattr(prediction, self.field)
        return None if value is None else Edge(value, prediction.pk)

    def beyond(self, edge: "Edge") -> Q:
        """What comes after the edge. The first condition says less than the others, and lets an index begin there."""
        compare = "lt" if self.descending else "gt"
        return Q(**{f"{self.field}__{compare}e": edge.value}) & (
            Q(**{f"{self.field}__{compare}": edge.value}) | Q(**{self.field: edge.value, f"id__{compare}": edge.pk})
        )


@dataclass(frozen=True)
class Edge:
    """The place of a row in an order; as text in addresses."""

    value: datetime | float
    pk: UUID

    def __str__(self) -> str:
        value = self.value
        text = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else repr(value)
        return f"{text.replace('+00:00', 'Z')}_{self.pk.hex}"

    @classmethod
    def parse(cls, text: str, order: Order) -> "Edge | None":
        """None for what no page of ours has ever written."""
        value, _, pk = text.rpartition("_")
        try:
            return cls(_moment(value) if order.field == "created_at" else _fraction(value), UUID(pk))
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class KeysetPage:
    """Rows in their order; ``before`` and ``after`` are the edges to go on from, empty where nothing follows."""

    rows: list[Prediction]
    before: str = ""
    after: str = ""


def page_of(
    predictions: PredictionQuerySet, *, order: Order, size: int, before: str = "", after: str = ""
) -> KeysetPage:
    """The page that follows ``after``, or ends at ``before``; the first one without either, or if they are broken."""
    backwards = Edge.parse(before, order) if before else None
    if backwards is not None:
        rows = list(order.backwards.sort(predictions).filter(order.backwards.beyond(backwards))[: size + 1])
        if len(rows) > size:
            rows = rows[size - 1 :: -1]
            return KeysetPage(rows, before=_text(order, rows[0]), after=_text(order, rows[-1]))
        return page_of(predictions, order=order, size=size)  # so near the beginning that it is the first page
    edge = Edge.parse(after, order) if after else None
    sorted_rows = order.sort(predictions)
    rows = list((sorted_rows.filter(order.beyond(edge)) if edge else sorted_rows)[: size + 1])
    return KeysetPage(
        rows[:size],
        before=_text(order, rows[0]) if edge and rows else "",
        after=_text(order, rows[size - 1]) if len(rows) > size else "",
    )


def neighbours(
    predictions: PredictionQuerySet, *, order: Order, of: Prediction
) -> tuple[Prediction | None, Prediction | None]:
    """Who comes just before and just after ``of``, with their ids only. It need not be among ``predictions`` itself."""
    edge = order.edge_of(of)
    if edge is None:
        return None, None
    first, second = (
        one_way.sort(predictions).filter(one_way.beyond(edge)).only("pk").first()
        for one_way in (order.backwards, order)
    )
    return first, second


def _text(order: Order, prediction: Prediction) -> str:
    return str(order.edge_of(prediction))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("A moment without a zone is no moment.")
    return moment.astimezone(UTC)


def _fraction(text: str) -> Any:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("A number that is none has no place in an order.")
    return number
