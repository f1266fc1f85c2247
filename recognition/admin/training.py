"""Data sets and training runs in the admin: to be looked through. They are made and followed on the site's pages."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from accounts.plain_dates import PlainDatesMixin
from recognition.admin.read_only import ReadOnlyMixin
from recognition.models import Dataset, DatasetImport, DatasetVersion, TrainingRun


@admin.register(Dataset)
class DatasetAdmin(PlainDatesMixin, ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    date_hierarchy = "created_at"
    list_display = ["name", "description", "created_at", "created_by", "page"]
    list_per_page = 50
    list_select_related = ["created_by"]
    search_fields = ["name", "description"]
    show_full_result_count = False
    fields = readonly_fields = ("name", "description", "created_at", "created_by")

    @admin.display(description="page")
    def page(self, dataset: Dataset) -> Any:
        return format_html('<a href="{}">Open</a>', reverse("recognition:datasets"))


@admin.register(DatasetImport)
class DatasetImportAdmin(PlainDatesMixin, ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    date_hierarchy = "created_at"
    list_display = ["created_at", "dataset", "state", "asked_by", "page"]
    list_filter = ["state"]
    list_per_page = 50
    list_select_related = ["dataset", "asked_by"]
    show_full_result_count = False
    fields = readonly_fields = (
        "dataset", "signer", "state", "asked_by", "created_at", "finished_at", "attempts", "progress", "error",
        "report",
    )  # fmt: skip

    @admin.display(description="page")
    def page(self, upload: DatasetImport) -> Any:
        return format_html('<a href="{}">Follow</a>', reverse("recognition:dataset_import", args=[upload.pk]))


@admin.register(DatasetVersion)
class DatasetVersionAdmin(PlainDatesMixin, ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    date_hierarchy = "created_at"
    list_display = ["dataset", "number", "pictures", "created_at", "created_by", "page"]
    list_per_page = 50
    list_select_related = ["dataset", "created_by"]
    show_full_result_count = False
    fields = readonly_fields = ("dataset", "number", "pictures", "imported", "fingerprint", "created_at", "created_by")

    @admin.display(description="page")
    def page(self, version: DatasetVersion) -> Any:
        return format_html('<a href="{}">Open</a>', reverse("recognition:dataset_version", args=[version.pk]))


@admin.register(TrainingRun)
class TrainingRunAdmin(PlainDatesMixin, ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    date_hierarchy = "created_at"
    list_display = ["created_at", "preset", "data", "state", "asked_by", "model_version", "page"]
    list_filter = ["state", "preset"]
    list_per_page = 50
    list_select_related = ["data__dataset", "asked_by", "model_version"]
    show_full_result_count = False
    fields = readonly_fields = (
        "data", "preset", "base", "config", "state", "asked_by", "created_at", "claimed_at", "finished_at", "attempts",
        "model_version", "error", "note", "log",
    )  # fmt: skip

    @admin.display(description="page")
    def page(self, run: TrainingRun) -> Any:
        return format_html('<a href="{}">Follow</a>', reverse("recognition:training_run", args=[run.pk]))
