"""Every address of the site, walked logged out and as a stranger: nothing of Alice's is shown or changed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import ApiToken, User
from recognition.models import Correction, LiveSession, PracticeRound, Prediction
from recognition.tests.conftest import MakePrediction, encoded
from recognition.tests.rest import client_of

MARKS = (b"alices-secret", b"alices-token", b"alice@example.org", b"\xff\xd8\xff")  # the last: a JPEG


def routes(patterns: Any, before: str = "") -> Iterator[str]:
    """Each address as a template."""
    for pattern in patterns:
        own = re.sub(r"^\^|\$$|\\(?=[.Z])", "", str(pattern.pattern)).removesuffix("Z")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, before + own)
        elif isinstance(pattern, URLPattern):
            yield before + own


@pytest.fixture
def addresses(alice: User, make_prediction: MakePrediction) -> list[str]:
    """All of the site, with what is Alice's wherever an address asks for something."""
    prediction = make_prediction(alice, original_name="alices-secret.jpg")
    prediction.keep_thumbnail(encoded("WEBP"))
    Correction.objects.create(prediction=prediction, label="A", by=alice)
    token, _key = ApiToken.issue(owner=alice, name="alices-token")
    LiveSession.objects.create(pk=token.pk, owner=alice, text="alices-secret")
    PracticeRound.objects.create(
        pk=token.pk, owner=alice, key=prediction.pk, mode="letters", finished_at=prediction.created_at
    )
    values = {
        "uuid:pk": prediction.pk,
        "int:pk": token.pk,
        "id": alice.pk,
        "slug:slug": "waiting",
        "slug:kind": "json",
        "str:name": "letters.tflite",
        "path:content_type_id": 1,
    }
    of_a_group = {
        "kind": "json",
        "fingerprint": "0" * 64,
        "app_label": "recognition",
        "uidb36": "1",
        "key": "x",
        "url": "x",
    }
    of_a_model = {"prediction": prediction.pk, "apitoken": token.pk}

    def fill(route: str) -> str:
        model = route.split("/")[2] if route.startswith("admin/") and route.count("/") > 2 else ""
        filled = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", lambda found: of_a_group[found[1]], route)
        named = {**values, "path:object_id": of_a_model.get(model, alice.pk)}
        return "/" + re.sub(r"<([\w:]+)>", lambda found: str(named[found[1]]), filled)

    return [fill(route) for route in routes(get_resolver().url_patterns)]


def leaks(client: Client, address: str, method: str = "get", **body: Any) -> list[bytes]:
    answer = client.generic(method.upper(), address, **body)
    assert answer.status_code != 500, address
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    in_an_archive = f"pictures/{Prediction.objects.get().pk.hex}".encode()
    return [mark for mark in (*MARKS, in_an_archive) if mark in content]


def test_nothing_of_alices_is_shown_to_others(addresses: list[str], charlie: User) -> None:
    assert len(addresses) > 100
    program = client_of(charlie)
    for address in addresses:
        signed_in = Client()
        signed_in.force_login(charlie)
        for who in (Client(), signed_in, program):
            assert leaks(who, address) == [], address


def test_the_walk_would_find_what_is_there(addresses: list[str], alice: User) -> None:
    signed_in, program = Client(), client_of(alice)
    signed_in.force_login(alice)
    found = {address for address in addresses for who in (signed_in, program) if leaks(who, address)}
    kinds = (
        "/history/",
        f"/live/texts/{LiveSession.objects.get().pk}/",
        "/picture/",
        "/export/",
        "/tokens/",
        "/export.json",
    )
    assert [kind for kind in kinds if not any(address.endswith(kind) for address in found)] == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_of_alices_is_changed_by_others(
    addresses: list[str], alice: User, charlie: User, method: str, media_folder: Any
) -> None:
    before = state_of(alice)
    files = sorted(path for path in media_folder.rglob("*") if path.is_file())
    prediction = Prediction.objects.get()
    form = f"id={prediction.pk}&label=B&answer=B&post=yes&yes=1&name=x"
    json = f'{{"ids": ["{prediction.pk}"], "label": "B"}}'
    program = client_of(charlie)
    for address in addresses:
        signed_in = Client()
        charlie = User.objects.filter(username="charlie").first() or User.objects.create_user("charlie")
        signed_in.force_login(charlie)
        for who in (Client(), signed_in):
            body = {"data": form, "content_type": "application/x-www-form-urlencoded"}
            assert leaks(who, address, method, **body) == [], address
        if address.startswith("/api/"):
            assert leaks(program, address, method, data=json, content_type="application/json") == [], address
    assert state_of(alice) == before
    assert sorted(path for path in media_folder.rglob("*") if path.is_file()) == files


def state_of(owner: User) -> list[Any]:
    return [
        list(Prediction.objects.present().filter(owner=owner).values_list("pk", "label")),
        list(Correction.objects.values_list("label", "by")),
        list(LiveSession.objects.filter(owner=owner).values_list("text")),
        list(PracticeRound.objects.filter(owner=owner).values_list("pk", "mode")),
        list(ApiToken.objects.filter(owner=owner).values_list("name")),
        list(User.objects.filter(pk=owner.pk).values("username", "email", "is_staff", "is_active", "password")),
    ]
