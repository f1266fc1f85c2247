"""Bodies of the REST API that are large, long or odd: how much is read, and how soon it is told that it is too much."""

import base64
import json
import time
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from recognition.api.parsers import MAX_JSON_BYTES
from recognition.api.preferences import preferred_wait_seconds
from recognition.models import LiveSession, Prediction
from recognition.tests.conftest import encoded
from recognition.tests.rest import LIST, V1, assert_problem, browser_of, client_of, named

BATCH = f"{LIST}batch/"
TEXTS = f"{V1}live-sessions/"
ROUNDS = f"{V1}practice-rounds/"
SIGN = {"label": "A", "confidence": 0.98, "milliseconds": 0}


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


@pytest.fixture
def browser(alice: User) -> Client:
    return browser_of(alice)


def post(client: Client, address: str, body: Any) -> Any:
    text = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(address, text, content_type="application/json")


def large_picture(size: int) -> str:
    """A JPEG of ``size`` bytes in base64: what stands behind a picture's end is no part of it."""
    return base64.b64encode(encoded() + bytes(size - len(encoded()))).decode()


@pytest.mark.parametrize("size", [2_600_000, 7_200_000, 11_900_000])
def test_a_large_picture_comes_in_json(client: Client, size: int) -> None:
    text = large_picture(size)
    assert post(client, LIST, {"image_base64": text, "name": "hand.jpg"}).status_code == 202
    assert post(client, BATCH, {"images": [{"image_base64": text}]}).json()["accepted"] == 1
    assert Prediction.objects.count() == 2


@pytest.mark.parametrize("address", [LIST, BATCH])
def test_a_picture_over_the_limit_is_told_what_to_do(client: Client, address: str) -> None:
    body = json.dumps({"image_base64": "A" * 17_000_000}).encode()
    problem = assert_problem(post(client, address, body), 413, "too_large")
    assert "16,100,000 bytes" in problem["detail"]
    assert "as files, in multipart/form-data" in problem["detail"]


@pytest.mark.parametrize(
    "address",
    [TEXTS, ROUNDS, f"{V1}personal-model/", f"{LIST}delete/", f"{LIST}restore/", f"{V1}tokens/", "correction"],
)
def test_what_takes_no_pictures_reads_less(browser: Client, alice: User, address: str, make_prediction: Any) -> None:
    if address == "correction":
        address = f"{LIST}{make_prediction(alice).pk}/correction/"
    method = "PUT" if "correction" in address else "PATCH" if "personal" in address else "POST"
    body = b'{"text": "' + b"A" * MAX_JSON_BYTES + b'"}'
    answer = browser.generic(method, address, body, content_type="application/json")
    assert "1,000,000 bytes" in assert_problem(answer, 413, "too_large")["detail"]


def test_the_longest_text_with_all_its_signs_is_taken(client: Client) -> None:
    sign = {"label": "space", "confidence": 0.9712345678901234, "milliseconds": 2**31 - 1}
    body = {"text": "手" * LiveSession.MAX_LENGTH, "signs": [sign] * LiveSession.MAX_SIGNS}
    assert post(client, TEXTS, body).status_code == 201


def test_texts_with_all_their_signs_come_a_few_a_page(client: Client, alice: User) -> None:
    for number in range(11):
        LiveSession.objects.create(owner=alice, text=str(number), signs=[SIGN] * LiveSession.MAX_SIGNS)
    first = client.get(TEXTS)
    second = client.get(first.json()["next"]).json()
    assert [row["text"] for row in first.json()["results"] + second["results"]] == [str(n) for n in range(10, -1, -1)]
    assert len(first.content) < 4_000_000


def test_a_body_in_chunks_is_not_taken_for_none(client: Client) -> None:
    for address in (LIST, BATCH, TEXTS, f"{V1}frames/"):
        answer = client.generic("POST", address, headers={"Transfer-Encoding": "chunked"})
        assert "Content-Length" in assert_problem(answer, 411, "length_required")["detail"]


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        (TEXTS, {"text": "a", "signs": [{}] * 40_000}, "signs"),
        (ROUNDS, {"attempts": [{}] * 40_000}, "attempts"),
        (BATCH, {"images": [{}] * 40_000}, "images"),
        (f"{LIST}delete/", {"ids": ["x"] * 40_000}, "ids"),
    ],
)
def test_of_a_list_that_is_too_long_nothing_is_looked_at(client: Client, address: str, body: Any, field: str) -> None:
    answer = post(client, address, body)
    errors = assert_problem(answer, 400, "invalid")["errors"]
    assert [error["code"] for error in errors if error["field"].startswith(field)] == ["max_length"]
    assert len(answer.content) < 2000


