"""All that the site holds about a person, as a ZIP file that is written while it is sent."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts.models import User
from recognition.models import ContactMessage, PersonalModel, PracticeRound, Prediction

READ_ME = """This is what the site holds about you.

account.json      your profile, consents, messages, texts signed to the camera, rounds of practice, your own model's
                  figures, and the names of your API tokens (the keys are not kept)
predictions.json  your pictures: when you sent them, and what they were read as
pictures/         the pictures as they are kept, named by the id of their prediction
"""
_CHUNK_BYTES = 64 * 1024


class _Outlet(io.RawIOBase):
    """A file that is only written to, and handed on piece by piece: however large the whole, memory holds one piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole


def archive_of(user: User) -> Iterator[bytes]:
    """The pieces of the ZIP file, in order. A picture whose file is gone is left out, its prediction is not."""
    predictions = Prediction.objects.owned_by(user).select_related(
        "model_version", "correction", "sample", "second_reading"
    )
    outlet = _Outlet()
    with ZipFile(outlet, "w", ZIP_DEFLATED) as archive:
        archive.writestr("READ_ME.txt", READ_ME)
        archive.writestr("account.json", _json(account_facts(user)))
        with archive.open(_entry("predictions.json", ZIP_DEFLATED), "w") as entry:
            entry.write(b"[")
            for number, prediction in enumerate(predictions.iterator(chunk_size=500)):
                entry.write(b",\n" if number else b"\n")
                entry.write(_json(prediction_facts(prediction)).encode())
                yield outlet.take()
            entry.write(b"\n]\n")
        for prediction in predictions.iterator(chunk_size=500):
            yield from _picture(archive, outlet, prediction)
    yield outlet.take()


def account_facts(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "email": user.email,
        "display_name": user.display_name,
        "signing_hand": user.signing_hand,
        "appearance": user.appearance,
        "date_joined": user.date_joined,
        "last_login": user.last_login,
        "consents_to_training": list(user.consents.values("text_version", "given_at", "withdrawn_at")),
        "personal_model": _personal_facts(user),
        "messages_to_the_site": list(ContactMessage.objects.filter(sender=user).values("created_at", "email", "text")),
        "notices": list(user.notices.values("created_at", "title", "text")),
        "email_addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "second_factors": list(Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")),
        "sessions": list(
            UserSession.objects.filter(user=user).values("ip", "user_agent", "created_at", "last_seen_at")
        ),
        "texts_signed_to_the_camera": list(user.live_sessions.values("created_at", "text", "signs")),
        "rounds_of_practice": [_practice_facts(one) for one in user.practice_rounds.prefetch_related("attempts")],
        "api_tokens": list(user.api_tokens.values("name", "created_at", "last_used_at")),
    }


def _personal_facts(user: User) -> dict[str, Any] | None:
    """Of their own model: what was learnt from which pictures, as it is kept; shapes and weights in base64 (.npz)."""
    personal = PersonalModel.objects.select_related("base").filter(owner=user).first()
    if personal is None:
        return None
    return {
        "state": personal.state,
        "is_on": personal.is_on,
        "asked_at": personal.asked_at,
        "finished_at": personal.finished_at,
        "adapts": personal.base.name if personal.base else None,
        "figures": personal.figures,
        "learnt_from": [prediction.hex for prediction in personal.learnt_from.values_list("pk", flat=True)],
        "parameters_npz": base64.b64encode(personal.parameters).decode(),
        "error": personal.error,
    }


def _practice_facts(practised: PracticeRound) -> dict[str, Any]:
    return {
        "finished_at": practised.finished_at,
        "mode": practised.mode,
        "limit_seconds": practised.limit_seconds,
        "attempts": [
            {
                "label": one.label,
                "is_signed": one.is_signed,
                "was_shown": one.was_shown,
                "mistakes": one.mistakes,
                "milliseconds": one.milliseconds,
            }
            for one in practised.attempts.all()
        ],
    }


def prediction_facts(prediction: Prediction) -> dict[str, Any]:
    correction, sample = getattr(prediction, "correction", None), getattr(prediction, "sample", None)
    second = getattr(prediction, "second_reading", None)
    return {
        "id": prediction.pk.hex,
        "original_name": prediction.original_name,
        "state": prediction.state,
        "created_at": prediction.created_at,
        "finished_at": prediction.finished_at,
        "label": prediction.label,
        "confidence": prediction.confidence,
        "is_unsure": prediction.is_unsure,
        "is_adapted": prediction.is_adapted,
        "top": prediction.top,
        "hand": prediction.hand,
        "milliseconds": prediction.milliseconds,
        "model_version": prediction.model_version.name if prediction.model_version else None,
        "read_a_second_time_as": second.label if second else None,
        "error": prediction.error,
        "corrected_to": correction.label if correction else None,
        "offered_for_training": sample.state if sample else None,
    }


def _picture(archive: ZipFile, outlet: _Outlet, prediction: Prediction) -> Iterator[bytes]:
    try:
        source = prediction.image.open("rb")
    except FileNotFoundError:
        return
    with source, archive.open(_entry(f"pictures/{prediction.pk.hex}.jpg", ZIP_STORED), "w") as entry:
        while piece := source.read(_CHUNK_BYTES):
            entry.write(piece)
            yield outlet.take()


def _entry(name: str, compression: int) -> ZipInfo:
    now = timezone.now()
    entry = ZipInfo(name, (now.year, now.month, now.day, now.hour, now.minute, now.second))
    entry.compress_type = compression
    entry.external_attr = 0o600 << 16
    return entry


def _json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
