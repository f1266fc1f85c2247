"""The review queue: one picture after the other, by keys or by buttons, with scripts and without."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from recognition import review as reviewing
from recognition.models import Correction, Sample
from recognition.numbers import number_of
from recognition.pictures import file_response

may_review = permission_required("recognition.review_samples", raise_exception=True)
_GONE = "That picture was taken away meanwhile. Nothing was changed."


@require_safe
@never_cache
@login_required
@may_review
def review(request: SignedInRequest) -> HttpResponse:
    return _page(request)


@require_POST
@login_required
@may_review
def judge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note the answer; what is sent back is the next picture."""
    sample = Sample.objects.usable().select_related("prediction__correction").filter(pk=pk).first()
    if sample is None:
        return _without_it(request)
    try:
        judged = reviewing.judge_sample(
            sample=sample,
            by=request.user,
            answer=request.POST.get("answer", ""),
            alike=[one for text in request.POST.get("alike", "").split() if (one := number_of(text))],
        )
    except reviewing.NoSuchAnswer:
        return HttpResponseBadRequest("There is no such answer.")
    if request.htmx:
        return _page(request, judged=judged)
    if not judged.count:
        messages.info(request, judged.sentence)
        return _back(request)
    return _back(request, judged=sample.pk, alike=judged.count - 1)


@require_POST
@login_required
@may_review
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Undo one's last opinion; the picture comes again."""
    sample = Sample.objects.usable().filter(pk=pk).first()
    if sample is None:
        return _without_it(request)
    reviewing.take_back(sample=sample, by=request.user)
    if not request.htmx:
        return _back(request, sample=pk)
    return _page(request, first=pk)


@require_safe
@login_required
@may_review
def picture(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The picture of a sample, for reviewers alone and only while its owner's consent stands."""
    sample = get_object_or_404(Sample.objects.usable().select_related("prediction"), pk=pk)
    return file_response(request, sample.prediction.image, "image/jpeg", f"sample-{pk}.jpg")


def _without_it(request: SignedInRequest) -> HttpResponse:
    """Whoever sent the picture took it away, or their consent back, while it was looked at."""
    if request.htmx:
        return _page(request, sentence=_GONE)
    messages.info(request, _GONE)
    return _back(request)


def _back(request: SignedInRequest, **values: int) -> HttpResponse:
    return redirect(f"{reverse('recognition:review')}?{_query(request, **values)}")


def _page(
    request: SignedInRequest, *, judged: reviewing.Judged | None = None, first: int = 0, sentence: str = ""
) -> HttpResponse:
    flagged = request.GET.get("show") == "flagged"
    queue = reviewing.queue_of(request.user, flagged=flagged)
    chosen = first or number_of(request.GET.get("sample", ""))
    following = list(queue[:2])
    if chosen and (again := queue.filter(pk=chosen).first()):
        following = [again, *(one for one in following if one != again)]
    sample = following[0] if following else None
    judged = judged or _last_of(request)
    context: dict[str, Any] = {
        "sample": sample,
        "next": following[1] if len(following) > 1 else None,
        "waiting": queue.count(),
        "flagged": flagged,
        "last": judged.sample if judged else None,
        "sentence": sentence or (judged.sentence if judged else ""),
        "alike": reviewing.alike_of(sample, reviewer=request.user) if sample else [],
        "choices": Correction.LABELS,
    }
    return render(request, f"recognition/review{'_sample' if request.htmx else ''}.html", context)


def _last_of(request: SignedInRequest) -> reviewing.Judged | None:
    """What was judged just now, without scripts."""
    own = Sample.objects.usable().filter(opinions__reviewer=request.user)
    last = own.filter(pk=number_of(request.GET.get("judged", "")) or 0).distinct().first()
    alike = min(number_of(request.GET.get("alike", "")) or 0, reviewing.MOST_ALIKE)
    return reviewing.Judged(last, 1 + alike) if last else None


def _query(request: SignedInRequest, **values: int) -> str:
    shown = ["show=flagged"] if request.GET.get("show") == "flagged" else []
    return "&".join([*shown, *(f"{name}={value}" for name, value in values.items())])
