"""What allauth asks of this site."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from accounts.templatetags.moments import in_utc

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": "Too many failed attempts. Wait five minutes, then try again.",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away is told in words; nobody is led to wait for a mail that was never sent."""
        site = RequestSite(self.request)
        site.name = settings.SITE_NAME  # mails greet from the site, not from its host and port
        try:
            super().send_mail(template_prefix, email, {"current_site": site, **context})
        except (OSError, SMTPException) as error:
            logger.exception("The mail %s could not be sent", template_prefix)
            raise ImmediateHttpResponse(render(self.request, "accounts/mail_failed.html", status=503)) from error

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """That a password or a second factor has changed. What it tells of has happened, mail or no mail."""
        changed = {"timestamp": in_utc(timezone.now()), **(context or {})}
        if "to_email" in changed and changed["to_email"] == changed["from_email"]:
            return  # the primary address was made primary
        try:
            super().send_notification_mail(template_prefix, user, changed, email)
        except ImmediateHttpResponse:
            return

    def respond_email_verification_sent(self, request: HttpRequest, user: User | None) -> HttpResponseBase:
        """Nobody without an address is told to look for a mail."""
        if user is not None and not EmailAddress.objects.filter(user=user).exists():
            return render(request, "accounts/no_address.html", status=403)
        response: HttpResponseBase = super().respond_email_verification_sent(request, user)
        return response
