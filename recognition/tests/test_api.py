"""REST v1: sending pictures, waiting for letters, reading them again."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts.models import ApiToken, User
from recognition import services
from recognition.models import Prediction
from recognition.tests.bad_files import BAD, GOOD
from recognition.tests.conftest import MakePrediction, active_model, encoded
from recognition.tests.rest import LIST, assert_problem
from recognition.tests.test_upload_page import upload


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    _token, key = ApiToken.issue(owner=alice, name="test")
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


@pytest.fixture
def quick_worker(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Finishes what is waited for at once; notes for how long one was willing to wait."""
    waits: list[float] = []

    def finish(*, prediction: Prediction, seconds: float) -> Prediction:
        waits.append(seconds)
        prediction.state, prediction.label, prediction.confidence = Prediction.State.SUCCEEDED, "L", 0.9
        prediction.model_version = active_model()
        return prediction

    monkeypatch.setattr(services, "wait_for_result", finish)
    return waits


def send(client: Client, name: str = "hand.jpg", data: bytes | None = None, **headers: str) -> Any:
    """One file in the field ``image``, under the name that the client gives it."""
    body = (
        b'--border\r\nContent-Disposition: form-data; name="image"; filename="' + name.encode() + b'"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + (encoded() if data is None else data) + b"\r\n--border--\r\n"
    )
    return client.generic("POST", LIST, body, content_type="multipart/form-data; boundary=border", headers=headers)


def test_a_picture_is_accepted_and_found_at_its_location(client: Client, alice: User) -> None:
    response = send(client)
    assert response.status_code == 202
    assert response.headers["Retry-After"] == "1"
    prediction = Prediction.objects.get()
    assert prediction.owner == alice
    address = response.headers["Location"]
    assert address == response.json()["url"] == f"http://testserver{LIST}{prediction.pk}/"
    found = client.get(address).json()
    assert (found["state"], found["label"], found["confidence"], found["hand"]) == ("queued", None, None, None)


def test_an_answer_has_all_that_the_recogniser_said(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice)
    found = client.get(f"{LIST}{prediction.pk}/").json()
    assert found["id"] == str(prediction.pk)
    assert (found["state"], found["label"], found["label_name"], found["confidence"]) == ("succeeded", "L", "L", 0.934)
    assert (found["is_unsure"], found["contenders"]) == (False, [])
    assert found["top"][1] == {"label": "G", "confidence": 0.05}
    assert len(found["hand"]["landmarks"]) == 21
    assert found["hand"]["handedness"] == "right"
    assert found["milliseconds"]["total"] == 23.0
    assert found["model_version"] == "landmarks-0123abcd"
    assert found["error"] is None
    assert (found["image_width"], found["image_height"], found["original_name"]) == (64, 48, "hand.jpg")
    assert found["page_url"] == f"http://testserver/predictions/{prediction.pk}/"
    picture = client.get(found["picture_url"])
    assert picture.headers["Content-Type"] == "image/jpeg"


def test_an_unsure_answer_says_so_and_names_its_contenders(
    client: Client, alice: User, make_unsure: MakePrediction, make_prediction: MakePrediction
) -> None:
    found = client.get(f"{LIST}{make_unsure(alice).pk}/").json()
    assert (found["label"], found["is_unsure"], found["contenders"]) == ("M", True, ["M", "N", "T"])
    waiting = client.get(f"{LIST}{make_prediction(alice, state='queued').pk}/").json()
    assert (waiting["is_unsure"], waiting["contenders"]) == (None, [])


def test_who_prefers_to_wait_gets_the_result(client: Client, quick_worker: list[float]) -> None:
    response = send(client, Prefer="wait=5")
    assert response.status_code == 201
    assert response.headers["Preference-Applied"] == "wait=5"
    assert response.headers["Location"] == response.json()["url"]
    assert response.json()["label"] == "L"
    assert quick_worker == [5]


def test_nobody_waits_longer_than_the_site_allows(client: Client, quick_worker: list[float]) -> None:
    assert send(client, Prefer="wait=3600").headers["Preference-Applied"] == "wait=20"
    assert quick_worker == [20]


def test_what_does_not_come_in_time_is_accepted_only(client: Client) -> None:
    response = send(client, Prefer="wait=1")
    assert response.status_code == 202
    assert "Preference-Applied" not in response.headers


@pytest.mark.parametrize("prefer", ["wait=soon", "respond-async", "wait=0", ""])
def test_without_a_sound_wait_it_answers_at_once(client: Client, quick_worker: list[float], prefer: str) -> None:
    assert send(client, Prefer=prefer).status_code == 202
    assert quick_worker == []


