"""Reading bodies without holding more of them in memory than is allowed."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

_AROUND_THE_PICTURE = 100_000


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "too_large"

    def __init__(self) -> None:
        super().__init__(f"The request's body is larger than the {max_json_bytes():,} bytes that are read as JSON.")


def max_json_bytes() -> int:
    """Room for the largest picture in base64, and for what stands around it."""
    return int(settings.MAX_UPLOAD_BYTES) * 4 // 3 + _AROUND_THE_PICTURE


class LimitedJsonParser(JSONParser):
    """JSON as the RFC has it, no longer than :func:`max_json_bytes`."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(max_json_bytes() + 1)
        if len(body) > max_json_bytes():
            raise BodyTooLarge
        try:
            return json.loads(body.decode(), parse_constant=_refuse_constant)
        except RecursionError as error:
            raise ParseError("The body is not JSON that can be read: it is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")
