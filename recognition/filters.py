"""What of one's pictures to look at: one filter for the history page, its exports and the REST API."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Exists, F, OuterRef

from recognition.models import Correction, Prediction
from recognition.models.prediction import PredictionQuerySet
from recognition.pagination import Order
from worker.ml.labels import LABELS, NAMES

ORDERS = {
    "newest": Order("created_at", descending=True),
    "oldest": Order("created_at", descending=False),
    "surest": Order("confidence", descending=True),
    "least-sure": Order("confidence", descending=False),
}
ORDER_NAMES = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "surest": "Surest first",
    "least-sure": "Least sure first",
}
ANSWERS = {"confirmed": "Confirmed", "corrected": "Corrected", "unanswered": "Not answered yet"}
CERTAINTIES = {"sure": "Sure", "unsure": "Not sure"}
CONFIDENCES = {"0.4": "40\u00a0%", "0.6": "60\u00a0%", "0.8": "80\u00a0%", "0.95": "95\u00a0%"}


class ConfidenceField(forms.FloatField):
    """A fraction, 0..1. Pages offer a few of them; any other is as good, and is offered too once it is chosen."""

    def __init__(self, *, anything: str, **options: Any) -> None:
        super().__init__(
            min_value=0,
            max_value=1,
            required=False,
            widget=forms.Select(choices=[("", anything), *CONFIDENCES.items()]),
            error_messages={
                "invalid": "A confidence is a number from 0 to 1.",
                "min_value": "A confidence is a number from 0 to 1.",
                "max_value": "A confidence is a number from 0 to 1.",
            },
            **options,
        )


class HistoryFilter(forms.Form):
    """Read it from a query: ``HistoryFilter(request.GET)``; once it is valid, :meth:`apply` it. Nothing is required.

    Days are those of ``zone``, UTC unless given; ``static/js/times.js`` gives the browser's.
    """

    search = forms.CharField(
        label="File name", required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    label = forms.ChoiceField(
        label="Letter",
        required=False,
        choices=[("", "Any"), *((label, NAMES[label]) for label in LABELS)],
        error_messages={"invalid_choice": "There is no letter “%(value)s”."},
    )
    certainty = forms.ChoiceField(
        label="How sure?",
        required=False,
        choices=[("", "Any"), *CERTAINTIES.items()],
        error_messages={"invalid_choice": f"“%(value)s” is none of {', '.join(CERTAINTIES)}."},
    )
    answer = forms.ChoiceField(
        label="Was it right?",
        required=False,
        choices=[("", "Any"), *ANSWERS.items()],
        error_messages={"invalid_choice": f"“%(value)s” is none of {', '.join(ANSWERS)}."},
    )
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Any"), *Prediction.State.choices],
        error_messages={"invalid_choice": f"“%(value)s” is none of {', '.join(Prediction.State.values)}."},
    )
    min_confidence = ConfidenceField(label="Confidence from", anything="0\u00a0%")
    max_confidence = ConfidenceField(label="Confidence to", anything="100\u00a0%")
    since = forms.DateField(label="From day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    sort = forms.ChoiceField(
        label="Order",
        required=False,
        choices=list(ORDER_NAMES.items()),
        error_messages={"invalid_choice": f"“%(value)s” is none of {', '.join(ORDERS)}."},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(data or {}, **options)
        for name in ("min_confidence", "max_confidence"):
            chosen, widget = str(self.data.get(name, "")), self.fields[name].widget
            if isinstance(widget, forms.Select) and chosen not in ("", *CONFIDENCES):
                widget.choices = [*widget.choices, (chosen, chosen)]
        for name in ("since", "until"):
            field = self.fields[name]
            field.error_messages["invalid"] = "A day is written like 2026-11-23."
            field.label = f"{field.label} (in {self.data.get('zone') or 'UTC'})"

    def clean_zone(self) -> tzinfo | None:
        name: str = self.cleaned_data["zone"]
        try:
            return ZoneInfo(name) if name else None
        except (ValueError, OSError, KeyError) as error:
            told = f"There is no time zone “{name}”. Write it like Europe/Berlin."
            raise forms.ValidationError(told, code="invalid") from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for least, most in (("min_confidence", "max_confidence"), ("since", "until")):
            low, high = cleaned.get(least), cleaned.get(most)
            if low is not None and high is not None and low > high:
                self.add_error(most, "This is below where the range begins.")
        return cleaned

    @property
    def order(self) -> Order:
        return ORDERS[self.cleaned_data.get("sort") or "newest"]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return any(value not in ("", None) for name, value in self.cleaned_data.items() if name not in ("sort", "zone"))

    @property
    def query(self) -> str:
        """What was asked for as a query string, without what was left open."""
        asked = {name: self.data.get(name) for name in self.cleaned_data if self.cleaned_data[name] not in ("", None)}
        return urlencode(asked)

    def apply(self, predictions: PredictionQuerySet) -> PredictionQuerySet:
        """Narrow ``predictions``. Their order is :attr:`order`'s business."""
        asked = self.cleaned_data
        zone = asked["zone"] or UTC
        lookups = {
            "label": asked["label"],
            "state": asked["state"],
            "original_name__icontains": asked["search"],
            "confidence__gte": asked["min_confidence"],
            "confidence__lte": asked["max_confidence"],
            "created_at__gte": _moment(asked["since"], time.min, zone),
            "created_at__lte": _moment(asked["until"], time.max, zone),
        }
        narrowed = predictions.filter(**{name: value for name, value in lookups.items() if value not in ("", None)})
        return _answered(_certain(narrowed, asked["certainty"]), asked["answer"])


def _certain(predictions: PredictionQuerySet, certainty: str) -> PredictionQuerySet:
    if certainty == "unsure":
        return predictions.filter(is_unsure=True)
    if certainty == "sure":
        return predictions.filter(is_unsure=False, state=Prediction.State.SUCCEEDED)
    return predictions


def _answered(predictions: PredictionQuerySet, answer: str) -> PredictionQuerySet:
    if answer == "confirmed":
        return predictions.filter(correction__label=F("label"))
    if answer == "corrected":
        told = predictions.filter(correction__isnull=False, state=Prediction.State.SUCCEEDED)
        return told.exclude(correction__label=F("label"))
    if answer == "unanswered":
        given = Correction.objects.filter(prediction=OuterRef("pk"))  # PostgreSQL plans a join with nothing far worse
        return predictions.filter(~Exists(given), state=Prediction.State.SUCCEEDED)
    return predictions


def _moment(day: date | None, at: time, zone: tzinfo) -> datetime | None:
    """None where there is no such day, or none in UTC: nothing was sent in the first year, or in the last."""
    try:
        return datetime.combine(day, at, zone).astimezone(UTC) if day else None
    except OverflowError:
        return None
