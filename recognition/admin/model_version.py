"""Model versions in the admin."""

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string

from accounts.plain_dates import PlainDatesMixin
from recognition.admin.read_only import ReadOnlyMixin
from recognition.documents import render_document
from recognition.models import ModelVersion
from recognition.templatetags.recognition_tags import percent

_HEADLINE = "accuracy_mean_over_sessions"


@admin.register(ModelVersion)
class ModelVersionAdmin(PlainDatesMixin, ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    change_list_template = "admin/recognition/model_version_list.html"
    date_hierarchy = "created_at"
    list_display = ["name", "family", "state", "accuracy", "created_at"]
    list_filter = ["state"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["name", "family", "fingerprint"]
    fields = readonly_fields = (
        "name", "family", "state", "created_at", "fingerprint", "directory", "measured", "card_read"
    )  # fmt: skip

    class Media:
        css = {"all": ["css/admin.css"]}

    @admin.display(description="accuracy on people it never saw")
    def accuracy(self, version: ModelVersion) -> str:
        value = version.metrics.get(_HEADLINE)
        return percent(value) if isinstance(value, int | float) else "–"

    @admin.display(description="metrics")
    def measured(self, version: ModelVersion) -> str:
        figures = {name: value for name, value in version.metrics.items() if not isinstance(value, dict | list)}
        tables = [_table(name, value) for name, value in version.metrics.items() if isinstance(value, dict) and value]
        context = {"figures": [(_words(name), _shown(value)) for name, value in figures.items()], "tables": tables}
        return render_to_string("admin/recognition/metrics.html", context)

    @admin.display(description="model card")
    def card_read(self, version: ModelVersion) -> str:
        if not version.card:
            return "–"
        return render_to_string("admin/recognition/card.html", {"document": render_document(version.card)})


def _table(name: str, rows: dict[str, Any]) -> dict[str, Any]:
    """Figures by session or class: one column each, in the order in which they come."""
    columns = list(dict.fromkeys(key for row in rows.values() if isinstance(row, dict) for key in row))
    cells = [
        (label, [_shown(row.get(column)) for column in columns] if isinstance(row, dict) else [_shown(row)])
        for label, row in rows.items()
    ]
    return {"name": _words(name), "columns": [_words(column) for column in columns] or ["value"], "rows": cells}


def _words(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "–" if value is None else str(value)
