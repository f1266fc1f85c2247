"""Data sets and their frozen versions."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import SignedInRequest
from recognition import imports, retraining
from recognition.models import Dataset, DatasetImport, DatasetVersion, ModelVersion, Sample
from recognition.services import StorageFull
from recognition.training_forms import NO_ROOM, DatasetForm, ImportForm
from recognition.uploads import take_files
from worker.ml.labels import LABELS
from worker.ml.manifest import UNKNOWN_SIGNER, Manifest, ManifestError

_PICTURES_A_PAGE = 100
may_train = permission_required("recognition.train_models", raise_exception=True)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@may_train
def datasets(request: SignedInRequest) -> HttpResponse:
    form = DatasetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.instance.created_by = request.user
        form.save()
        messages.success(request, f"The data set {form.instance} is made. Freeze a version of it to train on.")
        return redirect("recognition:datasets")
    return _list_page(request, form, ImportForm())


@csrf_exempt  # so that its sender is judged before the check reads the body; `_receive` has the check
@require_POST
@login_required
@may_train
def upload(request: SignedInRequest) -> HttpResponse:
    """Take a zip file; the queue reads it."""
    take_files(request)
    return _receive(request)


@csrf_protect
def _receive(request: SignedInRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, DatasetForm(), form)
    try:
        imports.request_import(upload=form.save(commit=False), by=request.user)
    except StorageFull:
        form.add_error("archive", NO_ROOM)
        return _list_page(request, DatasetForm(), form, status=503)
    return redirect("recognition:dataset_import", form.instance.pk)


@require_safe
@never_cache
@login_required
@may_train
def follow_import(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far an import is, and its report. What the page asks for by itself is its changing part."""
    found = get_object_or_404(DatasetImport.objects.select_related("dataset"), pk=pk)
    name = "dataset_import_progress" if request.htmx else "dataset_import"
    return render(request, f"recognition/{name}.html", {"upload": found})


def _list_page(
    request: SignedInRequest, form: DatasetForm, upload_form: ImportForm, *, status: int | None = None
) -> HttpResponse:
    """The page; unless ``status`` says otherwise, 400 where a form has errors."""
    context = {
        "form": form,
        "upload_form": upload_form,
        "datasets": Dataset.objects.prefetch_related("versions", "imports"),
        "accepted": Sample.objects.accepted().usable().count(),
    }
    status = status or (400 if form.errors or upload_form.errors else 200)
    return render(request, "recognition/datasets.html", context, status=status)


@require_POST
@login_required
@may_train
def freeze(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        version = retraining.freeze_dataset(dataset=get_object_or_404(Dataset, pk=pk), by=request.user)
    except retraining.Refused as error:
        messages.error(request, str(error))
        return redirect("recognition:datasets")
    return redirect("recognition:dataset_version", version.pk)


@require_safe
@never_cache
@login_required
@may_train
def version(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its balance, who has left it, and which model versions had learnt from it."""
    versions = DatasetVersion.objects.counting_present().select_related("dataset", "created_by")
    found = get_object_or_404(versions, pk=pk)
    signers = {signer: sum(counts.values()) for signer, counts in found.by_signer.items()}
    most = max(found.by_class.values(), default=0) or 1
    context = {
        "version": found,
        "classes": [(label, found.by_class.get(label, 0), found.by_class.get(label, 0) / most) for label in LABELS],
        "signers": list(signers.items()),
        "refused": retraining.why_not_trained_on(found),
        "unknown": signers.get(UNKNOWN_SIGNER, 0),
        "models": ModelVersion.objects.filter(training_runs__data=found).distinct(),
        "runs": found.training_runs.all(),
    }
    return render(request, "recognition/dataset_version.html", context)


@require_safe
@never_cache
@login_required
@may_train
def pictures(request: SignedInRequest, pk: int) -> HttpResponse:
    """Which of the site's pictures are in it, by what they were frozen as; those that have left are in no list."""
    found = get_object_or_404(DatasetVersion.objects.select_related("dataset"), pk=pk)
    samples = found.samples.usable().select_related("prediction__correction").order_by("pk")
    page = Paginator(samples, _PICTURES_A_PAGE).get_page(request.GET.get("page"))
    try:
        labels, unreadable = {entry.path: entry.label for entry in Manifest.load(found.manifest_path).entries}, ""
    except ManifestError as error:
        labels, unreadable = {}, str(error)
    rows = [(sample, labels.get(str(sample.prediction.image.name), "")) for sample in page]
    context = {"version": found, "page": page, "rows": rows, "unreadable": unreadable}
    return render(request, "recognition/dataset_pictures.html", context)
