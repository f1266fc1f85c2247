"""The patterns page: each component in each of its states, for eyes, for axe-core and for screenshots."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.forms import TokenForm
from recognition.filters import HistoryFilter
from recognition.forms import UploadForm
from recognition.models import Correction, ModelVersion, Prediction
from recognition.pagination import KeysetPage
from recognition.specimens import specimen_hand, specimen_statistics
from recognition.views.statistics import context_of

PICTURE = "img/specimen.svg"


@require_safe
def patterns(request: HttpRequest) -> HttpResponse:
    _only_for_builders(request)
    right, wrong = TokenForm({"right-name": "laptop"}, prefix="right"), TokenForm({"wrong-name": ""}, prefix="wrong")
    wrong.add_error(None, "Something about the form as a whole is wrong.")
    filters = [
        (HistoryFilter(auto_id="closed_%s"), False),
        (HistoryFilter({"label": "L", "sort": "surest"}, auto_id="open_%s"), False),
        (HistoryFilter({"label": "L", "since": "yesterday", "min_confidence": "7"}, auto_id="wrong_%s"), True),
    ]
    for shown, _is_wrong in filters:
        shown.is_valid()
    context = {
        "specimens": specimens(),
        "wavering": [["M", "N", "T"], ["U", "V"], ["nothing", "A"], ["space", "del", "W"]],
        "candidates": [
            {"label": "W", "confidence": 0.7},
            {"label": "del", "confidence": 0.2},
            {"label": "nothing", "confidence": 0.05},
        ],
        "picture_address": static(PICTURE),
        "forms": [right, wrong, UploadForm()],
        "numbered": Paginator(range(3), 1).page(2),
        "pages": [KeysetPage([], after="x"), KeysetPage([], "x", "x"), KeysetPage([], before="x")],
        "uploads": [
            ("chosen", "", ""),
            ("sending", "is sent", "0.6"),
            ("sent", "", ""),
            ("refused", "This is a PDF, which cannot be read here.", ""),
        ],
        "filters": filters,
        "statistics": list(specimen_statistics()),
        "refused": [("notes.pdf", "This is a PDF, which cannot be read here."), ("", "The file is empty.")],
    }
    return render(request, "patterns.html", context)


@require_safe
def pattern_result(request: HttpRequest, slug: str) -> HttpResponse:
    """The result page in one of its states, standing still."""
    _only_for_builders(request)
    specimen = next((specimen for specimen in specimens() if specimen.slug == slug), None)
    if specimen is None:
        raise Http404
    context = {
        "prediction": specimen.prediction,
        "stage": specimen.stage,
        "still": True,
        "choices": Correction.LABELS,
        "picture_address": static(PICTURE),
    }
    return render(request, "recognition/result.html", context)


@require_safe
def pattern_statistics(request: HttpRequest, slug: str) -> HttpResponse:
    """The statistics page of nobody, who has no, few or many pictures."""
    _only_for_builders(request)
    specimen = specimen_statistics().get(slug)
    if specimen is None:
        raise Http404
    return render(request, "recognition/statistics.html", context_of(specimen))


def _only_for_builders(request: HttpRequest) -> None:
    if not (settings.DEBUG or request.user.is_staff):
        raise Http404


@dataclass(frozen=True)
class Specimen:
    """One state of the result, with the name under which the page shows it."""

    name: str
    stage: str
    prediction: Prediction

    @property
    def slug(self) -> str:
        return slugify(self.name)


def specimens() -> list[Specimen]:
    """Predictions that are in no table, one for each state that a person can meet."""
    fists = [("M", 0.48), ("N", 0.31), ("T", 0.15), ("S", 0.04), ("E", 0.01)]
    hardly = [("nothing", 0.52), ("A", 0.44), ("S", 0.02), ("E", 0.01), ("T", 0.01)]
    words = [("space", 0.5), ("del", 0.28), ("B", 0.14), ("C", 0.05), ("nothing", 0.01)]
    tie = [("S", 0.41), ("A", 0.39), ("T", 0.1), ("E", 0.06), ("N", 0.02)]
    sure = [("L", 0.982), ("G", 0.009), ("D", 0.005), ("Z", 0.002), ("X", 0.001)]
    word = [("space", 0.84), ("del", 0.1), ("B", 0.03), ("C", 0.02), ("nothing", 0.01)]
    states = Prediction.State
    return [
        Specimen("A sure answer", "succeeded", _answered(1, sure, specimen_hand("L"))),
        Specimen("Not sure", "succeeded", _answered(11, fists, specimen_hand("S"), is_unsure=True)),
        Specimen("Perhaps no hand", "succeeded", _answered(12, hardly, None, is_unsure=True)),
        Specimen("Not sure of a word", "succeeded", _answered(13, words, specimen_hand("A"), is_unsure=True)),
        Specimen("Not sure, answered", "succeeded", _answered(14, fists, specimen_hand("S"), said="N", is_unsure=True)),
        Specimen("A near-tie", "succeeded", _answered(2, tie, specimen_hand("S"))),
        Specimen("A sign that is a word", "succeeded", _answered(3, word, specimen_hand("A"))),
        Specimen("A confirmed answer", "succeeded", _answered(9, sure, specimen_hand("L"), said="L")),
        Specimen("A corrected answer", "succeeded", _answered(10, tie, specimen_hand("A"), said="A")),
        Specimen("No hand", "succeeded", _answered(4, [("nothing", 0.93)], None)),
        Specimen("Waiting", "queued", _prediction(5, state=states.QUEUED)),
        Specimen("Waiting longer than usual", "delayed", _prediction(6, state=states.QUEUED)),
        Specimen("Being read", "running", _prediction(7, state=states.RUNNING)),
        Specimen("Failed", "failed", _prediction(8, state=states.FAILED, error="Reading this picture took too long.")),
    ]


def _answered(
    number: int,
    top: list[tuple[str, float]],
    hand: dict[str, object] | None,
    *,
    said: str = "",
    is_unsure: bool = False,
) -> Prediction:
    """``said``: what its owner answered when asked whether it was right."""
    label, confidence = top[0]
    prediction = _prediction(
        number,
        state=Prediction.State.SUCCEEDED,
        label=label,
        confidence=confidence,
        is_unsure=is_unsure,
        top=[{"label": name, "confidence": share} for name, share in top],
        hand=hand,
        milliseconds={"decode": 2.1, "find": 28.4, "name": 0.6, "total": 31.1},
        model_version=ModelVersion(name="landmarks-0123abcd"),
    )
    if said:
        Correction(prediction=prediction, label=said)  # the prediction knows it from now on
    return prediction


def _prediction(number: int, **fields: object) -> Prediction:
    return Prediction(
        pk=UUID(int=number),
        original_name=f"hand-{number}.jpg",
        image_width=400,
        image_height=400,
        created_at=datetime(2026, 11, 23, 9, number, tzinfo=UTC),
        **fields,
    )
