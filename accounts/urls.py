"""Account pages: our own, and those of allauth's that work here.

What needs a mail server is behind ``needs_mail``. Signing in by a mailed code, phones and the like are left out.
"""

from allauth.account import views as allauth_views
from django.urls import include, path, re_path
from django.views.generic import RedirectView, TemplateView

from accounts import profile, views
from accounts.links import ConfirmAddressView, NewPasswordView
from accounts.mail import needs_mail

own = (
    [
        path("", profile.profile, name="profile"),
        path("consent/", profile.change_consent, name="change_consent"),
        path("data/", profile.download_data, name="download_data"),
        path("delete/", profile.delete_account, name="delete_account"),
        path("signed-out/", TemplateView.as_view(template_name="accounts/signed_out.html"), name="signed_out"),
        path("tokens/", views.tokens, name="tokens"),
        path("tokens/new/", views.create_token, name="create_token"),
        path("tokens/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
    ],
    "accounts",
)

urlpatterns = [
    path("login/", allauth_views.login, name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("signup/", allauth_views.signup, name="account_signup"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth_views.password_change, name="account_change_password"),
    path("password/reset/", needs_mail(allauth_views.password_reset), name="account_reset_password"),
    path("password/reset/done/", needs_mail(allauth_views.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        needs_mail(NewPasswordView.as_view()),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        RedirectView.as_view(pattern_name="account_login"),  # which tells that the password is changed
        name="account_reset_password_from_key_done",
    ),
    path("email/", needs_mail(allauth_views.email), name="account_email"),
    path(
        "confirm-email/",
        needs_mail(allauth_views.email_verification_sent),
        name="account_email_verification_sent",
    ),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$", needs_mail(ConfirmAddressView.as_view()), name="account_confirm_email"
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
    path("", include(own)),
]
