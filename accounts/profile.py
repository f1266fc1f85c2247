"""The pages about oneself: profile, consent, own data, and leaving."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.archive import archive_of
from accounts.consents import TRAINING
from accounts.forms import DeleteAccountForm, ProfileForm
from accounts.models import Consent, User
from accounts.requests import SignedInRequest


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return _profile_page(request, ProfileForm(instance=request.user))
    # A row of its own: what is refused may not be shown as one's name in the header of the page that says so.
    form = ProfileForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return _profile_page(request, form, status=400)
    form.save()
    messages.success(request, "Your profile is saved.")
    return redirect("accounts:profile")


@login_required
def change_consent(request: SignedInRequest) -> HttpResponse:
    """Yes to the wording that the page showed, or no. A yes to a wording that has changed meanwhile does not count."""
    if request.method != "POST":
        return redirect("accounts:profile")
    if request.POST.get("answer") != "yes":
        Consent.withdraw(person=request.user)
        messages.success(request, "Your pictures are not used for training.")
    elif request.POST.get("text_version") == TRAINING.version:
        Consent.give(person=request.user)
        messages.success(request, "Thank you. Your pictures may be used for training, until you take it back here.")
    else:
        messages.warning(request, "The wording has changed. Please read it again.")
    return redirect("accounts:profile")


@login_required
def download_data(request: SignedInRequest) -> HttpResponseBase:
    """A form asks for it, not a link: so no other site can, and the limit counts it."""
    if request.method != "POST":
        return redirect("accounts:profile")
    too_many: HttpResponse | None = ratelimit.consume_or_429(request, action="download_data")
    if too_many:
        return too_many
    response = StreamingHttpResponse(archive_of(request.user), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="asl-alphabet-my-data.zip"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return _delete_page(request, DeleteAccountForm(user=request.user))
    too_many: HttpResponse | None = ratelimit.consume_or_429(request, action="delete_account")
    if too_many:
        return too_many
    form = DeleteAccountForm(request.POST, user=request.user)
    if not form.is_valid():
        return _delete_page(request, form, status=400)
    try:
        services.delete_account(user=request.user)
    except services.LastAdministrator as error:
        form.add_error(None, str(error))
        return _delete_page(request, form, status=409)
    logout(request)
    messages.success(request, "Your account is deleted, and all its pictures with it.")
    return redirect("recognition:home")


def _profile_page(request: SignedInRequest, form: ProfileForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "training": TRAINING,
        "consent": request.user.consents.in_force().first(),
        "past_consents": request.user.consents.exclude(withdrawn_at=None),
        "mail_is_sent": settings.MAIL_IS_SENT,
    }
    return render(request, "accounts/profile.html", context, status=status)


def _delete_page(request: SignedInRequest, form: DeleteAccountForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "pictures": request.user.predictions.count(), "tokens": request.user.api_tokens.count()}
    return render(request, "accounts/delete.html", context, status=status)
