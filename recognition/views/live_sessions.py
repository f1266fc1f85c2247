"""Texts that were signed to the camera and saved."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from recognition.models import LiveSession

PAGE_SIZE = 25


@require_safe
@never_cache
@login_required
def live_sessions(request: SignedInRequest) -> HttpResponse:
    owned = LiveSession.objects.owned_by(request.user).defer("signs")
    page = Paginator(owned, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "recognition/live_sessions.html", {"page": page})


@require_safe
@never_cache
@login_required
def live_session(request: SignedInRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(LiveSession.objects.owned_by(request.user), pk=pk)
    return render(request, "recognition/live_session.html", {"session": session})


@require_POST
@login_required
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    get_object_or_404(LiveSession.objects.owned_by(request.user), pk=pk).delete()
    messages.success(request, "The text was deleted.")
    return redirect("recognition:live_sessions")
