"""Pages."""

from django.urls import path, re_path

from recognition import patterns
from recognition.views import (
    about,
    contact,
    datasets,
    history,
    home,
    result,
    review,
    statistics,
    training,
    upload,
    versions,
)

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
    path("datasets/", datasets.datasets, name="datasets"),
    path("datasets/<int:pk>/freeze/", datasets.freeze, name="dataset_freeze"),
    path("datasets/versions/<int:pk>/", datasets.version, name="dataset_version"),
    path("training/", training.training, name="training"),
    path("training/<int:pk>/", training.run, name="training_run"),
    path("training/<int:pk>/progress/", training.progress, name="training_progress"),
    path("training/<int:pk>/cancel/", training.cancel, name="training_cancel"),
    path("training/<int:pk>/retry/", training.retry, name="training_retry"),
    path("models/", versions.versions, name="versions"),
    path("models/<int:pk>/", versions.version, name="version"),
    path("models/<int:pk>/promote/", versions.promote, name="version_promote"),
    path("models/roll-back/", versions.roll_back, name="version_roll_back"),
    path("about/", about.about, name="about"),
    path("about/model/", about.model_card, name="model_card"),
    path("guide/", about.guide, name="guide"),
    path("contact/", contact.contact, name="contact"),
    path("patterns/", patterns.patterns, name="patterns"),
    path("patterns/result/<slug:slug>/", patterns.pattern_result, name="pattern_result"),
    path("patterns/statistics/<slug:slug>/", patterns.pattern_statistics, name="pattern_statistics"),
]
