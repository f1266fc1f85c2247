"""Rows that people look at and only the program writes."""

from typing import Any

from django.http import HttpRequest


class ReadOnlyMixin:
    """Takes adding, changing and deleting from a ``ModelAdmin``, whatever permissions a person has."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
