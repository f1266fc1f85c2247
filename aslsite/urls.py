"""Where everything is found."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from aslsite import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("recognition.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
