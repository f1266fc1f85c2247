"""Authentication of REST clients by their API token."""

from typing import Final

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken, User

CHALLENGE: Final = 'Bearer realm="ASL Alphabet"'
"""What a 401 asks for (RFC 9110, WWW-Authenticate)."""


class ApiTokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer asl_...``; ``Token asl_...`` is taken too, as older clients write it."""

    schemes = (b"bearer", b"token")

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, key = get_authorization_header(request).partition(b" ")
        if scheme.lower() not in self.schemes:
            return None  # another authenticator's business
        try:
            digest = ApiToken.digest_of(key.strip().decode("ascii"))
        except UnicodeDecodeError:
            digest = ""
        token = ApiToken.objects.select_related("owner").filter(digest=digest).first()
        if token is None or not token.owner.is_active:
            raise AuthenticationFailed("This API token is not valid, or was revoked.")
        token.mark_used()
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        """With it, a request without credentials is answered 401 rather than 403."""
        return CHALLENGE
