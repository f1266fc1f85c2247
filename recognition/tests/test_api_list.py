"""The list of predictions over REST: filters, order, pages; deleting, undoing, correcting; statistics."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from recognition.models import Correction, Prediction
from recognition.tests.conftest import MakePrediction, encoded
from recognition.tests.rest import LIST, V1, assert_problem, client_of, named


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


def put(client: Client, prediction: Prediction, body: Any) -> Any:
    return client.put(f"{LIST}{prediction.pk}/correction/", body, content_type="application/json")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "dcba"),
        ("?sort=oldest", "abcd"),
        ("?sort=surest", "bca"),
        ("?label=B", "b"),
        ("?state=failed", "d"),
        ("?min_confidence=0.5", "cb"),
        ("?min_confidence=0.5&max_confidence=0.8", "c"),
        ("?search=B.J", "b"),
        ("?since=2026-11-02&until=2026-11-03", "cb"),
        ("?since=2026-11-02&until=2026-11-03&zone=Pacific/Auckland", "ba"),  # 13 hours ahead
        ("?certainty=unsure", "a"),
        ("?certainty=sure", "cb"),
        ("?answer=corrected", "c"),
        ("?answer=confirmed", "b"),
        ("?answer=unanswered", "a"),
        ("?label=C&answer=confirmed", ""),
    ],
)
def test_filters_and_orders(
    client: Client, alice: User, charlie: User, make_prediction: MakePrediction, query: str, names: str
) -> None:
    a = make_prediction(alice, label="A", confidence=0.3, is_unsure=True, original_name="a.jpg")
    b = make_prediction(alice, label="B", confidence=0.9, original_name="b.jpg")
    c = make_prediction(alice, label="C", confidence=0.6, original_name="c.jpg")
    d = make_prediction(alice, state="failed", original_name="d.jpg")
    for day, prediction in enumerate((a, b, c, d), 1):
        Prediction.objects.filter(pk=prediction.pk).update(created_at=datetime(2026, 11, day, 12, tzinfo=UTC))
    put(client, b, {"label": "B"})
    put(client, c, {"label": "D"})
    make_prediction(charlie, label="B")
    found = client.get(LIST + query).json()
    assert "".join(row["original_name"][0] for row in found["results"]) == names


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("?lable=A", "lable", "unknown"),
        ("?label=AA", "label", "invalid_choice"),
        ("?certainty=maybe", "certainty", "invalid_choice"),
        ("?min_confidence=2", "min_confidence", "max_value"),
        ("?since=tomorrow", "since", "invalid"),
        ("?since=2026-11-02&zone=Nowhere", "zone", "invalid"),
        ("?limit=0", "limit", "invalid"),
        ("?limit=many", "limit", "invalid"),
        ("?limit=101", "limit", "invalid"),
        ("?limit=000000001000", "limit", "invalid"),
        (f"?limit={'1' * 5000}", "limit", "invalid"),
        (f"?limit={'0' * 5000}1", "limit", "invalid"),
        ("?cursor=nonsense", "cursor", "invalid"),
        ("?cursor=after.2026-11-23T00:00:00Z_no-id", "cursor", "invalid"),
        ("?search=%00", "search", "null_characters_not_allowed"),
    ],
)
def test_a_query_that_is_not_understood_is_named(client: Client, query: str, field: str, code: str) -> None:
    assert named(assert_problem(client.get(LIST + query), 400, "invalid")) == {field: code}


def test_pages_go_there_and_back_and_keep_the_filter(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    made = [str(make_prediction(alice, label="B").pk) for _ in range(5)]
    make_prediction(alice, label="C")
    first = client.get(f"{LIST}?label=B&limit=2").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert [row["id"] for page in (first, second, third) for row in page["results"]] == made[::-1]
    assert (first["previous"], third["next"]) == (None, None)
    assert client.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize("rows", [1, 50])
def test_the_list_takes_two_queries_however_long_and_corrected_it_is(
    client: Client,
    alice: User,
    make_prediction: MakePrediction,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for _ in range(rows):
        Correction.objects.create(prediction=make_prediction(alice), label="A", by=alice)
    client.get(LIST)
    with django_assert_num_queries(2):  # token with its owner, page with models and corrections
        assert len(client.get(LIST).json()["results"]) == rows


def test_the_small_copy_is_named_once_it_is_there(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice)
    one = f"{LIST}{prediction.pk}/"
    assert client.get(one).json()["thumbnail_url"] is None
    assert_problem(client.get(f"{one}thumbnail/"), 404, "not_found")
    prediction.keep_thumbnail(encoded("WEBP"))
    small = client.get(client.get(one).json()["thumbnail_url"])
    assert (small.status_code, small.headers["Content-Type"]) == (200, "image/webp")


def test_what_is_deleted_is_gone_and_can_be_had_back(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    one = f"{LIST}{make_prediction(alice).pk}/"
    assert client.delete(one).status_code == 204
    assert_problem(client.get(one), 404, "not_found")
    assert_problem(client.get(f"{one}picture/"), 404, "not_found")
    assert_problem(client.delete(one), 404, "not_found")
    body = {"ids": [one.split("/")[-2]]}
    assert client.post(f"{LIST}restore/", body, content_type="application/json").json() == {"restored": 1}
    assert client.get(one).status_code == 200
    assert client.post(f"{LIST}restore/", body, content_type="application/json").json() == {"restored": 0}


def test_several_are_deleted_and_what_is_anothers_is_passed_over(
    client: Client, alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    own, others = [make_prediction(alice) for _ in range(2)], make_prediction(charlie)
    ids = [str(one.pk) for one in (*own, others)] + [str(uuid4()), str(own[0].pk)]
    assert client.post(f"{LIST}delete/", {"ids": ids}, content_type="application/json").json() == {"deleted": 2}
    assert list(Prediction.objects.present()) == [others]
    assert client.post(f"{LIST}delete/", {"ids": ids}, content_type="application/json").json() == {"deleted": 0}


@pytest.mark.parametrize("body", [{}, {"ids": []}, {"ids": ["x"]}, {"ids": "all"}, {"ids": None}, {"all": True}])
def test_ids_that_are_none_are_refused(client: Client, body: dict[str, Any]) -> None:
    for verb in ("delete", "restore"):
        assert_problem(client.post(f"{LIST}{verb}/", body, content_type="application/json"), 400, "invalid")


def test_an_answer_is_corrected_confirmed_and_left_alone_again(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice, label="L")
    one = f"{LIST}{prediction.pk}/"
    assert_problem(client.get(f"{one}correction/"), 404, "not_found")
    said = put(client, prediction, {"label": "D"}).json()
    assert (said["label"], said["is_confirmation"]) == ("D", False)
    assert client.get(one).json()["correction"] == client.get(f"{one}correction/").json() == said
    assert put(client, prediction, {"label": "L"}).json()["is_confirmation"] is True
    assert client.delete(f"{one}correction/").status_code == 204
    assert client.get(one).json()["correction"] is None
    assert_problem(client.delete(f"{one}correction/"), 404, "not_found")


def test_a_correction_that_makes_no_sense_is_refused(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    assert named(assert_problem(put(client, make_prediction(alice), {"label": "?"}), 400, "invalid")) == {
        "label": "invalid_choice"
    }
    waiting = make_prediction(alice, state="queued")
    assert_problem(put(client, waiting, {"label": "A"}), 409, "not_correctable")
    assert_problem(client.patch(f"{LIST}{waiting.pk}/correction/"), 405, "method_not_allowed")


def test_statistics_count_what_is_ones_own(
    client: Client, alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    put(client, make_prediction(alice, label="A", is_unsure=True), {"label": "A"})
    put(client, make_prediction(alice, label="A"), {"label": "S"})
    make_prediction(charlie, label="A")
    found = client.get(f"{V1}statistics/?step=day").json()
    assert (found["total"], found["unsure"]) == (2, 1)
    assert found["score"] == {"judged": 2, "right": 1, "accuracy": 0.5}
    assert found["mistakes"] == [{"meant": "S", "said": "A", "count": 1}]
    assert [row["count"] for row in found["labels"]][:2] == [2, 0]
    assert (len(found["labels"]), len(found["periods"]), found["periods"][-1]["count"]) == (29, 30, 2)
    for query, field in (("?step=year", "step"), ("?steps=day", "steps")):
        assert list(named(assert_problem(client.get(f"{V1}statistics/{query}"), 400, "invalid"))) == [field]
