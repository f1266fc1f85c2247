"""Model versions: how each compares with the active one, and which of them serves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from recognition import gate, promotion
from recognition.models import ModelVersion
from recognition.training_forms import PromotionForm

may_see = permission_required("recognition.view_modelversion", raise_exception=True)
may_promote = permission_required("recognition.promote_models", raise_exception=True)


@require_safe
@never_cache
@login_required
@may_see
def versions(request: SignedInRequest) -> HttpResponse:
    active = ModelVersion.objects.active().select_related("replaced").first()
    context = {"versions": ModelVersion.objects.select_related("base"), "active": active}
    return render(request, "recognition/versions.html", context)


@require_safe
@never_cache
@login_required
@may_see
def version(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ModelVersion.objects.select_related("base"), pk=pk)
    active = ModelVersion.objects.active().first()
    tables = found.comparison.get("tables", [])
    context = {
        "version": found,
        "active": active,
        "objections": gate.objections(found, active) if found != active else [],
        "tables": [(gate.TITLES.get(table["name"], table["name"]), table) for table in tables if table["hands"]],
        "runs": found.training_runs.select_related("data__dataset"),
        "form": PromotionForm(initial={"instead_of": active.pk if active else None}),
    }
    return render(request, "recognition/version.html", context)


@require_POST
@login_required
@may_promote
def promote(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ModelVersion, pk=pk)
    form = PromotionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The reason is too long, or the page is broken. Nothing was changed.")
        return redirect("recognition:version", pk)
    try:
        promotion.promote_version(version=found, by=request.user, **form.cleaned_data)
    except promotion.Refused as error:
        messages.error(request, str(error))
        return redirect("recognition:version", pk)
    messages.success(request, f"{found} is active: workers use it from their next picture.")
    return redirect("recognition:versions")


@require_POST
@login_required
@may_promote
def roll_back(request: SignedInRequest) -> HttpResponse:
    seen = request.POST.get("version", "")
    try:
        back = promotion.roll_back(by=request.user, version=int(seen) if seen.isascii() and seen.isdigit() else None)
        messages.success(request, f"Rolled back: {back} is active again.")
    except promotion.Refused as error:
        messages.error(request, str(error))
    return redirect("recognition:versions")
