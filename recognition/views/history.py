"""The list of one's pictures: filtered, page by page; deleting and undoing; taking it along."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from accounts.requests import SignedInRequest
from recognition import exports, services
from recognition.filters import ORDER_NAMES, HistoryFilter
from recognition.models import Prediction
from recognition.models.prediction import PredictionQuerySet
from recognition.pagination import KeysetPage, page_of

PAGE_SIZE = 50
_EXPORTS = {
    "csv": (exports.as_csv, "text/csv; charset=utf-8"),
    "json": (exports.as_json, "application/json"),
}
_UNDO = "deleted_predictions"  # in the session: the last ones that were deleted, and when


@require_safe
@never_cache
@vary_on_headers("HX-Request")
def history(request: SignedInRequest) -> HttpResponse:
    """Own predictions, newest first. While some are unfinished the page asks for news of its list (``seen``)."""
    if not request.user.is_authenticated:
        to_login = redirect_to_login(request.get_full_path())
        return HttpResponseClientRedirect(to_login.url) if request.htmx else to_login
    chosen = HistoryFilter(request.GET)
    if not chosen.is_valid():
        context = {"filter": chosen, "page": KeysetPage([]), "is_wrong": True}
        return render(request, "recognition/history.html", context, status=400)
    place = {side: request.GET.get(side, "") for side in ("before", "after")}
    page = page_of(_rows(request.user, chosen), order=chosen.order, size=PAGE_SIZE, **place)
    if not page.rows and any(place.values()):
        return _back_to(chosen.query)
    return _list_page(request, chosen, page)


@require_POST
@login_required
def delete(request: SignedInRequest) -> HttpResponse:
    """Delete what was selected (``id``, many times)."""
    ids = _ids(request)
    count = services.delete_predictions(owner=request.user, ids=ids)
    if count:
        request.session[_UNDO] = {"ids": [str(pk) for pk in ids], "count": count, "at": timezone.now().isoformat()}
    elif ids:
        messages.info(request, "Nothing was deleted: what you selected is gone already.")
    else:
        messages.warning(request, "Nothing was selected, so nothing was deleted.")
    return _back_to(_query_of(request))


@require_POST
@login_required
def restore(request: SignedInRequest) -> HttpResponse:
    """Undo a deletion (``id``, many times)."""
    count = services.restore_predictions(owner=request.user, ids=_ids(request))
    request.session.pop(_UNDO, None)
    if count:
        messages.success(request, f"{count} picture{'s are' if count != 1 else ' is'} back.")
    else:
        messages.warning(request, "Nothing came back: it is there already, or was deleted too long ago.")
    return _back_to(_query_of(request))


@require_safe
@never_cache
@login_required
def export(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """All that the filter finds, as CSV or JSON, sent while it is read."""
    chosen = HistoryFilter(request.GET)
    if not chosen.is_valid():
        return _back_to(request.GET.urlencode())  # where the form says what is wrong
    rows = chosen.order.sort(chosen.apply(Prediction.objects.owned_by(request.user)))
    write, content_type = _EXPORTS[kind]
    name = f"asl-alphabet-history-{timezone.localdate():%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingHttpResponse(write(rows), content_type=content_type, headers=headers)


def _rows(user: User, chosen: HistoryFilter) -> PredictionQuerySet:
    """Without what a list does not show, which is most of a row."""
    own = Prediction.objects.owned_by(user).select_related("correction").defer("hand", "milliseconds")
    return chosen.apply(own)


def _list_page(request: SignedInRequest, chosen: HistoryFilter, page: KeysetPage) -> HttpResponse:
    states = [prediction.state for prediction in page.rows]
    queued, running = states.count(Prediction.State.QUEUED), states.count(Prediction.State.RUNNING)
    seen = f"{page.rows[0].pk.hex[:8] if page.rows else ''}.{len(page.rows)}.{queued}.{running}"
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    here = request.GET.copy()
    here["seen"] = seen
    context = {
        "filter": chosen,
        "page": page,
        "order_name": ORDER_NAMES[chosen.cleaned_data["sort"] or "newest"].lower(),
        "unfinished": queued + running,
        "here": here.urlencode(),
        "undo": _undo_of(request),
    }
    template = "recognition/history_list.html" if request.htmx else "recognition/history.html"
    return render(request, template, context)


def _undo_of(request: HttpRequest) -> dict[str, Any] | None:
    """What was deleted last, while it can be had back."""
    undo: dict[str, Any] | None = request.session.get(_UNDO)
    if undo is None or datetime.fromisoformat(undo["at"]) > timezone.now() - Prediction.UNDO_WINDOW:
        return undo
    del request.session[_UNDO]
    return None


def _ids(request: HttpRequest) -> list[UUID]:
    """The ids of a form; what is none is passed over, as if it were an id of nothing."""
    ids = []
    for text in request.POST.getlist("id"):
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


def _query_of(request: HttpRequest) -> str:
    """The filter of the list that a form was sent from."""
    chosen = HistoryFilter(request.GET)
    return chosen.query if chosen.is_valid() else ""


def _back_to(query: str) -> HttpResponseRedirect:
    return redirect(f"{reverse('recognition:history')}{'?' if query else ''}{query}")
