"""How much one client may ask for."""

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.exceptions import SuspiciousOperation
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from recognition.api.parsers import FormTooLarge, require_length

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module, by its name in the settings


class ClientThrottle(BaseThrottle):
    """Counts requests by person, or by address where there is none, in windows of the clock.

    One counter that every web process adds to: REST framework's own throttle reads a list and writes it back, and two
    processes that do so at once lose one of two requests.
    """

    def __init__(self) -> None:
        self._wait_seconds = 1.0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        user = request.user
        scope = "user" if user is not None and user.is_authenticated else "anonymous"
        client = user.pk if scope == "user" and user is not None else self.get_ident(request)
        most, seconds = settings.API_RATES[scope]
        now = time.time()
        self._wait_seconds = seconds - now % seconds
        return self._count(f"api:{scope}:{client}:{int(now // seconds)}", seconds) <= most

    def wait(self) -> float:
        return float(math.ceil(self._wait_seconds))

    @staticmethod
    def _count(key: str, seconds: int) -> int:
        cache.add(key, 0, timeout=seconds + 1)
        with suppress(ValueError):  # it was thrown out between the two lines: begin anew
            return int(cache.incr(key))
        return 1


class CountedFirst:
    """For views: counts before it judges, so that guesses at tokens are limited too; then asks for a body's length."""

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)  # type: ignore[misc]
        except SuspiciousOperation as error:
            if isinstance(error, FormTooLarge):
                request.user = AnonymousUser()  # the CSRF check read a form, and cannot do so again
            raise
        finally:
            super().check_throttles(request)  # type: ignore[misc]
        require_length(request)

    def check_throttles(self, request: Request) -> None:
        """Done already."""
