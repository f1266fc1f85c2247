"""Pages: each view parses, calls one thing, renders."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from accounts.models import User
from accounts.requests import SignedInRequest
from recognition import services
from recognition.forms import UploadForm, too_many_files
from recognition.models import Prediction
from recognition.models.prediction import PredictionQuerySet
from recognition.pictures import picture_response
from recognition.uploads import limit_uploads, read_upload
from worker.ml.images import FORMATS_IN_WORDS, ImageError
from worker.ml.labels import LABELS

PAGE_SIZE = 24
SESSION_EXPIRED = (
    "You were signed out before your pictures arrived, so none was kept. Sign in, then choose the files again."
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "recognition/home.html", {"answers": LABELS})


@csrf_exempt  # so that the upload's limits stand before the check reads the body; `_receive` has the check
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def predict(request: SignedInRequest) -> HttpResponseBase:
    """The upload page. Who sends pictures without a session is told so before the pictures are read."""
    if request.method == "POST":
        if not request.user.is_authenticated:
            messages.warning(request, SESSION_EXPIRED)
            return redirect_to_login(reverse("recognition:predict"))
        limit_uploads(request, max_files=settings.MAX_FILES_PER_UPLOAD)
        try:
            return _receive(request)
        except TooManyFilesSent:
            form = UploadForm({}, MultiValueDict())
            form.errors["images"] = form.error_class([too_many_files()], field_id=form["images"].auto_id)
            return _upload_page(request, form, status=400)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return _upload_page(request, UploadForm())


@require_safe
@never_cache
@login_required
def result(request: SignedInRequest, pk: UUID) -> HttpResponse:
    prediction = get_object_or_404(_with_model(request.user), pk=pk)
    return render(request, "recognition/result.html", {"prediction": prediction, "stage": _stage(prediction)})


@require_safe
@never_cache
def progress(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The changing part of the result page; 204 while what the page shows (``seen``) is still so.

    Asked by the page itself, which can show no log-in form and no error page inside it: it is sent there as a whole.
    """
    page = reverse("recognition:result", args=[pk])
    if not request.user.is_authenticated:
        return HttpResponseClientRedirect(redirect_to_login(page).url)
    prediction = _with_model(request.user).filter(pk=pk).first()
    if prediction is None:
        return HttpResponseClientRefresh()
    stage = _stage(prediction)
    if request.GET.get("seen") == stage:
        return HttpResponse(status=204)
    return render(request, "recognition/progress.html", {"prediction": prediction, "stage": stage})


@require_safe
@login_required
def picture(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    return picture_response(request, pk=pk, user=request.user)


@require_safe
@never_cache
@vary_on_headers("HX-Request")
def history(request: SignedInRequest) -> HttpResponse:
    """Own predictions, newest first. While some are unfinished the page asks for news of its list (``seen``)."""
    if not request.user.is_authenticated:
        to_login = redirect_to_login(request.get_full_path())
        return HttpResponseClientRedirect(to_login.url) if request.htmx else to_login
    page = Paginator(Prediction.objects.owned_by(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    states = [prediction.state for prediction in page]
    queued, running = states.count(Prediction.State.QUEUED), states.count(Prediction.State.RUNNING)
    seen = f"{page.paginator.count}.{queued}.{running}"
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    template = "recognition/history_list.html" if request.htmx else "recognition/history.html"
    return render(request, template, {"page": page, "unfinished": queued + running, "seen": seen})


@dataclass
class Received:
    """What became of the files of one upload."""

    accepted: list[Prediction] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    queue_is_away: bool = False

    @classmethod
    def from_files(cls, files: "list[UploadedFile[Any]]", *, owner: User) -> "Received":
        """Each file is judged on its own. Once the queue is away, the rest is refused without trying."""
        received = cls()
        away: services.QueueUnavailable | None = None
        for file in files:
            name = services.clean_name(file.name or "")
            try:
                if away is not None:
                    raise away
                accepted = services.request_prediction(owner=owner, data=read_upload(file), original_name=name)
            except ImageError as error:
                received.refused.append((name, str(error)))
            except services.QueueUnavailable as error:
                away = error
                received.refused.append((name, str(error)))
            else:
                received.accepted.append(accepted)
        received.queue_is_away = away is not None
        return received


@csrf_protect
def _receive(request: SignedInRequest) -> HttpResponseBase:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload_page(request, form, status=400)
    received = Received.from_files(form.cleaned_data["images"], owner=request.user)
    if not received.accepted:
        response = _upload_page(
            request, UploadForm(), status=503 if received.queue_is_away else 400, refused=received.refused
        )
        if received.queue_is_away:
            response["Retry-After"] = str(services.QueueUnavailable.retry_after_seconds)
        return response
    _tell(request, received)
    if len(received.accepted) == 1:
        return redirect("recognition:result", pk=received.accepted[0].pk)
    return redirect("recognition:history")


def _tell(request: HttpRequest, received: Received) -> None:
    """A summary for the page that comes next. One accepted picture alone needs none: its page is the answer."""
    if len(received.accepted) > 1:
        messages.success(request, f"{len(received.accepted)} pictures were accepted. Their letters appear below.")
    if received.refused:
        messages.warning(request, render_to_string("components/refused_files.html", {"refused": received.refused}))


def _upload_page(
    request: HttpRequest, form: UploadForm, *, status: int = 200, refused: list[tuple[str, str]] | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "refused": refused,
        "max_files": settings.MAX_FILES_PER_UPLOAD,
        "max_megabytes": settings.MAX_UPLOAD_BYTES / 1e6,
        "formats": FORMATS_IN_WORDS,
    }
    return render(request, "recognition/predict.html", context, status=status)


def _with_model(user: User) -> PredictionQuerySet:
    return Prediction.objects.owned_by(user).select_related("model_version")


def _stage(prediction: Prediction) -> str:
    """What the result page shows just now: the state, or that it takes longer than usual."""
    return "delayed" if prediction.is_delayed else prediction.state
