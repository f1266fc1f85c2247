"""Training runs: start, follow, cancel, retry, clone."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.requests import SignedInRequest
from recognition import retraining
from recognition.charts import Curve
from recognition.models import ModelVersion, TrainingRun
from recognition.numbers import number_of
from recognition.recipe_words import settings_in_words
from recognition.training_forms import TrainingForm
from recognition.views.datasets import may_train
from worker.ml.lessons import RetrainingConfig
from worker.ml.recipes import settings_of

_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@may_train
def training(request: SignedInRequest) -> HttpResponse:
    """All runs, and a form for the next one: with the settings of another (``clone``), if that is asked for."""
    if request.method != "POST":
        return _list_page(request, TrainingForm(initial=_cloned(request)))
    form = TrainingForm(request.POST)
    if not form.is_valid():
        return _list_page(request, form, status=400)
    try:
        run = retraining.request_training(data=form.cleaned_data["version"], by=request.user, config=form.recipe)
    except retraining.Refused as error:
        form.add_error(None, str(error))
        return _list_page(request, form, status=409)
    return redirect("recognition:training_run", run.pk)


@require_safe
@never_cache
@login_required
@may_train
def run(request: SignedInRequest, pk: int) -> HttpResponse:
    return render(request, "recognition/training_run.html", _context(_run(pk)))


@require_safe
@never_cache
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """The run's changing part, for the page that asks for it."""
    if not request.user.is_authenticated:
        return HttpResponseClientRedirect(redirect_to_login(reverse("recognition:training_run", args=[pk])).url)
    return _progress(request, pk)


@require_POST
@login_required
@may_train
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        retraining.cancel_training(run=_run(pk))
    except retraining.Refused as error:
        messages.error(request, str(error))
    return redirect("recognition:training_run", pk)


@require_POST
@login_required
@may_train
def retry(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        again = retraining.retry_training(run=_run(pk), by=request.user)
    except retraining.Refused as error:
        messages.error(request, str(error))
        return redirect("recognition:training_run", pk)
    return redirect("recognition:training_run", again.pk)


@may_train
def _progress(request: SignedInRequest, pk: int) -> HttpResponse:
    return render(request, "recognition/training_progress.html", _context(_run(pk)))


def _run(pk: int) -> TrainingRun:
    return get_object_or_404(
        TrainingRun.objects.select_related("data__dataset", "base", "model_version", "asked_by"), pk=pk
    )


def _context(found: TrainingRun) -> dict[str, Any]:
    history = found.history
    return {
        "run": found,
        "settings": settings_in_words(asdict(found.recipe)),  # PostgreSQL keeps them in an order of its own
        "estimate": retraining.estimated_seconds(found.recipe, found.data)
        if found.state == found.State.QUEUED
        else None,
        "curves": [
            Curve.of("loss", [one["loss"] for one in history], found.epochs),
            Curve.of("accuracy", [one["accuracy"] for one in history if one["accuracy"] is not None], found.epochs),
        ],
        "log_tail": "\n".join(found.log.splitlines()[-12:]),
    }


def _cloned(request: SignedInRequest) -> dict[str, Any]:
    number = number_of(request.GET.get("clone", ""))
    other = TrainingRun.objects.filter(pk=number).first() if number is not None else None
    return (
        {**settings_of(other.recipe), "preset": other.preset, "version": other.data_id}
        if other
        else {"version": number_of(request.GET.get("version", ""))}
    )


def _list_page(request: SignedInRequest, form: TrainingForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "runs": TrainingRun.objects.select_related("data__dataset", "model_version", "asked_by")[:_SHOWN],
        "active": ModelVersion.objects.active().first(),
        "has_data": form.offered > 0,
        "estimate": retraining.estimated_seconds(RetrainingConfig()),
    }
    return render(request, "recognition/training.html", context, status=status)
