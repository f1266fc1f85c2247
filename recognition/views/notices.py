"""Notices, which stand on top of the site's pages until they are dismissed."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.requests import SignedInRequest
from recognition.models import Notice
from recognition.numbers import number_of


@require_POST
@login_required
def dismiss(request: SignedInRequest, pk: int) -> HttpResponse:
    """Back to the page on which it stood. Others' notices are not found; one's own, dismissed twice, neither."""
    get_object_or_404(Notice, pk=pk, person=request.user).delete()
    return _back(request)


@require_POST
@login_required
def dismiss_all(request: SignedInRequest) -> HttpResponse:
    """One's own up to the newest that the page knew of: what has come since was not seen."""
    Notice.objects.filter(person=request.user, pk__lte=number_of(request.POST.get("newest", "")) or 0).delete()
    return _back(request)


def _back(request: SignedInRequest) -> HttpResponse:
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else "recognition:home")
