"""People, rights, tokens, addresses, second factors and sessions in the admin. Nothing secret is shown to anybody."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from accounts.guarded_admin import AuthenticatorAdmin, EmailAddressAdmin, UserSessionAdmin, may_touch
from accounts.models import ApiToken, User
from accounts.plain_dates import PlainDatesMixin
from accounts.services import LastAdministrator, delete_account
from recognition.models import Correction, Prediction

__all__ = [
    "ApiTokenAdmin",
    "AuthenticatorAdmin",
    "EmailAddressAdmin",
    "GroupAdmin",
    "LogEntryAdmin",
    "UserAdmin",
    "UserSessionAdmin",
]

_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


def _count_of(rows: QuerySet[Any], owner: str) -> Coalesce:
    """How many of ``rows`` are a user's, as a subquery: one query for the page, and no row counted twice."""
    own = rows.order_by().filter(**{owner: OuterRef("pk")}).values(owner).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(own, output_field=models.IntegerField()), 0)


@admin.register(User)
class UserAdmin(PlainDatesMixin, DjangoUserAdmin):  # type: ignore[type-arg]
    """Who may change people gives nobody rights: that is for administrators, and theirs only they can change."""

    date_hierarchy = "date_joined"
    list_display = (
        "username", "email", "is_staff", "is_active", "date_joined", "last_login",
        "pictures", "answers", "tokens", "latest",
    )  # fmt: skip
    list_filter = ("is_staff", "is_superuser", "is_active")
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        present = Prediction.objects.present()
        own = present.order_by().filter(owner=OuterRef("pk")).values("owner")
        return users.annotate(
            picture_count=_count_of(present, "owner"),
            answer_count=_count_of(Correction.objects.all(), "by"),
            token_count=_count_of(ApiToken.objects.all(), "owner"),
            latest_at=Subquery(own.annotate(latest=Max("created_at")).values("latest")),
        )

    @admin.display(description="pictures")
    def pictures(self, user: Any) -> int:
        return int(user.picture_count)

    @admin.display(description="corrections")
    def answers(self, user: Any) -> int:
        return int(user.answer_count)

    @admin.display(description="tokens")
    def tokens(self, user: Any) -> int:
        return int(user.token_count)

    @admin.display(description="latest picture")
    def latest(self, user: Any) -> Any:
        return user.latest_at

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else [*fields, *_RIGHTS]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and may_touch(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting people is done one by one, with their pictures."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What goes with a person, counted: a list of every picture would be long, and nobody may delete one alone."""
        people = list(objs)
        pictures = Prediction.objects.filter(owner__in=people).count()
        tokens = ApiToken.objects.filter(owner__in=people).count()
        counts = {"users": len(people), "predictions with their pictures": pictures, "API tokens": tokens}
        return [str(person) for person in people], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """With the files of their pictures, which Django's own deletion would leave on disk."""
        delete_account(user=obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except LastAdministrator as error:
            self.message_user(request, str(error), messages.ERROR)
            return self.response_post_save_change(request, self.get_object(request, object_id))


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """A group gives rights to all in it, so that administrators alone make and change them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(ApiToken)
class ApiTokenAdmin(PlainDatesMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only, but revocable. Not even the digest of a key is shown."""

    list_display = ["name", "owner", "created_at", "last_used_at"]
    list_per_page = 50
    list_select_related = ["owner"]
    show_full_result_count = False
    search_fields = ["name", "owner__username"]
    date_hierarchy = "created_at"
    fields = ("name", "owner", "created_at", "last_used_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False


@admin.register(LogEntry)
class LogEntryAdmin(PlainDatesMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who did what in these pages. Nobody changes it."""

    date_hierarchy = "action_time"
    list_display = ["action_time", "user", "action_flag", "content_type", "object_repr", "what"]
    list_filter = ["action_flag"]
    list_per_page = 50
    list_select_related = ["user", "content_type"]
    show_full_result_count = False
    search_fields = ["object_repr", "user__username"]
    fields = ("action_time", "user", "action_flag", "content_type", "object_id", "object_repr", "what")
    readonly_fields = fields

    @admin.display(description="what")
    def what(self, entry: LogEntry) -> str:
        return entry.get_change_message()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: LogEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LogEntry | None = None) -> bool:
        return False
