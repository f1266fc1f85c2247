"""Predictions as they lie in the tables, without a queue and a recogniser."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from accounts.models import User
from recognition.models import ModelVersion, Prediction
from recognition.specimens import specimen_hand

MakePrediction = Callable[..., Prediction]


def encoded(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 140, 110)).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def nobody_is_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash of their number decides who is, and numbers differ by what ran before."""
    monkeypatch.setattr("worker.ml.lessons.is_held_out", lambda signer: False)


@pytest.fixture
def make_prediction(db: None) -> MakePrediction:
    """A stored picture of somebody's, read as an L unless said otherwise."""

    def make(owner: User, *, state: str = "succeeded", label: str = "L", **fields: Any) -> Prediction:
        prediction = Prediction(owner=owner, state=state, image_width=64, image_height=48, original_name="hand.jpg")
        prediction.image.save("", ContentFile(encoded()), save=False)
        if state == "succeeded":
            prediction.label = label
            prediction.confidence = 0.934
            prediction.top = [{"label": label, "confidence": 0.934}, {"label": "G", "confidence": 0.05}]
            prediction.hand = None if label == "nothing" else specimen_hand("L")
            prediction.milliseconds = {"decode": 2.0, "find": 20.0, "name": 1.0, "total": 23.0}
            prediction.model_version = active_model()
        if prediction.is_finished:
            prediction.finished_at = timezone.now()
        for name, value in fields.items():
            setattr(prediction, name, value)
        prediction.save(force_insert=True)
        return prediction

    return make


@pytest.fixture
def make_unsure(make_prediction: MakePrediction) -> MakePrediction:
    """A stored picture that wavers between M, N and T, unless other shares are given."""

    def make(owner: User, shares: dict[str, float] | None = None, **fields: Any) -> Prediction:
        shares = shares or {"M": 0.48, "N": 0.31, "T": 0.15, "S": 0.03}
        top = [{"label": label, "confidence": share} for label, share in shares.items()]
        best = {"label": top[0]["label"], "confidence": top[0]["confidence"]}
        return make_prediction(owner, **{"is_unsure": True, "top": top} | best | fields)

    return make


def active_model() -> ModelVersion:
    return ModelVersion.objects.active().first() or ModelVersion.objects.create(
        name="landmarks-0123abcd", family="landmarks", state=ModelVersion.State.ACTIVE
    )
