"""Samples in the admin: what was said of each, by whom and when. They are judged on the review page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.plain_dates import PlainDatesMixin
from recognition.admin.read_only import ReadOnlyMixin
from recognition.models import Opinion, Sample


class OpinionInline(ReadOnlyMixin, admin.TabularInline):  # type: ignore[type-arg]
    model = Opinion
    fields = readonly_fields = ("created_at", "reviewer", "verdict", "label", "found")


@admin.register(Sample)
class SampleAdmin(PlainDatesMixin, ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    change_list_template = "admin/recognition/sample_list.html"
    date_hierarchy = "created_at"
    inlines = [OpinionInline]
    list_display = ["created_at", "signer", "state", "claimed", "label", "decided_at"]
    list_filter = ["state", "label"]
    list_per_page = 50
    list_select_related = ["prediction__correction"]
    search_fields = ["prediction__owner__username"]
    show_full_result_count = False
    fields = readonly_fields = ("picture", "signer", "state", "claimed", "label", "group", "created_at", "decided_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sample]:
        """Whose consent is withdrawn is nobody's to look at."""
        return Sample.objects.usable()

    @admin.display(description="offered as")
    def claimed(self, sample: Sample) -> str:
        return sample.claim_name

    @admin.display(description="picture")
    def picture(self, sample: Sample) -> Any:
        """Through the view that checks who asks."""
        address = reverse("recognition:review_picture", args=[sample.pk])
        return format_html('<img src="{}" alt="The picture to be judged" height="240">', address)
