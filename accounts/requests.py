"""The type of a request behind ``login_required``."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class SignedInRequest(HttpRequest):
    """For annotations only: what a view can rely on once it has checked that somebody is signed in."""

    user: User
    htmx: HtmxDetails
