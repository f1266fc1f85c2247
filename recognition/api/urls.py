"""REST v1."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from recognition.api.account import ExportView, StatisticsView
from recognition.api.frames import FrameView
from recognition.api.live_sessions import LiveSessionViewSet
from recognition.api.personal import PersonalModelView
from recognition.api.practice import PracticeRoundViewSet
from recognition.api.predictions import PredictionViewSet
from recognition.api.problems import unknown_path
from recognition.api.schema import RedocView, SwaggerView
from recognition.api.tokens import TokenViewSet
from recognition.api.training import TrainingRunViewSet

router = SimpleRouter(use_regex_path=False)
router.register("predictions", PredictionViewSet, basename="prediction")
router.register("live-sessions", LiveSessionViewSet, basename="live-session")
router.register("practice-rounds", PracticeRoundViewSet, basename="practice-round")
router.register("tokens", TokenViewSet, basename="token")
router.register("training-runs", TrainingRunViewSet, basename="training-run")

v1: tuple[list[URLPattern | URLResolver], str] = (
    [
        path("", include(router.urls)),
        path("frames/", FrameView.as_view(), name="frames"),
        path("export/", ExportView.as_view(), name="export"),
        path("personal-model/", PersonalModelView.as_view(), name="personal-model"),
        path("statistics/", StatisticsView.as_view(), name="statistics"),
        path("schema/", SpectacularAPIView.as_view(), name="schema"),
        path("docs/", SwaggerView.as_view(url_name="api-v1:schema"), name="docs"),
        path("redoc/", RedocView.as_view(url_name="api-v1:schema"), name="redoc"),
    ],
    "api-v1",
)

urlpatterns = [
    path("v1/", include(v1)),
    re_path("", unknown_path),
]
