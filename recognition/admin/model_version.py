"""Model versions in the admin."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from accounts.plain_dates import PlainDatesMixin
from recognition.admin.read_only import ReadOnlyMixin
from recognition.documents import render_document
from recognition.measured import measured
from recognition.models import ModelVersion
from recognition.templatetags.recognition_tags import percent

_HEADLINE = "accuracy_mean_over_sessions"


@admin.register(ModelVersion)
class ModelVersionAdmin(PlainDatesMixin, ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    change_list_template = "admin/recognition/model_version_list.html"
    date_hierarchy = "created_at"
    list_display = ["name", "family", "state", "accuracy", "created_at", "page"]
    list_filter = ["state"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["name", "family", "fingerprint"]
    fields = readonly_fields = (
        "name", "family", "state", "created_at", "fingerprint", "directory", "page", "figures", "card_read"
    )  # fmt: skip

    @admin.display(description="accuracy on people it never saw")
    def accuracy(self, version: ModelVersion) -> str:
        value = version.metrics.get(_HEADLINE)
        return percent(value) if isinstance(value, int | float) else "–"

    @admin.display(description="page")
    def page(self, version: ModelVersion) -> str:
        return format_html('<a href="{}">Open</a>', reverse("recognition:version", args=[version.pk]))

    @admin.display(description="metrics")
    def figures(self, version: ModelVersion) -> str:
        found = measured(version.metrics)
        return render_to_string("admin/recognition/metrics.html", {"figures": found.figures, "tables": found.tables})

    @admin.display(description="model card")
    def card_read(self, version: ModelVersion) -> str:
        if not version.card:
            return "–"
        return render_to_string("admin/recognition/card.html", {"document": render_document(version.card)})
