"""Pages."""

from django.urls import path, re_path

from recognition import patterns
from recognition.views import about, bench, contact, history, home, result, statistics, upload

app_name = "recognition"
urlpatterns = [
    path("", home.home, name="home"),
    path("predict/", upload.predict, name="predict"),
    path("history/", history.history, name="history"),
    path("history/delete/", history.delete, name="delete"),
    path("history/restore/", history.restore, name="restore"),
    re_path(r"^history/export\.(?P<kind>csv|json)$", history.export, name="export"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("predictions/<uuid:pk>/", result.result, name="result"),
    path("predictions/<uuid:pk>/progress/", result.progress, name="progress"),
    path("predictions/<uuid:pk>/answer/", result.answer, name="answer"),
    path("predictions/<uuid:pk>/picture/", result.picture, name="picture"),
    path("predictions/<uuid:pk>/thumbnail/", result.thumbnail, name="thumbnail"),
    path("bench/", bench.bench, name="bench"),
    path("bench/compare/", bench.compare, name="bench_compare"),
    path("bench/<int:pk>/report.<slug:kind>", bench.report, name="bench_report"),
    path("about/", about.about, name="about"),
    path("about/model/", about.model_card, name="model_card"),
    path("guide/", about.guide, name="guide"),
    path("contact/", contact.contact, name="contact"),
    path("patterns/", patterns.patterns, name="patterns"),
    path("patterns/result/<slug:slug>/", patterns.pattern_result, name="pattern_result"),
    path("patterns/statistics/<slug:slug>/", patterns.pattern_statistics, name="pattern_statistics"),
]
