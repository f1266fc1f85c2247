"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from worker.ml.labels import LABELS


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "recognition/home.html", {"answers": LABELS})
