"""The live page: signing words to the camera. Hands are found and named in the browser, or else by the server."""

import json
from typing import Any, Final

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from recognition.models import LiveSession, ModelVersion
from worker import registry
from worker.ml.labels import NAMES

_ASSETS: Final = {
    "bundle": "vendor/tasks-vision/vision_bundle.mjs",
    "loader": "vendor/tasks-vision/wasm/vision_wasm_internal.js",
    "wasm": "vendor/tasks-vision/wasm/vision_wasm_internal.wasm",
    "hands": "vendor/hand_landmarker.task",
}
_WORDS: Final = "words/english.txt"
MAY_COMPILE_WEBASSEMBLY: Final = {"script-src": ["'self'", "'wasm-unsafe-eval'"]}  # and nothing else
_A_YEAR: Final = 365 * 24 * 3600


@require_safe
@never_cache
@login_required
@csp_update(MAY_COMPILE_WEBASSEMBLY)  # type: ignore[arg-type]  # it knows requests of anybody only
def live(request: SignedInRequest) -> HttpResponse:
    config = {
        **reader_addresses(),
        "sessions": reverse("api-v1:live-session-list"),
        "upload": reverse("recognition:predict"),
        "words": static(_WORDS),
    }
    context = {
        "config": json.dumps(config),
        "browser_reads": browser_reads(),
        "max_length": LiveSession.MAX_LENGTH,
    }
    return render(request, "recognition/live.html", context)


@require_safe
@never_cache
@login_required
def model(request: SignedInRequest) -> JsonResponse:
    """The version that is served now; where the browser finds its letter network, or null if it cannot read it."""
    version = ModelVersion.objects.active().first()
    return JsonResponse(
        {
            "name": version.name if version else None,
            "fingerprint": version.fingerprint if version else None,
            "network": reverse("recognition:live_network", args=[version.fingerprint])
            if version and registry.browser_network_of(version)
            else None,
        }
    )


@require_safe
@login_required
@cache_control(private=True, immutable=True, max_age=_A_YEAR)
def network(request: SignedInRequest, fingerprint: str) -> HttpResponseBase:
    """The letter network of a version. Its address names its contents, so that it is fetched once."""
    version = ModelVersion.objects.filter(fingerprint=fingerprint).first()
    path = registry.browser_network_of(version) if version else None
    if path is None:
        raise Http404("There is no such network.")
    return FileResponse(path.open("rb"), content_type="application/octet-stream")


def reader_addresses() -> dict[str, Any]:
    """What a page with a camera must know to read letters from it, in the browser or by the server."""
    return {
        "assets": browser_assets(),
        "names": NAMES,
        "model": reverse("recognition:live_model"),
        "frames": reverse("api-v1:frames"),
    }


def browser_reads() -> bool:
    """Whether browsers find and name hands here, so that no picture of the camera leaves them; else the server does."""
    version = ModelVersion.objects.active().first()
    return browser_assets() is not None and version is not None and registry.browser_network_of(version) is not None


def browser_assets() -> dict[str, str] | None:
    """Addresses of what the browser finds hands with; None where `make live` has not fetched it."""
    if not all(finders.find(name) for name in _ASSETS.values()):
        return None
    return {key: static(name) for key, name in _ASSETS.items()}
