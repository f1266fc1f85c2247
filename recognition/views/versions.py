"""Model versions: what each is, how it compares with the active one, and which of them serves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from recognition import gate, promotion, retraining
from recognition.documents import render_document
from recognition.lineage import lineage_of
from recognition.measured import measured
from recognition.models import ModelVersion
from recognition.numbers import number_of
from recognition.training_forms import CanaryForm, PromotionForm
from recognition.trial import trial_of
from worker import registry

may_see = permission_required("recognition.view_modelversion", raise_exception=True)
may_promote = permission_required("recognition.promote_models", raise_exception=True)
may_download = permission_required(
    ["recognition.view_modelversion", "recognition.download_models"], raise_exception=True
)


@require_safe
@never_cache
@login_required
@may_see
def versions(request: SignedInRequest) -> HttpResponse:
    active = ModelVersion.objects.active().select_related("replaced").first()
    canary = ModelVersion.objects.canary().first()
    context = {
        "versions": ModelVersion.objects.select_related("base"),
        "active": active,
        "trial": trial_of(canary) if canary else None,
    }
    return render(request, "recognition/versions.html", context)


@require_safe
@never_cache
@login_required
@may_see
def version(request: SignedInRequest, pk: int) -> HttpResponse:
    return _version_page(request, pk)


@require_safe
@never_cache
@login_required
@may_download
def download(request: SignedInRequest, pk: int, name: str) -> HttpResponseBase:
    """A file of the version, once it is found to be what was published; else the page says what is wrong with it."""
    try:
        file = registry.open_file(get_object_or_404(ModelVersion, pk=pk), name)
    except KeyError as error:
        raise Http404("This version has no such file.") from error
    except registry.Unservable as error:
        return _version_page(request, pk, refused=f"{name} was not sent: {error}", status=409)
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _version_page(request: SignedInRequest, pk: int, *, refused: str = "", status: int = 200) -> HttpResponse:
    found = get_object_or_404(ModelVersion.objects.select_related("base"), pk=pk)
    active = ModelVersion.objects.active().first()
    tables = found.comparison.get("tables", [])
    is_candidate = found.state == ModelVersion.State.CANDIDATE
    is_outdated = bool(found.comparison) and active is not None and found.comparison.get("against") != active.pk
    try:
        files, unservable = registry.files_of(found), ""
    except registry.Unservable as error:
        files, unservable = [], str(error)
    objections = gate.objections(found, active) if found != active else []
    context = {
        "version": found,
        "active": active,
        "objections": objections,
        "tables": [(gate.TITLES.get(table["name"], table["name"]), table) for table in tables if table["hands"]],
        "form": PromotionForm(initial={"instead_of": active.pk if active else None}, needs_reason=bool(objections)),
        "canary_form": CanaryForm(initial={"share": found.canary_share or 10}) if is_candidate else None,
        "trial": trial_of(found),
        "can_be_compared_again": is_outdated and found != active and found.made_by is not None,
        "lineage": lineage_of(found),
        "files": files,
        "unservable": unservable,
        "refused": refused,
        "measured": measured(found.metrics),
        "card": render_document(found.card) if found.card else None,
        "reports": [kind for kind in registry.REPORTS if registry.report_of(found, kind)],
    }
    return render(request, "recognition/version.html", context, status=status)


@require_POST
@login_required
@may_promote
def start_canary(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ModelVersion, pk=pk)
    form = CanaryForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"The trial was not begun: {form.errors.as_data()['share'][0].messages[0]}")
        return redirect("recognition:version", pk)
    try:
        promotion.start_canary(version=found, by=request.user, share=form.cleaned_data["share"])
    except promotion.Refused as error:
        messages.error(request, str(error))
        return redirect("recognition:version", pk)
    messages.success(request, f"{found} answers {form.cleaned_data['share']} % of the new pictures.")
    return redirect("recognition:versions")


@require_POST
@login_required
@may_promote
def end_canary(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ModelVersion, pk=pk)
    try:
        promotion.end_canary(version=found, by=request.user)
        messages.success(request, f"The trial of {found} is ended: the active version answers all pictures.")
    except promotion.Refused as error:
        messages.error(request, str(error))
    return redirect("recognition:version", pk)


@require_POST
@login_required
@may_promote
def compare_again(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ModelVersion, pk=pk)
    try:
        retraining.request_comparison(version=found, by=request.user)
        messages.success(request, "It is being compared with the active version. A notice tells you when that is done.")
    except retraining.Refused as error:
        messages.error(request, str(error))
    return redirect("recognition:version", pk)


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
    try:
        back = promotion.roll_back(by=request.user, version=number_of(request.POST.get("version", "")))
        messages.success(request, f"Rolled back: {back} is active again.")
    except promotion.Refused as error:
        messages.error(request, str(error))
    return redirect("recognition:versions")
