"""What every request passes on its way to a view and back."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from aslsite import errors

GetResponse = Callable[[HttpRequest], HttpResponse]


_AROUND_THE_PICTURES = 1_000_000


def explain_wrong_method(get_response: GetResponse) -> GetResponse:
    """Django's own answer to a method that a page does not know is blank."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        explained = errors.wrong_method(request)
        explained["Allow"] = response["Allow"]
        return explained

    return middleware


def refuse_large_body(get_response: GetResponse) -> GetResponse:
    """What says that it is far larger than all files of an upload together is not read to learn that it is."""

    def middleware(request: HttpRequest) -> HttpResponse:
        declared = request.META.get("CONTENT_LENGTH") or ""
        if declared.isdigit() and int(declared) > most_bytes():
            return errors.body_too_large(request)
        return get_response(request)

    return middleware


def most_bytes() -> int:
    """One file more than are taken has room: it is then refused by the upload, which says what the limit is."""
    return int((settings.MAX_FILES_PER_UPLOAD + 1) * settings.MAX_UPLOAD_BYTES) + _AROUND_THE_PICTURES
