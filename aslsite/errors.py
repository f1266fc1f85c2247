"""What is answered when something goes wrong: a page for people, problem details under /api/."""

import logging
import sys

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.authentication import CHALLENGE
from aslsite import room
from recognition.api.parsers import FormTooLarge, drop_rest
from recognition.api.problems import plain_problem
from recognition.services import StorageFull
from recognition.views.upload import SESSION_EXPIRED, asks_for_json
from worker.ml.full_disk import is_full

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, FormTooLarge):
        drop_rest(request)
        return _answer(request, 413, "too_large", "The form holds more files, fields or text than any that is taken.")
    return _answer(request, 400, "bad_request", "The request could not be understood.")


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, "permission_denied", "You may not do this.")


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, "not_found", "There is nothing at this address.")


def wrong_method(request: HttpRequest) -> HttpResponse:
    return _answer(request, 405, "method_not_allowed", "This address does not know this method.")


def body_too_large(request: HttpRequest) -> HttpResponse:
    return _answer(request, 413, "too_large", "The request's body is larger than any that is taken; it was not read.")


def account_deleted(request: HttpRequest) -> HttpResponse:
    """It was there when the request came, and nobody is signed in any more."""
    sentence = "Your account has been deleted, so this was not kept."
    if request.path.startswith("/api/"):
        answer = plain_problem(401, sentence, code="not_authenticated")
        answer["WWW-Authenticate"] = CHALLENGE
        return answer
    if asks_for_json(request):
        return JsonResponse({"detail": sentence}, status=401)
    messages.warning(request, sentence)
    return redirect_to_login("/")


def too_many_attempts(request: HttpRequest) -> HttpResponse:
    """For allauth's limits; those of the API answer for themselves."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(settings.LONGEST_LIMIT_SECONDS)
    return response


def storage_full(request: HttpRequest) -> HttpResponse:
    """Something could not be kept for want of room: the same for pages, scripts and API."""
    logger.error("The disk is full: %s %s was refused", request.method, request.path)
    room.note_refusal()
    sentence = "There is no room to keep anything just now, so this was not done. Try again later."
    if request.path.startswith("/api/"):
        answer: HttpResponse = plain_problem(503, sentence, code=StorageFull.code)
    elif asks_for_json(request):
        answer = JsonResponse({"detail": sentence}, status=503)
    else:
        answer = render(request, "503.html", status=503)
    answer["Retry-After"] = str(StorageFull.retry_after_seconds)
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """Also for what is raised while a session is saved, which no middleware hears of."""
    error = sys.exception()
    if error is not None and is_full(error):
        return storage_full(request)
    return _answer(request, 500, "error", "Something went wrong on our side.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came from another session or another site. After signing out in another window it is no attack."""
    if request.path == reverse("recognition:predict") and not request.user.is_authenticated:
        messages.warning(request, SESSION_EXPIRED)
        return redirect_to_login(request.path)
    return render(request, "403_csrf.html", status=403)


def _answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return plain_problem(status, detail, code=code)
    return render(request, f"{status}.html", status=status)
