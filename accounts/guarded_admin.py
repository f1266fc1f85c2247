"""Addresses, second factors and sessions in the admin: who, what and when, without their secrets.

allauth's own pages would show the secrets to all staff who may look, and let them be changed: whoever gives an
administrator's account another address is mailed a link that sets its password.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.plain_dates import PlainDatesMixin

admin.site.unregister([Authenticator, EmailAddress, UserSession])


def may_touch(request: HttpRequest, user: Any) -> bool:
    """Administrators, and what is theirs, are changed and taken away by administrators alone."""
    return user is None or not user.is_superuser or bool(request.user.is_superuser)


class GuardedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that can be looked at and taken away."""

    list_per_page = 50
    list_select_related = ["user"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and may_touch(request, obj and obj.user)


@admin.register(EmailAddress)
class EmailAddressAdmin(GuardedAdmin):
    """People add and verify their addresses themselves."""

    list_display = ["user", "email", "primary", "verified"]
    list_filter = ["primary", "verified"]
    search_fields = ["user__username", "email"]
    fields = readonly_fields = ("user", "email", "primary", "verified")


@admin.register(Authenticator)
class AuthenticatorAdmin(GuardedAdmin):
    """Deleting somebody's lets them in by password alone: the way out when telephone and recovery codes are lost."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    search_fields = ["user__username"]
    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")


@admin.register(UserSession)
class UserSessionAdmin(PlainDatesMixin, GuardedAdmin):
    """Deleting one signs that browser out."""

    list_display = ["user", "ip", "user_agent", "created_at"]
    search_fields = ["user__username", "ip"]
    date_hierarchy = "created_at"
    fields = readonly_fields = ("user", "ip", "user_agent", "created_at", "last_seen_at")

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        obj.end()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> None:
        for session in queryset:
            session.end()
