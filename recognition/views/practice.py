"""Practising letters and words before the camera, and what came of it."""

import json
from typing import Final

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from recognition import services
from recognition.charts import TimeChart
from recognition.letter_hands import HANDS_IN_WORDS, WORDS
from recognition.models import PracticeRound
from recognition.practice import recent_scores
from recognition.views.live import MAY_COMPILE_WEBASSEMBLY, browser_reads, reader_addresses
from worker.ml.labels import LETTERS

PAGE_SIZE: Final = 25
LIMITS: Final = {60: "1 minute", 120: "2 minutes", 300: "5 minutes", 0: "No limit"}


@require_safe
@never_cache
@login_required
@csp_update(MAY_COMPILE_WEBASSEMBLY)  # type: ignore[arg-type]  # it knows requests of anybody only
def practice(request: SignedInRequest) -> HttpResponse:
    config = {
        **reader_addresses(),
        "hands": static("hands/average.json"),
        "rounds": reverse("api-v1:practice-round-list"),
        "owner": request.user.pk,
        "signingHand": request.user.signing_hand,
        "scores": {label: [score.judged, score.right] for label, score in recent_scores(request.user).items()},
        "inWords": HANDS_IN_WORDS,
        "words": WORDS,
    }
    context = {"config": json.dumps(config), "browser_reads": browser_reads(), "limits": LIMITS}
    return render(request, "recognition/practice.html", context)


@require_safe
@never_cache
@login_required
def progress(request: SignedInRequest) -> HttpResponse:
    """Accuracy by letter, its course over weeks (of ``letter``, if one is named), and the rounds."""
    asked = request.GET.get("letter", "")
    letter = asked if asked in LETTERS else None
    found = services.practice_progress_of(owner=request.user, letter=letter)
    counted = PracticeRound.objects.owned_by(request.user).annotate(
        asked=Count("attempts"),
        skipped=Count("attempts", filter=Q(attempts__is_signed=False)),
        right=Count("attempts", filter=Q(attempts__is_right=True)),
        milliseconds=Sum("attempts__milliseconds"),
    )
    rounds = counted.order_by("-finished_at", "-pk")  # the model's own order is lost where rows are grouped
    context = {
        "progress": found,
        "letter": letter,
        "chart": TimeChart.of(found.periods),
        "page": Paginator(rounds, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "recognition/practice_progress.html", context)


@require_POST
@login_required
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    get_object_or_404(PracticeRound.objects.owned_by(request.user), pk=pk).delete()
    messages.success(request, "The round was deleted.")
    return redirect("recognition:practice_progress")
