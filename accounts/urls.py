"""Account pages: our own, and those of allauth's that work on every site.

The pages that need a mail server (e-mail addresses, password reset) are left out: a name that does not exist shows no
link anywhere, as allauth looks its names up before it offers them.
"""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts import profile, views

own = (
    [
        path("", profile.profile, name="profile"),
        path("consent/", profile.change_consent, name="change_consent"),
        path("data/", profile.download_data, name="download_data"),
        path("delete/", profile.delete_account, name="delete_account"),
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
    path("", include(own)),
]
