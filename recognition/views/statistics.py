"""What one's pictures add up to."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from recognition import services
from recognition.charts import TimeChart
from recognition.statistics import SPANS, Statistics, Step

MISTAKES_SHOWN = 10


@require_safe
@never_cache
@login_required
def statistics(request: SignedInRequest) -> HttpResponse:
    """Letters, how right they were, and the course of time by day or week (``step``; weeks unless it is a day)."""
    asked = request.GET.get("step")
    step: Step = asked if asked in SPANS else "week"
    context = context_of(services.statistics_of(owner=request.user, step=step))
    return render(request, "recognition/statistics.html", context)


def context_of(found: Statistics) -> dict[str, Any]:
    """What the template needs."""
    return {
        "statistics": found,
        "chart": TimeChart.of(found.periods),
        "mistakes": found.mistakes[:MISTAKES_SHOWN],
        "most": max(row.count for row in found.labels),
        "steps": {"day": "By day", "week": "By week"},
    }
