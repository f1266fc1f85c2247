"""Predictions in the admin."""

from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.plain_dates import PlainDatesMixin
from recognition.admin.queue import queue_page
from recognition.admin.read_only import ReadOnlyMixin
from recognition.filters import ANSWERS, CERTAINTIES, HistoryFilter
from recognition.models import ModelVersion, Prediction
from recognition.numbers import number_of
from recognition.templatetags.recognition_tags import percent
from worker.ml.labels import LABELS, NAMES
from worker.ml.recognition import one_of

_THUMBNAIL_PIXELS = 48


class LabelFilter(admin.SimpleListFilter):
    """By the answer. The choices are known: Django's own filter would ask the whole table for them."""

    title = "label"
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(label, NAMES[label]) for label in LABELS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Prediction]) -> QuerySet[Prediction]:
        return queryset.filter(label=self.value()) if self.value() else queryset


class CertaintyFilter(admin.SimpleListFilter):
    """By whether the recogniser could decide."""

    title = "certainty"
    parameter_name = "certainty"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(CERTAINTIES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Prediction]:
        chosen = HistoryFilter({"certainty": self.value() or ""})
        return chosen.apply(queryset) if chosen.is_valid() else queryset


class AnswerFilter(admin.SimpleListFilter):
    """By what people said when they were asked whether it was right."""

    title = "correction"
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(ANSWERS.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Prediction]:
        chosen = HistoryFilter({"answer": self.value() or ""})
        return chosen.apply(queryset) if chosen.is_valid() else queryset


class ConfidenceFilter(admin.SimpleListFilter):
    title = "confidence"
    parameter_name = "confidence"
    BANDS = {"low": (0.0, 0.6), "middling": (0.6, 0.8), "high": (0.8, 1.01)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("low", "below 60\u00a0%"), ("middling", "60 to 80\u00a0%"), ("high", "80\u00a0% and more")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Prediction]) -> QuerySet[Prediction]:
        band = self.BANDS.get(self.value() or "")
        return queryset.filter(confidence__gte=band[0], confidence__lt=band[1]) if band else queryset


class ModelVersionFilter(admin.SimpleListFilter):
    """By the model that answered. There are few, and a new one may be a minute late: so each page saves a query."""

    title = "model version"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = cache.get("admin:model-versions")
        if found is None:
            found = [[str(pk), name] for pk, name in ModelVersion.objects.values_list("pk", "name")]
            cache.set("admin:model-versions", found, timeout=60)
        return [(pk, name) for pk, name in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Prediction]) -> QuerySet[Prediction]:
        chosen = number_of(self.value() or "")
        return queryset if chosen is None else queryset.filter(model_version=chosen)


@admin.register(Prediction)
class PredictionAdmin(PlainDatesMixin, ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    change_list_template = "admin/recognition/prediction_list.html"
    date_hierarchy = "created_at"
    list_display = [
        "created_at", "small", "owner", "state", "label", "sureness", "doubt", "said", "original_name", "model_version",
    ]  # fmt: skip
    list_filter = ["state", AnswerFilter, CertaintyFilter, ConfidenceFilter, ModelVersionFilter, LabelFilter]
    list_select_related = ["owner", "model_version", "correction"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["=id", "owner__username", "original_name"]
    search_help_text = "Whole id, or part of the owner's name or of the file's name"
    exclude = ["image", "confidence"]
    readonly_fields = ["id", "picture", "sureness", "doubt", "said"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        """What people deleted is nobody's to look at, though it lies here for a while."""
        return Prediction.objects.present()

    def get_urls(self) -> list[URLPattern]:
        queue = path("queue/", self.admin_site.admin_view(self.queue), name="recognition_queue")
        return [queue, *super().get_urls()]

    def queue(self, request: HttpRequest) -> HttpResponse:
        return queue_page(request, self)

    @admin.display(description="confidence", ordering="confidence")
    def sureness(self, prediction: Prediction) -> str:
        return percent(prediction.confidence) or "–"

    @admin.display(description="not sure between")
    def doubt(self, prediction: Prediction) -> str:
        return one_of([NAMES[label] for label in prediction.contenders]) or "–"

    @admin.display(description="correction")
    def said(self, prediction: Prediction) -> str:
        correction = getattr(prediction, "correction", None)
        if correction is None:
            return "–"
        return "confirmed" if correction.is_confirmation else f"is {correction.label_name}"

    @admin.display(description="picture")
    def small(self, prediction: Prediction) -> str:
        if not prediction.thumbnail:
            return ""
        address = reverse("recognition:thumbnail", args=[prediction.pk])
        return format_html(
            '<img src="{}" alt="" width="{}" height="{}" loading="lazy">',
            address,
            _THUMBNAIL_PIXELS,
            _THUMBNAIL_PIXELS,
        )

    @admin.display(description="picture")
    def picture(self, prediction: Prediction) -> SafeString:
        """Through the view that checks who asks; there is no public address of it."""
        address = reverse("recognition:picture", args=[prediction.pk])
        return format_html('<a href="{}"><img src="{}" alt="The uploaded picture" height="240"></a>', address, address)
