"""The pages that mailed links lead to: allauth's, with an answer of our own to a link that no longer works.

A link that is used, too old or cut off stays so: 410 Gone tells programs what the page tells the person.
"""

from typing import Any

from allauth.account.views import ConfirmEmailView, PasswordResetFromKeyView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache


@method_decorator(never_cache, name="dispatch")
class NewPasswordView(PasswordResetFromKeyView):  # type: ignore[misc]  # allauth has no types
    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        if context.get("token_fail"):
            return _broken(self.request, "account_reset_password")
        response: HttpResponse = super().render_to_response(context, **options)
        return response


@method_decorator(never_cache, name="dispatch")
class ConfirmAddressView(ConfirmEmailView):  # type: ignore[misc]  # allauth has no types
    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().post(*args, **kwargs)
        except Http404:
            return _broken(self.request, "account_email")
        return response

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        if not context["confirmation"]:
            return _broken(self.request, "account_email")
        if not context["can_confirm"]:  # somebody else has confirmed the same address meanwhile
            options["status"] = 409
        response: HttpResponse = super().render_to_response(context, **options)
        return response


def _broken(request: HttpRequest, remedy: str) -> HttpResponse:
    """``remedy`` is the name of the page that sends another link."""
    return render(request, "accounts/broken_link.html", {"remedy": remedy}, status=410)
