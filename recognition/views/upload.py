"""The upload page, and what becomes of the files that it sends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import SignedInRequest
from recognition import services
from recognition.forms import UploadForm
from recognition.models import Prediction
from recognition.uploads import read_upload, take_pictures
from worker.ml.images import FORMATS_IN_WORDS, ImageError

SESSION_EXPIRED = (
    "You were signed out before your pictures arrived, so none was kept. Sign in, then choose the files again."
)


@csrf_exempt  # so that the upload's limits stand before the check reads the body; `_receive` has the check
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def predict(request: SignedInRequest) -> HttpResponseBase:
    """The upload page. Who sends pictures without a session is told so before the pictures are read.

    The page's own script sends each file by itself and asks for JSON: what was accepted, and what refused and why.
    """
    if request.method == "POST":
        return receive_files(request, UploadForm, _receive, _upload_page, address=reverse("recognition:predict"))
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return _upload_page(request, UploadForm())


def receive_files(
    request: SignedInRequest,
    form_class: type[UploadForm],
    receive: Callable[[SignedInRequest], HttpResponseBase],
    page: Callable[..., HttpResponse],
    *,
    address: str,
) -> HttpResponseBase:
    """Have files received that were sent to ``address``, whose page shows forms. Who has no session is told so before
    they are read; ``receive`` is the first to read them."""
    if not request.user.is_authenticated:
        if asks_for_json(request):
            return JsonResponse({"detail": SESSION_EXPIRED}, status=401)
        messages.warning(request, SESSION_EXPIRED)
        return redirect_to_login(address)
    take_pictures(request, max_files=settings.MAX_FILES_PER_UPLOAD)
    try:
        return receive(request)
    except TooManyFilesSent:
        return refuse(request, form_class.of_too_many_files(), page)


@dataclass
class Received:
    """What became of the files of one upload."""

    accepted: list[Prediction] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    is_unavailable: bool = False

    @classmethod
    def from_files(
        cls,
        files: "list[UploadedFile[Any]]",
        *,
        owner: User,
        key: str,
        take: Callable[..., Prediction] | None = None,
    ) -> "Received":
        """Each file is judged on its own, and handed to ``take`` (``services.request_prediction`` unless given). Once
        the queue is away or the disk full, no more is tried."""
        received = cls()
        away: services.Unavailable | None = None
        for number, file in enumerate(files):
            name = services.clean_form_name(file.name or "")
            try:
                if away is not None:
                    raise away
                accepted = (take or services.request_prediction)(
                    owner=owner, data=read_upload(file), original_name=name, key=key and f"{key}:{number}"
                )
            except ImageError as error:
                received.refused.append((name, str(error)))
            except services.Unavailable as error:
                away = error
                received.refused.append((name, str(error)))
            else:
                received.accepted.append(accepted)
        received.is_unavailable = away is not None
        return received

    @property
    def status(self) -> int:
        return 201 if self.accepted else 503 if self.is_unavailable else 400

    def tell_when(self, response: HttpResponse) -> None:
        """Say in the response when to come again, if it was the queue or the disk that refused."""
        if self.is_unavailable:
            response["Retry-After"] = str(services.Unavailable.retry_after_seconds)


@csrf_protect
def _receive(request: SignedInRequest) -> HttpResponseBase:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return refuse(request, form, _upload_page)
    asked = form.cleaned_data
    received = Received.from_files(asked["images"], owner=request.user, key=asked["key"])
    if asks_for_json(request):
        return as_json(received)
    if not received.accepted:
        response = _upload_page(request, UploadForm(), status=received.status, refused=received.refused)
        received.tell_when(response)
        return response
    _tell(request, received)
    if len(received.accepted) == 1:
        return redirect("recognition:result", pk=received.accepted[0].pk)
    return redirect("recognition:history")


def asks_for_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def as_json(received: Received, *, onward: str = "") -> JsonResponse:
    """What became of the files, for the script that sent them: each accepted one with its page, or ``onward``."""
    accepted = [
        {
            "name": prediction.original_name,
            "address": onward or reverse("recognition:result", args=[prediction.pk]),
        }
        for prediction in received.accepted
    ]
    refused = [{"name": name, "detail": sentence} for name, sentence in received.refused]
    response = JsonResponse({"accepted": accepted, "refused": refused}, status=received.status)
    received.tell_when(response)
    return response


def refuse(request: HttpRequest, form: UploadForm, page: Callable[..., HttpResponse]) -> HttpResponse:
    """For a form that makes no sense as a whole: sentences for a script, the ``page`` with the form for a person."""
    if asks_for_json(request):
        sentences = [str(sentence) for errors in form.errors.values() for sentence in errors]
        return JsonResponse({"detail": " ".join(sentences)}, status=400)
    return page(request, form, status=400)


def _tell(request: HttpRequest, received: Received) -> None:
    """A summary for the page that comes next. One accepted picture alone needs none: its page is the answer."""
    if len(received.accepted) > 1:
        messages.success(request, f"{len(received.accepted)} pictures were accepted. Their letters appear below.")
    if received.refused:
        messages.warning(request, render_to_string("components/refused_files.html", {"refused": received.refused}))


def limits_in_words() -> dict[str, object]:
    """What the field for files tells of them."""
    return {
        "max_files": settings.MAX_FILES_PER_UPLOAD,
        "max_megabytes": settings.MAX_UPLOAD_BYTES / 1e6,
        "formats": FORMATS_IN_WORDS,
    }


def _upload_page(
    request: HttpRequest, form: UploadForm, *, status: int = 200, refused: list[tuple[str, str]] | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "refused": refused,
        **limits_in_words(),
    }
    return render(request, "recognition/predict.html", context, status=status)
