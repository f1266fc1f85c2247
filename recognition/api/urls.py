"""REST v1."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from recognition.api.schema import SwaggerView
from recognition.api.views import PredictionViewSet, unknown_path

router = SimpleRouter(use_regex_path=False)
router.register("predictions", PredictionViewSet, basename="prediction")

v1: tuple[list[URLPattern | URLResolver], str] = (
    [
        path("", include(router.urls)),
        path("schema/", SpectacularAPIView.as_view(), name="schema"),
        path("docs/", SwaggerView.as_view(url_name="api-v1:schema"), name="docs"),
    ],
    "api-v1",
)

urlpatterns = [
    path("v1/", include(v1)),
    re_path("", unknown_path),
]
