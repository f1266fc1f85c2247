"""What this is: the about page, the user guide, and the card of the model that answers."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from recognition.documents import read_document, render_document
from recognition.models import ModelVersion, Prediction

USER_GUIDE = settings.BASE_DIR / "docs" / "user-guide.md"


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    model = ModelVersion.objects.active().first()
    context = {
        "model": model,
        "figures": model.metrics if model else {},
        "undo_minutes": int(Prediction.UNDO_WINDOW.total_seconds() // 60),
    }
    return render(request, "recognition/about.html", context)


@require_safe
def model_card(request: HttpRequest) -> HttpResponse:
    """The card of the model that answers just now. Without one, the page says so."""
    model = ModelVersion.objects.active().exclude(card="").first()
    document = render_document(model.card) if model else None
    return render(request, "recognition/model_card.html", {"document": document, "model": model})


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    return render(request, "recognition/guide.html", {"document": read_document(USER_GUIDE)})
