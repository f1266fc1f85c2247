"""Reading bodies without holding more of them in memory, or working longer on them, than is allowed."""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, UnreadablePostError
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

FormTooLarge = RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent
"""What Django raises for a form beyond its settings, whenever that is read first."""

MAX_JSON_BYTES: Final = 1_000_000
"""Of a body without pictures: the longest text with all its signs has half of it."""

_AROUND_THE_PICTURE = 100_000
_MOST_PARTS = 100_000  # a round of the most attempts with the most mistakes has 60,000
_DEEPEST = 20
_LONGEST_NUMBER = 100
_MOST_DROPPED_BYTES = 100_000_000
_PIECE_BYTES = 65_536


class BodyTooLarge(APIException):
    """A body of more than ``most`` bytes; ``instead`` says in a sentence what to do."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"

    def __init__(self, most: int, instead: str) -> None:
        super().__init__(f"The body is larger than the {most:,} bytes of JSON that are read here. {instead}")


class TooManyParts(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "too_many"
    default_detail = f"The body holds more than {_MOST_PARTS:,} values. Send it in several requests."


class LengthRequired(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = (
        "The request does not say how long its body is, so it was not read. "
        "Send it with Content-Length, not in chunks (Transfer-Encoding)."
    )


class LimitedJsonParser(BaseParser):
    """JSON as the RFC has it, no longer than :attr:`max_bytes`.

    Not a :class:`rest_framework.parsers.JSONParser`: those are given the whole body from memory, where Django's own
    limit comes before ours.
    """

    media_type = "application/json"
    instead = "Send less at once."

    @property
    def max_bytes(self) -> int:
        return MAX_JSON_BYTES

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(self.max_bytes + 1)
        if len(body) > self.max_bytes:
            raise BodyTooLarge(self.max_bytes, self.instead)
        if sum(body.count(mark) for mark in b",[{") > _MOST_PARTS:  # within names too, but nobody has such names
            raise TooManyParts
        try:
            value = json.loads(body.decode(), parse_constant=_refuse_constant, parse_int=_short, parse_float=_finite)
        except RecursionError as error:
            raise ParseError(_TOO_DEEP) from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from error
        if _is_deep(value):  # whoever writes it down would run into Python's own limit
            raise ParseError(_TOO_DEEP)
        return value


class PictureJsonParser(LimitedJsonParser):
    """The same, with room for the largest picture in base64 and for what stands around it."""

    instead = "Send smaller pictures; or several as files, in multipart/form-data."

    @property
    def max_bytes(self) -> int:
        return int(settings.MAX_UPLOAD_BYTES) * 4 // 3 + _AROUND_THE_PICTURE


def require_length(request: Request) -> None:
    """Raises :class:`LengthRequired` for a body in chunks, which would else be taken for none."""
    if request.headers.get("Transfer-Encoding"):
        raise LengthRequired


def drop_rest(request: HttpRequest) -> None:
    """Read off the wire what is left of a body that was refused, up to a limit.

    The server closes a connection on which much is left. Who still sends then reads no answer, but that it broke.
    """
    left = _MOST_DROPPED_BYTES
    with suppress(UnreadablePostError):
        while left > 0 and (piece := request.read(min(left, _PIECE_BYTES))):
            left -= len(piece)


_TOO_DEEP = "The body is not JSON that can be read: it is nested too deeply."


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")


def _short(digits: str) -> int:
    """The time to read a whole number grows with the square of its length."""
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("a number in it is too long")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number in it is too large")
    return number


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            nested
            for one in level
            if isinstance(one, dict | list)
            for nested in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True
