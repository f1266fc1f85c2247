"""Serializers that name what they do not know. A mistyped field would else be lost without a word."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request

MOST_ERRORS: Final = 20
"""How many wrong fields one answer names. No more than one beyond them is looked for: each costs many sound ones."""

_OF_FORMS = {"csrfmiddlewaretoken"}


class StrictSerializer(serializers.Serializer[Any]):
    def to_internal_value(self, data: Any) -> Any:
        known = [name for name, field in self.fields.items() if not field.read_only]
        unknown = _errors(data if isinstance(data, Mapping) else (), known, "field")
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                error.detail |= unknown  # type: ignore[arg-type]  # a dictionary of lists, as everywhere
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return value


def refuse_unknown_parameters(request: Request, known: Iterable[str]) -> None:
    """The same for a query: a filter that is not understood must not answer with everything."""
    unknown = _errors(request.query_params, known, "parameter")
    if unknown:
        raise serializers.ValidationError(unknown)


def _errors(given: Iterable[Any], known: Iterable[str], kind: str) -> dict[str, list[ErrorDetail]]:
    names = sorted(known)
    there_are = f"There are: {', '.join(names)}." if names else "There is none."
    unknown = (name for name in given if name not in names and name not in _OF_FORMS)
    return {
        _shown(name): [ErrorDetail(f"There is no {kind} of this name. {there_are}", code="unknown")]
        for name in islice(unknown, MOST_ERRORS + 1)
    }


def _shown(name: Any) -> str:
    """A name from a stranger, fit to be sent back."""
    return str(name).encode("utf-8", "replace").decode()[:100]
