"""How the list of predictions is asked for: the history page's filter and order, and pages by cursor."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from recognition.api.strict import refuse_unknown_parameters
from recognition.filters import ANSWERS, CERTAINTIES, ORDERS, HistoryFilter
from recognition.models import Prediction
from recognition.models.prediction import PredictionQuerySet
from recognition.numbers import number_of
from recognition.pagination import Edge, page_of
from worker.ml.labels import LABELS

_SIDES = ("after", "before")
DEFAULT_LIMIT = 50
MOST = 100

_FRACTION = {"type": "number", "minimum": 0, "maximum": 1}
PARAMETERS = [
    OpenApiParameter("cursor", description="From `next` or `previous` of another page."),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}),
    OpenApiParameter("sort", enum=list(ORDERS), description="By confidence, those without one are left out."),
    OpenApiParameter("label", enum=list(LABELS)),
    OpenApiParameter("state", enum=Prediction.State.values),
    OpenApiParameter("certainty", enum=list(CERTAINTIES), description="Whether the recogniser could decide."),
    OpenApiParameter("answer", enum=list(ANSWERS), description="What a person said of it."),
    OpenApiParameter("search", description="Part of the file's name."),
    OpenApiParameter("min_confidence", _FRACTION),
    OpenApiParameter("max_confidence", _FRACTION),
    OpenApiParameter("since", OpenApiTypes.DATE, description="First day of sending."),
    OpenApiParameter("until", OpenApiTypes.DATE, description="Last day of sending."),
    OpenApiParameter("zone", description="Time zone of both days, such as Europe/Berlin; UTC unless given."),
]


class PredictionPages(BasePagination):
    """As quick at the end as at the beginning, and steady while new rows come in."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self._address = request.build_absolute_uri()
        refuse_unknown_parameters(request, [parameter.name for parameter in PARAMETERS])
        chosen = HistoryFilter(request.query_params)
        if not chosen.is_valid():
            raise ValidationError(_named(chosen))
        predictions: PredictionQuerySet = chosen.apply(queryset)
        size, cursor = _limit(request), request.query_params.get("cursor", "")
        side, _, edge = cursor.partition(".")
        if cursor and (side not in _SIDES or Edge.parse(edge, chosen.order) is None):
            raise ValidationError({"cursor": [ErrorDetail("No page of this order begins here.", code="invalid")]})
        self._page = page_of(predictions, order=chosen.order, size=size, **({side: edge} if cursor else {}))
        return self._page.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._link("after"), "previous": self._link("before"), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        properties = {"next": link, "previous": link, "results": schema}
        return {"type": "object", "required": ["next", "previous", "results"], "properties": properties}

    def _link(self, side: str) -> str | None:
        edge = str(getattr(self._page, side))
        return replace_query_param(self._address, "cursor", f"{side}.{edge}") if edge else None


def _named(chosen: HistoryFilter) -> dict[str, list[ErrorDetail]]:
    return {
        "" if field == "__all__" else field: [ErrorDetail(error["message"], error["code"]) for error in errors]
        for field, errors in chosen.errors.get_json_data().items()
    }


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    limit = number_of(text)
    if limit is not None and 1 <= limit <= MOST:
        return limit
    raise ValidationError({"limit": [ErrorDetail(f"A whole number from 1 to {MOST}.", code="invalid")]})
