"""One picture: its answer, its neighbours, and what its owner says of the answer."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from accounts.models import User
from accounts.requests import SignedInRequest
from recognition import services
from recognition.filters import HistoryFilter
from recognition.models import Correction, Prediction
from recognition.models.prediction import PredictionQuerySet
from recognition.pagination import neighbours
from recognition.pictures import picture_response, thumbnail_response

_NEIGHBOUR_NAMES = {
    "newest": ("Newer picture", "Older picture"),
    "oldest": ("Older picture", "Newer picture"),
    "surest": ("Surer answer", "Less sure answer"),
    "least-sure": ("Less sure answer", "Surer answer"),
}
"""Who stands before and after a picture in each order."""


@require_safe
@never_cache
@login_required
def result(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A picture and its answer. A filter in the address, as the history had it, decides who stands before and after."""
    prediction = _with_all(request.user).filter(pk=pk).first()
    if prediction is None:
        _refuse_unless_just_deleted(request, pk)
        return render(request, "recognition/result_deleted.html", {"ids": [pk]}, status=410)
    chosen = _filter_of(request)
    previous, following = neighbours(
        chosen.apply(Prediction.objects.owned_by(request.user)), order=chosen.order, of=prediction
    )
    context = _context(prediction) | {
        "previous": previous,
        "following": following,
        "neighbour_names": _NEIGHBOUR_NAMES[chosen.cleaned_data["sort"] or "newest"],
        "query": chosen.query,
    }
    return render(request, "recognition/result.html", context)


@require_safe
@never_cache
def progress(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The changing part of the result page; 204 while what the page shows (``seen``) is still so.

    Asked by the page itself, which can show no log-in form and no error page inside it: it is sent there as a whole.
    """
    page = reverse("recognition:result", args=[pk])
    if not request.user.is_authenticated:
        return HttpResponseClientRedirect(redirect_to_login(page).url)
    prediction = _with_all(request.user).filter(pk=pk).first()
    if prediction is None:
        return HttpResponseClientRefresh()
    context = _context(prediction)
    if request.GET.get("seen") == context["stage"]:
        return HttpResponse(status=204)
    return render(request, "recognition/progress.html", context | {"query": _filter_of(request).query})


@require_POST
@login_required
def answer(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """ "Was this right?": a ``label`` to note, or none to take back what was noted."""
    prediction = Prediction.objects.owned_by(request.user).filter(pk=pk).first()
    if prediction is None:
        _refuse_unless_just_deleted(request, pk)
        return redirect("recognition:result", pk)  # which says so, and offers it back
    label = request.POST.get("label", "")
    if not label:
        services.withdraw_correction(prediction=prediction, by=request.user)
    else:
        try:
            services.correct_prediction(prediction=prediction, by=request.user, label=label)
        except services.NotCorrectable as error:
            messages.error(request, str(error))
    query = _filter_of(request).query
    return redirect(f"{reverse('recognition:result', args=[pk])}{'?' if query else ''}{query}#answer")


@require_safe
@login_required
def picture(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    return picture_response(request, pk=pk, user=request.user)


@require_safe
@login_required
def thumbnail(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    return thumbnail_response(request, pk=pk, user=request.user)


def stage_of(prediction: Prediction) -> str:
    """What the result page shows just now: the state, or that it takes longer than usual."""
    return "delayed" if prediction.is_delayed else prediction.state


def _context(prediction: Prediction) -> dict[str, object]:
    return {"prediction": prediction, "stage": stage_of(prediction), "choices": Correction.LABELS}


def _with_all(user: User) -> PredictionQuerySet:
    return Prediction.objects.owned_by(user).select_related("model_version", "correction")


def _filter_of(request: SignedInRequest) -> HistoryFilter:
    """The filter in the address; a broken one is as good as none, as here it decides on no more than the neighbours."""
    chosen = HistoryFilter(request.GET)
    if not chosen.is_valid():
        chosen = HistoryFilter()
        chosen.is_valid()
    return chosen


def _refuse_unless_just_deleted(request: SignedInRequest, pk: UUID) -> None:
    """A picture that one has just deleted, here or in another tab, can be had back; of others nothing is said."""
    if not Prediction.objects.filter(owner=request.user, pk=pk).restorable().exists():
        raise Http404("There is no such picture.")
