"""Model versions in the admin."""

from django.contrib import admin

from recognition.admin.read_only import ReadOnlyMixin
from recognition.models import ModelVersion


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    date_hierarchy = "created_at"
    list_display = ["name", "family", "state", "created_at"]
    list_filter = ["state", "family"]
    search_fields = ["name", "family", "fingerprint"]
