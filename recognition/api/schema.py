"""The OpenAPI schema, the words that its operations share, and two pages on it from our own origin."""

from typing import Any

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

from recognition.api.problems import MEDIA_TYPE, NONE_OF_YOURS
from recognition.api.serializers import ProblemSerializer

BAD_REQUEST = {"_400": "Something in the request is wrong or unknown; `errors` names it."}
NOT_SIGNED_IN = {"_401": "No credentials, or wrong ones."}
NO_CSRF = {"_403": "A session without its CSRF token."}
NOT_FOUND = {"_404": NONE_OF_YOURS}
NO_LENGTH = {"_411": "A body without Content-Length."}
NOT_JSON = {**NO_LENGTH, "_413": "The body is too large.", "_415": "Not application/json."}
TOO_MANY = {"_429": "Too many requests; come again after Retry-After."}


def problems(*several: dict[str, str], **meanings: str) -> dict[Any, Any]:
    """Error responses for the schema, given as ``_404="Which means this."``. Every operation has 401, 406 and 429."""
    together: dict[str, str] = {**NOT_SIGNED_IN, "_406": "Only application/json is given.", **TOO_MANY}
    for one in (*several, meanings):
        together |= one
    return {
        (int(code.removeprefix("_")), MEDIA_TYPE): OpenApiResponse(ProblemSerializer, description=meaning)
        for code, meaning in sorted(together.items())
    }


class ApiTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.ApiTokenAuthentication"
    name = "apiToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "asl_..."}


_INLINE_STYLES = {"style-src": ["'self'", "'unsafe-inline'"]}


@method_decorator(csp_update(_INLINE_STYLES), name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    """Its script is a request of its own; only Swagger's own styles need leave to be inline."""

    template_name = "api/swagger.html"


@method_decorator(csp_update({**_INLINE_STYLES, "worker-src": ["'self'", "blob:"]}), name="dispatch")
class RedocView(SpectacularRedocView):
    """The same to read: Redoc, which searches in a worker that it makes itself."""

    template_name = "api/redoc.html"
