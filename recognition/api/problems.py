"""The one shape of every error of the REST API: problem details (RFC 9457)."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from recognition.api.parsers import BodyTooLarge, FormTooLarge, TooManyParts, drop_rest
from recognition.api.strict import MOST_ERRORS
from recognition.retraining import Refused
from recognition.services import NotCorrectable, Unavailable
from worker.ml.images import ImageError

MEDIA_TYPE = "application/problem+json"
NONE_OF_YOURS = "There is none of that id that is yours."
_LONGEST_SENTENCE = 300

_STATUS_OF_IMAGE_ERROR = {
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_many_pixels": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_format": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "not_an_image": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}


_BodyRefused = BodyTooLarge | TooManyParts | FormTooLarge
_Below = ImageError | NotCorrectable | Refused | Unavailable | UnreadablePostError | FormTooLarge


def problem_details(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler. None, for what nobody foresaw, ends in the site's handler of status 500."""
    request = context["request"]
    if isinstance(error, _BodyRefused) or request.successful_authenticator:  # of strangers nothing is read
        drop_rest(request._request)
    if isinstance(error, _Below):
        answer = _response(problem_of(error))
        if isinstance(error, Unavailable):
            answer["Retry-After"] = str(error.retry_after_seconds)
        return answer
    plain = exception_handler(error, dict(context))  # also rolls back, and knows Http404 and PermissionDenied
    if plain is None:
        return None
    answer = _response(_reshaped(error, plain))
    for name, value in plain.headers.items():
        if name != "Content-Type":
            answer[name] = value
    return answer


def problem_of(error: _Below) -> dict[str, Any]:
    """What is raised below the API, as a problem."""
    if isinstance(error, ImageError):
        status = _STATUS_OF_IMAGE_ERROR.get(error.code, HTTPStatus.BAD_REQUEST)
        fields = [{"field": "image", "code": error.code, "detail": str(error)}]
        return problem(status, str(error), code=error.code, errors=fields)
    if isinstance(error, NotCorrectable):
        return problem(HTTPStatus.CONFLICT, str(error), code="not_correctable")
    if isinstance(error, Refused):
        return problem(HTTPStatus.CONFLICT, str(error), code="refused")
    if isinstance(error, UnreadablePostError):  # nobody is there to read it, but the log then has no fault of ours
        return problem(HTTPStatus.BAD_REQUEST, "The request broke off before all of it came.", code="incomplete")
    if isinstance(error, TooManyFilesSent):
        most = f"Send at most {settings.MAX_FILES_PER_UPLOAD} in one request, to /api/v1/predictions/batch/."
        return problem(HTTPStatus.BAD_REQUEST, f"These are more files than are read. {most}", code="too_many")
    if isinstance(error, TooManyFieldsSent):
        several = f"The form has more than {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} fields. Send the documented ones."
        return problem(HTTPStatus.BAD_REQUEST, several, code="too_many")
    if isinstance(error, RequestDataTooBig):
        most = f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes"
        large = f"What is no file in the form is larger than {most}. Send pictures as files, each with a filename."
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, large, code="too_large")
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), code=error.code)


def problem(
    status: int, detail: str, *, code: str, errors: list[dict[str, str]] | None = None
) -> dict[str, str | int | list[dict[str, str]]]:
    """The members of one problem. Its type is blank: the status says it all, and ``code`` tells programs the rest."""
    body: dict[str, str | int | list[dict[str, str]]] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    return body


def plain_problem(status: int, detail: str, *, code: str) -> JsonResponse:
    """The same outside REST framework's reach: an unknown path under /api/, a fault of ours."""
    return JsonResponse(problem(status, detail, code=code), status=status, content_type=MEDIA_TYPE)


@csrf_exempt
def unknown_path(request: HttpRequest) -> JsonResponse:
    return plain_problem(
        404, f"There is nothing at {request.path}. The schema is at /api/v1/schema/.", code="not_found"
    )


def _response(body: Mapping[str, Any]) -> Response:
    return Response(body, status=int(body["status"]), content_type=MEDIA_TYPE)


def _reshaped(error: Exception, plain: Response) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        found = _flat(error.detail)
        errors = list(islice(found, MOST_ERRORS))
        said = [f"{item['field']}: {item['detail']}" if item["field"] else item["detail"] for item in errors]
        more = sum(1 for _ in found)
        if more:
            said.append(f"At least {more:,} more are wrong, and not listed.")
        detail = " ".join(said)
        return problem(plain.status_code, detail, code="invalid", errors=errors)
    if isinstance(error, Http404) and isinstance(error.__context__, ObjectDoesNotExist):  # Django names the model
        return problem(plain.status_code, NONE_OF_YOURS, code="not_found")
    data = plain.data if isinstance(plain.data, dict) else {}
    detail = data.get("detail", HTTPStatus(plain.status_code).phrase)
    return problem(plain.status_code, str(detail), code=str(getattr(detail, "code", "error")))


def _flat(details: Any, field: str = "") -> Iterator[dict[str, str]]:
    """REST framework's nested details as a list. Nested fields are joined by points; errors of no field have none."""
    if isinstance(details, exceptions.ErrorDetail):
        sentence = str(details)
        if len(sentence) > _LONGEST_SENTENCE:  # it repeats what was sent
            sentence = f"{sentence[:_LONGEST_SENTENCE]}…"
        yield {"field": field, "code": str(details.code), "detail": sentence}
    elif isinstance(details, dict):
        for name, nested in details.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(nested, f"{field}.{own}".strip("."))
    else:
        for nested in details:
            yield from _flat(nested, field)
