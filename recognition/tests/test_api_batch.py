"""Pictures in base64, and several in one request."""

import base64
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import UnreadablePostError
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from recognition import services
from recognition.models import Prediction
from recognition.tests.bad_files import BAD
from recognition.tests.conftest import encoded
from recognition.tests.rest import LIST, assert_problem, client_of, named

BATCH = f"{LIST}batch/"
TEXT = base64.b64encode(encoded()).decode()


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


def send(client: Client, body: Any) -> Any:
    return client.post(LIST, body if isinstance(body, bytes) else json.dumps(body), content_type="application/json")


def send_several(client: Client, *files: tuple[str, bytes], **more: str) -> Any:
    return client.post(BATCH, {"images": [SimpleUploadedFile(name, data) for name, data in files], **more})


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"data:image/jpeg;base64,{TEXT}",
        f"data:;BASE64,{TEXT}",
        TEXT.rstrip("="),
        TEXT.replace("+", "-").replace("/", "_"),
        "\n".join(TEXT[start : start + 76] for start in range(0, len(TEXT), 76)),
    ],
    ids=["plain", "data URL", "data URL without a type", "unpadded", "URL-safe", "in lines"],
)
def test_a_picture_comes_in_base64(client: Client, alice: User, text: str) -> None:
    response = send(client, {"image_base64": text, "name": "C:\\hand.jpg"})
    assert response.status_code == 202
    assert response.json()["original_name"] == "hand.jpg"
    assert Prediction.objects.get().owner == alice


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"image_base64": "required"}),
        ({"image_base64": "?"}, {"image_base64": "not_base64"}),
        ({"image_base64": "a"}, {"image_base64": "not_base64"}),
        ({"image_base64": "data:image/png,plain"}, {"image_base64": "not_base64"}),
        ({"image_base64": None}, {"image_base64": "null"}),
        ({"image_base64": [TEXT]}, {"image_base64": "invalid"}),
        ({"image_base64": ""}, {"image_base64": "blank"}),
        ({"image_base64": TEXT, "name": "a\0b"}, {"name": "null_characters_not_allowed"}),
        ({"image_base64": TEXT, "name": "\ud800"}, {"name": "surrogate_characters_not_allowed"}),
        ({"image_base64": TEXT, "nmae": "x", "colour": 1}, {"nmae": "unknown", "colour": "unknown"}),
        ({"image": TEXT}, {"image_base64": "required", "image": "unknown"}),
        ([], {"": "invalid"}),
        ("text", {"": "invalid"}),
    ],
)
def test_wrong_and_unknown_fields_are_named(client: Client, body: object, fields: dict[str, str]) -> None:
    assert named(assert_problem(send(client, body), 400, "invalid")) == fields
    assert Prediction.objects.count() == 0


def test_a_name_in_json_is_taken_as_it_stands(client: Client) -> None:
    assert send(client, {"image_base64": TEXT, "name": "a%22b.jpg"}).json()["original_name"] == "a%22b.jpg"


