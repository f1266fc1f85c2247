"""Pages."""

from django.urls import path

from recognition import patterns, views

app_name = "recognition"
urlpatterns = [
    path("", views.home, name="home"),
    path("predict/", views.predict, name="predict"),
    path("history/", views.history, name="history"),
    path("predictions/<uuid:pk>/", views.result, name="result"),
    path("predictions/<uuid:pk>/progress/", views.progress, name="progress"),
    path("predictions/<uuid:pk>/picture/", views.picture, name="picture"),
    path("patterns/", patterns.patterns, name="patterns"),
    path("patterns/result/<slug:slug>/", patterns.pattern_result, name="pattern_result"),
]
