"""A person's own model: record samples, have it made, see what it brings, switch it off, delete it."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.requests import SignedInRequest
from recognition.forms import SampleForm
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
from recognition.views.upload import Received, as_json, asks_for_json, limits_in_words, receive_files, refuse
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
    return receive_files(request, SampleForm, _receive, _page, address=reverse("recognition:personal"))


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
        return refuse(request, form, _page)
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
        received.tell_when(response)
        return response
    count = len(received.accepted)
    messages.success(
        request, f"{count} picture{'' if count == 1 else 's'} of {NAMES[label]} {'is' if count == 1 else 'are'} kept."
    )
    return redirect(onward)


def _page(request: SignedInRequest, form: SampleForm | None, *, status: int = 200) -> HttpResponse:
    overview = overview_of(request.user)
    wanted = request.GET.get("letter", "")
    label = wanted if wanted in LETTERS else overview.next_letter()
    form = form or SampleForm(initial={"label": label})
    context = _context(overview) | limits_in_words() | {"form": form}
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
