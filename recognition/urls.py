"""Pages."""

from django.urls import path, re_path

from recognition import patterns
from recognition.views import about, contact, history, home, result, review, statistics, upload

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
    path("review/", review.review, name="review"),
    path("review/<int:pk>/", review.judge, name="review_judge"),
    path("review/<int:pk>/take-back/", review.take_back, name="review_take_back"),
    path("review/<int:pk>/picture/", review.picture, name="review_picture"),
    path("about/", about.about, name="about"),
    path("about/model/", about.model_card, name="model_card"),
    path("guide/", about.guide, name="guide"),
    path("contact/", contact.contact, name="contact"),
    path("patterns/", patterns.patterns, name="patterns"),
    path("patterns/result/<slug:slug>/", patterns.pattern_result, name="pattern_result"),
    path("patterns/statistics/<slug:slug>/", patterns.pattern_statistics, name="pattern_statistics"),
]