def test_a_prediction_deleted_while_waited_for_is_not_found(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(**_asked: Any) -> Prediction:
        raise Prediction.DoesNotExist

    monkeypatch.setattr(services, "wait_for_result", gone)
    assert_problem(send(client, Prefer="wait=5"), 404, "not_found")


@pytest.mark.parametrize(("name", "data", "shown"), GOOD.values(), ids=GOOD)
def test_names_are_shown_and_never_used(client: Client, name: str, data: bytes, shown: str) -> None:
    assert send(client, name, data).json()["original_name"] == shown


@pytest.mark.parametrize(("name", "data", "status", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    client: Client, name: str, data: bytes, status: int, sentence: str
) -> None:
    response = send(client, name, data)
    problem = assert_problem(response, status, response.json()["code"])
    assert sentence in problem["detail"]
    assert problem["errors"] == [{"field": "image", "code": problem["code"], "detail": problem["detail"]}]
    assert Prediction.objects.count() == 0


def test_a_file_over_the_limit_is_refused(client: Client, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 100_000
    settings.IMAGE_LIMITS = type(settings.IMAGE_LIMITS)(max_bytes=100_000)
    problem = assert_problem(send(client, data=encoded() + b"\0" * 300_000), 413, "too_large")
    assert "at most 0.1 MB" in problem["detail"]


def test_a_missing_file_is_named(client: Client) -> None:
    problem = assert_problem(client.post(LIST, {"picture": "x"}), 400, "invalid")
    assert problem["errors"][0]["field"] == "image"
    assert problem["errors"][0]["code"] == "required"


def test_text_in_place_of_a_file_is_told(client: Client) -> None:
    problem = assert_problem(client.post(LIST, {"image": "hand.jpg"}), 400, "invalid")
    assert "This is not a file." in problem["detail"]


@pytest.mark.parametrize("count", [2, 200])
def test_several_files_are_refused(client: Client, count: int) -> None:
    parts = (
        b'--border\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n' + encoded() + b"\r\n"
    ) * count
    content_type = "multipart/form-data; boundary=border"
    problem = assert_problem(client.generic("POST", LIST, parts + b"--border--\r\n", content_type), 400, "invalid")
    assert "Send one file in this field; several go to /api/v1/predictions/batch/." in problem["detail"]
    assert Prediction.objects.count() == 0


def test_without_a_queue_it_says_when_to_try_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_asked: Any) -> Prediction:
        raise services.QueueUnavailable

    monkeypatch.setattr(services, "request_prediction", away)
    response = send(client)
    assert_problem(response, 503, "queue_unavailable")
    assert response.headers["Retry-After"] == "10"


def test_other_wrongs_have_the_same_shape(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    one = f"{LIST}{make_prediction(alice).pk}/"
    assert_problem(client.post(LIST, b"image=x", content_type="text/plain"), 415, "unsupported_media_type")
    assert_problem(client.generic("POST", LIST, b"garbage", "multipart/form-data"), 400, "parse_error")
    refused = client.put(one)
    assert_problem(refused, 405, "method_not_allowed")
    assert "GET" in refused.headers["Allow"]
    assert_problem(client.get(LIST, headers={"Accept": "text/csv"}), 406, "not_acceptable")
    problem = assert_problem(client.get(f"{LIST}5c1f0c2e-0000-4000-8000-000000000000/"), 404, "not_found")
    assert problem["detail"] == "There is none of that id that is yours."
    assert_problem(client.get(f"{LIST}?cursor=nonsense"), 400, "invalid")
    for unknown in ("/api/", "/api/v2/predictions/", f"{LIST}not-an-id/", "/api/v1/predictions"):
        assert_problem(client.post(unknown), 404, "not_found")


def test_a_fault_of_ours_shows_nothing_of_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_asked: Any) -> Prediction:
        raise RuntimeError("secret detail")

    client.raise_request_exception = False
    monkeypatch.setattr(services, "request_prediction", broken)
    response = send(client)
    assert_problem(response, 500, "error")
    assert "secret" not in response.content.decode()


def test_the_list_goes_by_cursor_newest_first(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    made = [str(make_prediction(alice).pk) for _ in range(51)]
    first = client.get(LIST).json()
    second = client.get(first["next"]).json()
    found = [row["id"] for row in first["results"] + second["results"]]
    assert sorted(found) == sorted(made)
    assert found[0] == made[-1]
    assert (first["previous"], second["next"]) == (None, None)


@pytest.mark.parametrize("rows", [1, 50])
def test_the_list_takes_the_same_few_queries_however_long_it_is(
    client: Client,
    alice: User,
    make_prediction: MakePrediction,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for _ in range(rows):
        make_prediction(alice)
    ApiToken.objects.get().mark_used()
    with django_assert_num_queries(2):  # token with its owner, page with its models
        client.get(LIST)


def test_a_session_needs_its_csrf_token(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.get(LIST).status_code == 200
    assert_problem(send(browser), 403, "permission_denied")
    browser.get("/predict/")
    token = browser.cookies["csrftoken"].value
    assert send(browser, "hand.jpg", None, **{"X-CSRFToken": token}).status_code == 202


def test_the_pages_and_the_api_take_the_same_picture(client: Client, alice: User) -> None:
    client.force_login(alice)
    upload(client, ("hand.jpg", encoded()))
    send(client)
    assert Prediction.objects.count() == 2
