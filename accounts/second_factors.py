"""Secrets of second factors at rest: whoever reads the database alone can make no codes.

They are encrypted with a key derived from ``SECRET_KEY``, which lies outside the database. What was kept plain, or was
encrypted with a key of ``SECRET_KEY_FALLBACKS``, is read too, and encrypted anew when the site starts.
"""

import base64
import logging
from typing import Any

from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.shortcuts import render

logger = logging.getLogger(__name__)

_MARK = "fernet:"  # no plain secret has a colon: they are Base32 or hexadecimal
_SECRETS = {"secret", "seed"}  # of an authenticator app, and of recovery codes


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; where it cannot be read nobody is let in, and the log tells the operator what to do."""
        try:
            return decrypt(encrypted_text)
        except InvalidToken as error:
            logger.error("A second factor cannot be read: it was encrypted with a SECRET_KEY that is not known here")
            page = render(context.request, "accounts/unreadable_factor.html", status=503)
            raise ImmediateHttpResponse(page) from error

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Whom a passkey is for, as the browser's dialog names it."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.SITE_NAME}


def encrypt(text: str) -> str:
    return _MARK + _keys().encrypt(text.encode()).decode()


def decrypt(kept: str) -> str:
    """Raises :class:`cryptography.fernet.InvalidToken` if neither ``SECRET_KEY`` nor a fallback fits."""
    if not kept.startswith(_MARK):
        return kept
    return _keys().decrypt(kept.removeprefix(_MARK).encode()).decode()


def encrypt_anew() -> int:
    """Bring all that is kept to the ``SECRET_KEY`` of now; returns how many changed. What no key fits is left alone."""
    changed = 0
    for pk in Authenticator.objects.values_list("pk", flat=True):
        with transaction.atomic():
            kept = Authenticator.objects.select_for_update().filter(pk=pk).first()
            data = kept and _encrypted_anew(kept.data)
            if data:
                Authenticator.objects.filter(pk=pk).update(data=data)
                changed += 1
    return changed


def _encrypted_anew(data: dict[str, Any]) -> dict[str, Any] | None:
    """With its secret under the key of now; ``None`` if there is nothing to change."""
    stale = {name for name in _SECRETS & data.keys() if not _is_current(data[name])}
    try:
        return data | {name: encrypt(decrypt(data[name])) for name in stale} if stale else None
    except InvalidToken:
        return None


def _is_current(kept: str) -> bool:
    try:
        _key(settings.SECRET_KEY).decrypt(kept.removeprefix(_MARK).encode())
    except InvalidToken:
        return False
    return True


def _keys() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    """HKDF (RFC 5869), so that this key tells nothing of the one that signs sessions."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"accounts.second_factors").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
