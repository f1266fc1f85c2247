"""People and their tokens in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from accounts.guarded_admin import AuthenticatorAdmin, UserSessionAdmin
from accounts.models import ApiToken, User

__all__ = ["ApiTokenAdmin", "AuthenticatorAdmin", "UserAdmin", "UserSessionAdmin"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    date_hierarchy = "date_joined"
    list_display = ["username", "email", "is_staff", "is_active", "date_joined", "last_login"]


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only, but revocable. Not even the digest of a key is shown."""

    list_display = ["name", "owner", "created_at", "last_used_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username"]
    date_hierarchy = "created_at"
    fields = ("name", "owner", "created_at", "last_used_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False
