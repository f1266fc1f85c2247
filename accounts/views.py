"""The account pages that are ours."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.forms import TokenForm
from accounts.models import ApiToken
from accounts.requests import SignedInRequest

NEW_KEY = "new_api_key"


@require_safe
@never_cache
@login_required
def tokens(request: SignedInRequest) -> HttpResponse:
    """The list, and once, right after its creation, a token's key."""
    return _token_page(request, TokenForm(), key=request.session.pop(NEW_KEY, None))


@login_required
def create_token(request: SignedInRequest) -> HttpResponse:
    """Redirects, so that reloading the page neither makes a second token nor shows the key again. A second click makes
    none either, and the page still shows the first one's key.

    Who had to sign in first comes here without the form, and is led to the page that has it.
    """
    if request.method != "POST":
        return redirect("accounts:tokens")
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _token_page(request, form, status=400)
    asked = form.cleaned_data["name"]
    if not ApiToken.was_just_issued(owner=request.user, name=asked):
        _token, request.session[NEW_KEY] = ApiToken.issue(owner=request.user, name=asked)
    return redirect("accounts:tokens")


@login_required
def revoke_token(request: SignedInRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("accounts:tokens")
    token = get_object_or_404(ApiToken, pk=pk, owner=request.user)
    token.delete()
    messages.success(request, f"The token “{token.name}” is revoked. Programs that use it are refused from now on.")
    return redirect("accounts:tokens")


def _token_page(
    request: SignedInRequest, form: TokenForm, *, key: str | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "new_key": key, "tokens": request.user.api_tokens.all()}
    return render(request, "accounts/tokens.html", context, status=status)
