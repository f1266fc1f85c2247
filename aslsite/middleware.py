"""What every request passes on its way to a view and back."""

from collections.abc import Callable

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from accounts.models import User
from aslsite import errors
from worker.ml.full_disk import is_full

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


class AnswerTheDeleted:
    """Somebody may delete their account while something of theirs is being written. The database then refuses it when
    the transaction commits, and they are told what their next request would be told: nobody is signed in."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        who = request.user
        if isinstance(exception, IntegrityError) and isinstance(who, User) and not User.objects.contains(who):
            return errors.account_deleted(request)
        return None


class TellOfFullDisk:
    """Whatever pages and API could not write for want of room is told in the same words, and is no fault of ours."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return errors.storage_full(request) if is_full(exception) else None


def most_bytes() -> int:
    """One file more than are taken has room: it is then refused by the upload, which says what the limit is."""
    return int((settings.MAX_FILES_PER_UPLOAD + 1) * settings.MAX_UPLOAD_BYTES) + _AROUND_THE_PICTURES
