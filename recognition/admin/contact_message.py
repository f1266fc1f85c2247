"""Messages of the contact page in the admin: read, marked as handled, deleted; never written to."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.plain_dates import PlainDatesMixin
from recognition.admin.read_only import ReadOnlyMixin
from recognition.models import ContactMessage


class HandledFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("handled", "Handled")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ContactMessage]) -> QuerySet[ContactMessage]:
        return queryset.filter(handled_at__isnull=self.value() == "open") if self.value() else queryset


@admin.register(ContactMessage)
class ContactMessageAdmin(PlainDatesMixin, ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    actions = ["mark_handled"]
    date_hierarchy = "created_at"
    list_display = ["created_at", "sender", "email", "beginning", "is_handled"]
    list_filter = [HandledFilter]
    list_per_page = 50
    list_select_related = ["sender"]
    search_fields = ["text", "email", "sender__username"]
    show_full_result_count = False
    readonly_fields = ["created_at", "handled_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Unlike elsewhere: who wrote without an account may ask that their words be deleted."""
        return request.user.has_perm("recognition.delete_contactmessage")

    def has_handle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("recognition.change_contactmessage")

    @admin.display(description="message")
    def beginning(self, message: ContactMessage) -> str:
        first_line = message.text.strip().splitlines()[0]
        return first_line if len(first_line) <= 80 else f"{first_line[:79]}…"

    @admin.display(description="handled", boolean=True, ordering="handled_at")
    def is_handled(self, message: ContactMessage) -> bool:
        return message.handled_at is not None

    @admin.action(description="Mark as handled", permissions=["handle"])
    def mark_handled(self, request: HttpRequest, queryset: QuerySet[ContactMessage]) -> None:
        chosen = list(ContactMessage.objects.open().filter(pk__in=queryset))
        for message in chosen:
            self.log_change(request, message, "Marked as handled.")
        ContactMessage.objects.filter(pk__in=[message.pk for message in chosen]).mark_handled()
        self.message_user(request, f"{len(chosen)} marked as handled.", messages.SUCCESS)
