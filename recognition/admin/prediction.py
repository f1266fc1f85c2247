"""Predictions in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from recognition.admin.read_only import ReadOnlyMixin
from recognition.models import Prediction
from recognition.templatetags.recognition_tags import percent
from worker.ml.labels import LABELS, NAMES


class LabelFilter(admin.SimpleListFilter):
    """By the answer. The choices are known: Django's own filter would ask the whole table for them."""

    title = "label"
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(label, NAMES[label]) for label in LABELS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Prediction]) -> QuerySet[Prediction]:
        return queryset.filter(label=self.value()) if self.value() else queryset


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    date_hierarchy = "created_at"
    list_display = ["created_at", "owner", "state", "label", "sureness", "original_name", "model_version"]
    list_filter = ["state", LabelFilter, "model_version", "created_at"]
    list_select_related = ["owner", "model_version"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["=id", "owner__username", "original_name"]
    search_help_text = "Whole id, or part of the owner's name or of the file's name"
    exclude = ["image", "confidence"]
    readonly_fields = ["id", "picture", "sureness"]

    @admin.display(description="confidence", ordering="confidence")
    def sureness(self, prediction: Prediction) -> str:
        return percent(prediction.confidence) or "–"

    @admin.display(description="picture")
    def picture(self, prediction: Prediction) -> SafeString:
        """Through the view that checks who asks; there is no public address of it."""
        address = reverse("recognition:picture", args=[prediction.pk])
        return format_html('<a href="{}"><img src="{}" alt="The uploaded picture" height="240"></a>', address, address)
