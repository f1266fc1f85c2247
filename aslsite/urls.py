"""Where everything is found."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from aslsite import views

admin.site.site_header = admin.site.site_title = "ASL Alphabet"
admin.site.index_title = "Administration"
# The one log-in page, with its rate limits and, later, second factors, serves the admin too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("recognition.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("recognition.api.urls")),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]

handler400 = "aslsite.errors.bad_request"
handler403 = "aslsite.errors.permission_denied"
handler404 = "aslsite.errors.page_not_found"
handler429 = "aslsite.errors.too_many_attempts"  # allauth's convention
handler500 = "aslsite.errors.server_error"
