"""Two addresses for whoever watches over the site. Both answer without a session."""

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from aslsite import broker, room
from worker.stalling import predictions_stall


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process lives."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """What a request needs is there; 503 and the names of what is missing otherwise.

    What fails elsewhere is named as ``degraded``, with 200: this process answers, and no other one would do better.
    """
    missing = [
        name for name, answers in (("database", _database_answers()), ("queue", broker.is_reachable())) if not answers
    ]
    failing = {"storage": room.is_short(), "predictions": not missing and predictions_stall()}
    degraded = [name for name, fails in failing.items() if fails]
    status = "unavailable" if missing else "degraded" if degraded else "ok"
    return JsonResponse({"status": status, "missing": missing, "degraded": degraded}, status=503 if missing else 200)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True
