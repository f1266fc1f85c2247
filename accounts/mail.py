"""Pages that make sense only where mail is sent."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def needs_mail(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Where no mail server is configured, the page says so, and what to do instead."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.MAIL_IS_SENT:
            return render(request, "accounts/no_mail.html")
        return view(request, *args, **kwargs)

    return page
