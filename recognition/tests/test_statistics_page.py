"""The statistics page: drawings, and tables of the same."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from recognition import services
from recognition.tests.conftest import MakePrediction


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def page_of(client: Client, address: str = "/statistics/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_it_says_how_right_the_answers_were_and_what_was_taken_for_what(
    client: Client, alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    for said, meant in (("A", "A"), ("A", "A"), ("A", "A"), ("S", "A"), ("S", "space")):
        services.correct_prediction(prediction=make_prediction(alice, label=said), by=alice, label=meant)
    make_prediction(alice, label="A")
    make_prediction(charlie, label="B")
    page = page_of(client)
    assert re.search(r"<dt>Of these right</dt> <dd> 60\s%", page)
    assert "You said of 5 answers whether they were right; 3 were." in page
    assert '75 % <span class="table__of">3 of 4</span>' in page  # of the pictures that show an A
    assert "A was read as S, once" in page
    assert "space was read as S, once" in page
    assert page.count("<rect") == 29 + 3  # a bar for each letter; this week: right, corrected, not judged


def test_the_columns_fill_the_drawing(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    services.correct_prediction(prediction=make_prediction(alice), by=alice, label="L")
    make_prediction(alice)
    page = page_of(client, "/statistics/?step=day")
    assert 'viewBox="0 0 300 100"' in page
    assert 'class="chart__block chart__block--right" x="290" y="50.00" width="7" height="50.00"' in page
    assert 'class="chart__block chart__block--open" x="290" y="0.00" width="7" height="50.00"' in page
    assert 'href="?step=day#time" aria-current="true"' in page


@pytest.mark.parametrize("address", ["/statistics/", "/statistics/?step=day", "/statistics/?step=nonsense"])
def test_who_has_nothing_is_told_what_will_be_here(client: Client, address: str) -> None:
    assert "Nothing to count yet" in page_of(client, address)


@pytest.mark.parametrize("rows", [1, 30])
def test_it_takes_six_queries(
    client: Client,
    alice: User,
    make_prediction: MakePrediction,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for _ in range(rows):
        services.correct_prediction(prediction=make_prediction(alice), by=alice, label="L")
    with django_assert_num_queries(6):  # session, person, four counts
        client.get("/statistics/")


def test_it_is_for_who_is_signed_in(client: Client) -> None:
    client.logout()
    assert client.get("/statistics/").headers["Location"] == "/accounts/login/?next=/statistics/"
