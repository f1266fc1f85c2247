"""Taking one's history along, as CSV and JSON."""

import csv
import io
import json

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from recognition import services
from recognition.exports import plain_cell
from recognition.tests.conftest import MakePrediction

FORMULAS = ["=1+1", "@SUM(A1)", "+1", "-2+3+cmd|' /C calc'!A0", "  =1", "\t=1", "＝1+1"]


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def fetched(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    assert response.streaming
    assert response.headers["Content-Disposition"].startswith('attachment; filename="asl-alphabet-history-')
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    return b"".join(response).decode()


def test_csv_opens_in_a_spreadsheet_with_answers_and_any_name(
    client: Client, alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice, original_name='手話, "é"\n.jpg')
    make_prediction(charlie, original_name="secret.jpg")
    services.correct_prediction(prediction=prediction, by=alice, label="G")
    text = fetched(client, "/history/export.csv")
    assert text.startswith("\ufeffid,")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert row["id"] == str(prediction.pk)
    assert (row["label"], row["confidence"], row["answer"], row["corrected_label"]) == ("L", "0.934", "corrected", "G")
    assert row["file_name"] == '手話, "é"\n.jpg'
    assert row["model_version"] == "landmarks-0123abcd"


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_is_a_formula(client: Client, alice: User, make_prediction: MakePrediction, name: str) -> None:
    make_prediction(alice, original_name=name)
    (row,) = csv.DictReader(io.StringIO(fetched(client, "/history/export.csv").removeprefix("\ufeff")))
    assert row["file_name"] == f"'{name}"


@pytest.mark.parametrize("value", ["hand.jpg", "", 0.5, "a=b", "it's"])
def test_what_is_no_formula_stays(value: object) -> None:
    assert plain_cell(value) == value


def test_json_has_the_same_with_nulls(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    assert json.loads(fetched(client, "/history/export.json")) == []
    make_prediction(alice, state="queued", original_name="=1")
    make_prediction(alice)
    rows = json.loads(fetched(client, "/history/export.json?sort=oldest"))
    assert [row["state"] for row in rows] == ["queued", "succeeded"]
    assert (rows[0]["label"], rows[0]["confidence"], rows[0]["answer"]) == (None, None, None)
    assert rows[0]["file_name"] == "=1"


def test_an_unsure_answer_comes_with_what_it_wavers_between(
    client: Client, alice: User, make_unsure: MakePrediction, make_prediction: MakePrediction
) -> None:
    make_unsure(alice)
    make_prediction(alice)
    make_prediction(alice, state="failed")
    rows = json.loads(fetched(client, "/history/export.json?sort=oldest"))
    assert [(row["certainty"], row["contenders"]) for row in rows] == [
        ("unsure", ["M", "N", "T"]),
        ("sure", []),
        (None, []),
    ]
    (row,) = csv.DictReader(io.StringIO(fetched(client, "/history/export.csv?certainty=unsure")))
    assert (row["certainty"], row["contenders"]) == ("unsure", "M N T")


def test_it_exports_what_the_filter_finds(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    make_prediction(alice, label="A")
    make_prediction(alice, label="B")
    assert [row["label"] for row in json.loads(fetched(client, "/history/export.json?label=B"))] == ["B"]
    response = client.get("/history/export.csv?label=Ä", follow=True)
    assert response.status_code == 400
    assert "There is no letter “Ä”." in response.content.decode()


def test_any_length_takes_the_same_queries(
    client: Client, alice: User, make_unsure: MakePrediction, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        make_unsure(alice)
    with django_assert_num_queries(3):  # session, person, rows
        fetched(client, "/history/export.csv")


def test_it_is_for_who_is_signed_in(client: Client) -> None:
    client.logout()
    assert client.get("/history/export.csv").status_code == 302
    assert client.get("/history/export.pdf").status_code == 404