def test_an_unknown_field_of_a_form_is_named_too(client: Client) -> None:
    response = client.post(LIST, {"image": SimpleUploadedFile("a.jpg", encoded()), "label": "A"})
    assert named(assert_problem(response, 400, "invalid")) == {"label": "unknown"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{'a': 1}", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_malformed_json_is_told(client: Client, body: bytes) -> None:
    problem = assert_problem(send(client, body), 400, "invalid" if not body else "parse_error")
    assert problem["detail"]


@pytest.mark.parametrize(("name", "data", "status", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    client: Client, name: str, data: bytes, status: int, sentence: str
) -> None:
    if not data:
        return  # base64 of nothing is nothing, and tested above
    response = send(client, {"image_base64": base64.b64encode(data).decode(), "name": name})
    assert sentence in assert_problem(response, status, response.json()["code"])["detail"]


def test_a_body_over_the_limit_is_not_read_to_its_end(client: Client, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 10_000
    assert_problem(send(client, b'{"image_base64": "' + b"A" * 200_000 + b'"}'), 413, "too_large")


def test_a_client_that_hangs_up_is_no_fault_of_ours(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang_up(*_args: Any) -> bytes:
        raise UnreadablePostError("connection reset")

    monkeypatch.setattr("django.http.request.HttpRequest.read", hang_up)
    assert_problem(send(client, {"image_base64": TEXT}), 400, "incomplete")
    assert_problem(send_several(client, ("a.jpg", encoded())), 400, "incomplete")
    assert Prediction.objects.count() == 0


def test_each_of_several_is_judged_on_its_own(client: Client, alice: User) -> None:
    name, data, status, sentence = BAD["no picture"]
    response = send_several(client, ("a %22.jpg", encoded()), (name, data), ("last.png", encoded("PNG")))
    assert response.status_code == 207
    body = response.json()
    assert (body["accepted"], body["refused"]) == (2, 1)
    first, second, third = body["results"]
    assert [row["name"] for row in body["results"]] == ['a ".jpg', name, "last.png"]
    assert [row["status"] for row in body["results"]] == [202, status, 202]
    assert sentence in second["problem"]["detail"]
    assert second["prediction"] is first["problem"] is None
    assert client.get(third["prediction"]["url"]).json()["state"] == "queued"
    assert Prediction.objects.owned_by(alice).count() == 2


def test_too_many_none_and_unknown_are_named(client: Client, settings: Settings) -> None:
    settings.MAX_FILES_PER_UPLOAD = 3
    problem = assert_problem(send_several(client, *[("a.jpg", encoded())] * 4), 400, "invalid")
    assert "at most 3" in problem["detail"]
    assert named(assert_problem(client.post(BATCH, {}), 400, "invalid")) == {"images": "required"}
    assert named(assert_problem(client.generic("POST", BATCH), 400, "invalid")) == {"images": "required"}
    assert named(assert_problem(client.post(BATCH, {"images": "x"}), 400, "invalid")) == {"images": "invalid"}
    response = send_several(client, ("a.jpg", encoded()), tag="x")
    assert named(assert_problem(response, 400, "invalid")) == {"tag": "unknown"}
    assert_problem(client.post(BATCH, "x", content_type="text/plain"), 415, "unsupported_media_type")
    assert Prediction.objects.count() == 0


def as_json(client: Client, body: Any) -> Any:
    return client.post(BATCH, json.dumps(body), content_type="application/json")


def test_several_come_in_base64_too_and_each_is_judged_on_its_own(client: Client, alice: User) -> None:
    text = base64.b64encode(b"no picture").decode()
    images = [{"image_base64": TEXT, "name": "a/b.jpg"}, {"image_base64": text}, {"image_base64": TEXT}]
    body = as_json(client, {"images": images}).json()
    assert [row["status"] for row in body["results"]] == [202, 415, 202]
    assert [row["name"] for row in body["results"]] == ["b.jpg", "", ""]
    assert Prediction.objects.owned_by(alice).count() == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "images"),
        ({"images": []}, "images"),
        ({"images": "x"}, "images"),
        ({"images": [{"image_base64": "?"}]}, "images"),
        ({"images": [{"image_base64": TEXT, "tag": "x"}]}, "images"),
        ({"images": [{"image_base64": TEXT}], "tag": "x"}, "tag"),
    ],
)
def test_a_malformed_batch_in_json_is_refused_whole(client: Client, body: Any, field: str) -> None:
    errors = assert_problem(as_json(client, body), 400, "invalid")["errors"]
    assert all(error["field"].startswith(field) for error in errors)
    assert Prediction.objects.count() == 0


def test_when_the_queue_goes_away_the_rest_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    real, sent = services.request_prediction, []

    def request(**asked: Any) -> Prediction:
        sent.append(asked)
        if len(sent) > 1:
            raise services.QueueUnavailable
        return real(**asked)

    monkeypatch.setattr(services, "request_prediction", request)
    body = send_several(client, *[("a.jpg", encoded())] * 4).json()
    assert [row["status"] for row in body["results"]] == [202, 503, 503, 503]
    assert len(sent) == 2
    again = send_several(client, ("a.jpg", encoded()))
    assert_problem(again, 503, "queue_unavailable")
    assert again.headers["Retry-After"] == "10"
