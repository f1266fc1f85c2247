"""A person's own model: record samples, have it made, see what it brings, switch it off, delete it."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import TooManyFilesSent
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.requests import SignedInRequest
from recognition import services
from recognition.forms import SampleForm, too_many_files
from recognition.personal import (
    ENOUGH,
    LETTERS,
    Overview,
    delete_personal_model,
    overview_of,
    record_sample,
    request_personal_model,
    switch_personal_model,
)
from recognition.uploads import limit_uploads
from recognition.views.upload import SESSION_EXPIRED, Received, as_json, asks_for_json
from worker.ml.images import FORMATS_IN_WORDS
from worker.ml.labels import NAMES


@require_safe
@never_cache
@login_required
def personal(request: SignedInRequest) -> HttpResponse:
    """The page; ``letter`` in the address chooses which is recorded next."""
    return _page(request, None)


@csrf_exempt  # so that the upload's limits stand before the check reads the body; `_receive` has the check
@require_POST
def samples(request: SignedInRequest) -> HttpResponseBase:
    """Take pictures of one letter. The page's own script sends each by itself and asks for JSON."""
    if not request.user.is_authenticated:
        if asks_for_json(request):
            return JsonResponse({"detail": SESSION_EXPIRED}, status=401)
        messages.warning(request, SESSION_EXPIRED)
        return redirect_to_login(reverse("recognition:personal"))
    limit_uploads(request, max_files=settings.MAX_FILES_PER_UPLOAD)
    try:
        return _receive(request)
    except TooManyFilesSent:
        form = SampleForm({}, MultiValueDict())
        form.errors.clear()
        form.errors["images"] = form.error_class([too_many_files()], field_id=form["images"].auto_id)
        return _refuse(request, form)


@require_safe
@never_cache
def progress(request: SignedInRequest) -> HttpResponse:
    """The page's changing part, which asks for itself while the model is being made."""
    if not request.user.is_authenticated:
        return HttpResponseClientRedirect(redirect_to_login(reverse("recognition:personal")).url)
    return render(request, "recognition/personal_state.html", _context(overview_of(request.user)))


@require_POST
@login_required
def make(request: SignedInRequest) -> HttpResponse:
    request_personal_model(owner=request.user)
    return redirect("recognition:personal")


@require_POST
@login_required
def switch(request: SignedInRequest) -> HttpResponse:
    is_on = request.POST.get("on") == "yes"
    if switch_personal_model(owner=request.user, is_on=is_on):
        words = (
            "on: it is used for your next pictures" if is_on else "off: your next pictures are read as everybody's are"
        )
        messages.success(request, f"Your own model is {words}.")
    return redirect("recognition:personal")


@require_POST
@login_required
def delete(request: SignedInRequest) -> HttpResponse:
    if delete_personal_model(owner=request.user):
        messages.success(request, "Your own model is deleted. Your pictures are still in your history.")
    return redirect("recognition:personal")


@csrf_protect
def _receive(request: SignedInRequest) -> HttpResponseBase:
    form = SampleForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refuse(request, form)
    asked = form.cleaned_data
    label = asked["label"]
    take = partial(record_sample, label=label)
    received = Received.from_files(asked["images"], owner=request.user, key=asked["key"], take=take)
    onward = f"{reverse('recognition:personal')}?letter={overview_of(request.user).next_letter(after=label)}#record"
    if asks_for_json(request):
        return as_json(received, onward=onward)
    if received.refused:
        messages.warning(request, render_to_string("components/refused_files.html", {"refused": received.refused}))
    if not received.accepted:
        response = _page(request, SampleForm(initial={"label": label}), status=received.status)
        if received.is_unavailable:
            response["Retry-After"] = str(services.Unavailable.retry_after_seconds)
        return response
    count = len(received.accepted)
    messages.success(
        request, f"{count} picture{'' if count == 1 else 's'} of {NAMES[label]} {'is' if count == 1 else 'are'} kept."
    )
    return redirect(onward)


def _refuse(request: SignedInRequest, form: SampleForm) -> HttpResponse:
    if asks_for_json(request):
        sentences = [str(sentence) for errors in form.errors.values() for sentence in errors]
        return JsonResponse({"detail": " ".join(sentences)}, status=400)
    return _page(request, form, status=400)


def _page(request: SignedInRequest, form: SampleForm | None, *, status: int = 200) -> HttpResponse:
    overview = overview_of(request.user)
    wanted = request.GET.get("letter", "")
    label = wanted if wanted in LETTERS else overview.next_letter()
    context = _context(overview) | {
        "form": form or SampleForm(initial={"label": label}),
        "max_files": settings.MAX_FILES_PER_UPLOAD,
        "max_megabytes": settings.MAX_UPLOAD_BYTES / 1e6,
        "formats": FORMATS_IN_WORDS,
    }
    return render(request, "recognition/personal.html", context, status=status)


def _context(overview: Overview) -> dict[str, object]:
    made = overview.personal
    figures = made.figures if made else {}
    return {
        "overview": overview,
        "personal": made,
        "figures": figures,
        "rows": [
            (NAMES[label], row["judged"], row["before"], row["after"])
            for label, row in figures.get("by_letter", {}).items()
        ],
        "enough": ENOUGH,
    }