def test_not_more_errors_are_told_than_somebody_reads(client: Client) -> None:
    answer = post(client, TEXTS, {"text": "a", "signs": [SIGN, *[{"label": "?" * 100}] * 1000]})
    problem = assert_problem(answer, 400, "invalid")
    assert len(problem["errors"]) == 20
    assert problem["detail"].endswith("At least 22 more are wrong, and not listed.")
    assert len(answer.content) < 20_000
    unknown = post(client, TEXTS, {"text": "a", **{f"field{number}": 1 for number in range(30_000)}})
    assert len(assert_problem(unknown, 400, "invalid")["errors"]) == 20


def test_what_was_sent_is_not_repeated_at_length(client: Client) -> None:
    answer = post(client, TEXTS, {"text": "a", "signs": [{**SIGN, "label": "X" * 500_000}]})
    assert named(assert_problem(answer, 400, "invalid")) == {"signs.0.label": "invalid_choice"}
    assert len(answer.content) < 2000


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"images": [' + b"[]," * 5_000_000 + b"[]]}", "too_many"),
        (b'{"images": ' + b"[" * 60 + b"]" * 60 + b"}", "parse_error"),
        (b'{"images": ' + b"[" * 900 + b"]" * 900 + b"}", "parse_error"),
        (b'{"images": 1e999}', "parse_error"),
        (b'{"images": -Infinity}', "parse_error"),
        (b'{"images": ' + b"9" * 1_000_000 + b"}", "parse_error"),
        (b'{"images": [' + b",".join([b"9" * 4000] * 20) + b"]}", "parse_error"),
    ],
    ids=["many", "deep", "deeper", "beyond", "infinite", "long", "long, often"],
)
def test_odd_json_is_told_so(client: Client, body: bytes, code: str) -> None:
    assert_problem(post(client, BATCH, body), 400, code)


@pytest.mark.parametrize("item", [";b=    ", ";    "])
def test_a_header_that_means_nothing_is_passed_over_at_once(item: str) -> None:
    start = time.process_time()
    assert preferred_wait_seconds(f'a{item * 11}"', most=20) is None
    assert time.process_time() - start < 0.2


def test_a_long_name_is_refused_for_its_length(client: Client) -> None:
    body = {"image_base64": base64.b64encode(encoded()).decode(), "name": "\ud800" * 2_000_000}
    assert named(assert_problem(post(client, LIST, body), 400, "invalid")) == {"name": "max_length"}


def form(*parts: bytes) -> bytes:
    return b"".join(b"--border\r\n" + part + b"\r\n" for part in parts) + b"--border--\r\n"


FILE = b'Content-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\nno picture'
FIELD = b'Content-Disposition: form-data; name="tag"\r\n\r\n'
TOO_MUCH = [
    (form(*[FILE] * 501), 400, "too_many", "at most 100 in one request"),
    (form(*[FIELD + b"x"] * 1100), 400, "too_many", "more than 1,000 fields"),
    (form(FIELD + b"x" * 3_000_000), 413, "too_large", "Send pictures as files"),
]


@pytest.mark.parametrize("address", [LIST, BATCH, f"{V1}frames/"])
@pytest.mark.parametrize(("body", "status", "code", "sentence"), TOO_MUCH, ids=["files", "fields", "text"])
def test_a_form_that_is_too_much_is_told_so(
    client: Client, browser: Client, address: str, body: bytes, status: int, code: str, sentence: str
) -> None:
    for sender in (client, browser):
        answer = sender.generic("POST", address, body, content_type="multipart/form-data; boundary=border")
        assert sentence in assert_problem(answer, status, code)["detail"]


class Watched:
    """A body that notes how much of it was read."""

    def __init__(self, body: bytes) -> None:
        self.left = body

    def read(self, size: int = -1) -> bytes:
        size = len(self.left) if size < 0 else size
        piece, self.left = self.left[:size], self.left[size:]
        return piece

    readline = read


@pytest.mark.parametrize(
    ("address", "body", "kind"),
    [
        (BATCH, TOO_MUCH[2][0] + b" " * 1_000_000, "multipart/form-data; boundary=border"),
        (TEXTS, b" " * 2_000_000, "application/json"),
        (LIST, b" " * 2_000_000, "image/jpeg"),
    ],
    ids=["form", "JSON", "another type"],
)
def test_what_is_refused_is_read_to_its_end_so_that_the_answer_arrives(
    client: Client, address: str, body: bytes, kind: str
) -> None:
    watched = Watched(body)
    environ: dict[str, Any] = {"wsgi.input": watched, "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": kind}
    assert client.generic("POST", address, **environ).status_code in (400, 413, 415)
    assert watched.left == b""
    if kind == "image/jpeg":
        environ["wsgi.input"] = strange = Watched(body)
        assert Client().generic("POST", address, **environ).status_code == 401
        assert strange.left == body  # of strangers nothing is read
