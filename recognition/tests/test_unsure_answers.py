"""Answers of which the recogniser is not sure: what they ask, and how pages, list and title put it."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from recognition.models import Correction
from recognition.tests.conftest import MakePrediction


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def page_of(client: Client, address: str) -> str:
    """With single spaces, as it reads."""
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


@pytest.mark.parametrize(
    ("shares", "question"),
    [
        ({"M": 0.48, "N": 0.31, "T": 0.15}, "M, N or T?"),
        ({"M": 0.6, "N": 0.35}, "M or N?"),
        ({"space": 0.5, "B": 0.3, "del": 0.1}, "space, B or delete?"),
        ({"nothing": 0.6, "A": 0.35}, "Perhaps no\u00a0hand, perhaps A?"),
        ({"nothing": 0.5, "A": 0.25, "S": 0.2}, "Perhaps no\u00a0hand, perhaps A or S?"),
        ({"A": 0.5, "nothing": 0.25, "S": 0.2}, "Perhaps A or S, perhaps no\u00a0hand?"),
        ({"nothing": 0.5}, "Perhaps no\u00a0hand?"),
    ],
    ids=str,
)
def test_it_asks_in_words_that_read_well(
    alice: User, make_unsure: MakePrediction, shares: dict[str, float], question: str
) -> None:
    assert make_unsure(alice, shares).question == question


def test_a_sure_answer_and_none_ask_nothing(alice: User, make_prediction: MakePrediction) -> None:
    sure, failed = make_prediction(alice), make_prediction(alice, state="failed")
    assert (sure.question, sure.contenders, sure.certainty) == ("", (), "sure")
    assert (failed.question, failed.contenders, failed.certainty) == ("", (), "")


def test_the_page_asks_and_shows_between_what_it_wavers(
    client: Client, alice: User, make_unsure: MakePrediction
) -> None:
    page = page_of(client, f"/predictions/{make_unsure(alice).pk}/")
    assert "<title>Not sure: M, N or T? hand.jpg · ASL Alphabet</title>" in page.replace("<title> ", "<title>")
    assert re.search(r"<h1>Not sure: M, N or T\?\s*</h1>", page)
    assert "The hand sign represents" not in page
    assert re.findall(r'<span class="plate__text">(.*?)</span>', page) == ["M", "N", "T"]
    words = re.findall(r'<span class="contender__words"><strong>(.*?)</strong> (.*?)</span>', page)
    assert words == [("possible", "48 %"), ("possible", "31 %"), ("less likely", "15 %")]
    assert "all of the hand, closer to the camera, and with more light" in page
    assert page.count("bar--best") == 3


def test_perhaps_no_hand_is_asked_in_other_words(client: Client, alice: User, make_unsure: MakePrediction) -> None:
    prediction = make_unsure(alice, {"nothing": 0.52, "J": 0.44, "I": 0.02}, hand=None)
    page = page_of(client, f"/predictions/{prediction.pk}/")
    assert re.search(r"<h1>Perhaps no hand, perhaps J\?\s*</h1>", page)
    assert "No hand was found" not in page
    assert "J is a movement." in page
    assert "There is no hand" in page
    assert "It is J" in page


def test_news_of_an_unsure_answer_are_announced_as_a_question(
    client: Client, alice: User, make_unsure: MakePrediction
) -> None:
    fragment = page_of(client, f"/predictions/{make_unsure(alice).pk}/progress/?seen=running")
    assert '<p id="announcement" hx-swap-oob="innerHTML"> Not sure: M, N or T? </p>' in fragment


def test_the_contenders_are_the_first_choices_and_the_others_follow(
    client: Client, alice: User, make_unsure: MakePrediction
) -> None:
    address = f"/predictions/{make_unsure(alice).pk}/"
    page = page_of(client, address)
    assert re.findall(r'<button [^>]*name="label" value="(\w+)"', page) == ["M", "N", "T"]
    assert "Yes, it is" not in page
    assert page.count('type="radio"') == 29
    for label, sign in (("M", "right"), ("N", "right"), ("space", "wrong")):
        client.post(f"{address}answer/", {"label": label})
        assert Correction.objects.get().label == label
        assert f"You said: {label}" in page_of(client, address)
        assert f'answered--{sign}">You said: {label}' in page_of(client, "/history/")


def test_the_history_asks_too_and_marks_it_in_words(
    client: Client, alice: User, make_prediction: MakePrediction, make_unsure: MakePrediction
) -> None:
    make_prediction(alice)
    make_unsure(alice, {"space": 0.5, "B": 0.3, "nothing": 0.1})
    make_unsure(alice)
    page = page_of(client, "/history/")
    assert "M, N or T? <span" in page
    assert "Perhaps space or B, perhaps no hand? <span" in page
    assert page.count('<span class="status status--unsure">Not sure</span>') == 2
    assert page.count('<span class="status status--succeeded">Done</span>') == 1
    found = page_of(client, "/history/?certainty=unsure")
    assert found.count('class="row ') == 2
    assert '<option value="unsure" selected>Not sure</option>' in found
    assert "/history/export.csv?certainty=unsure" in found


@pytest.mark.parametrize("rows", [1, 50])
def test_a_list_of_them_takes_no_more_queries(
    client: Client,
    alice: User,
    make_unsure: MakePrediction,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for _ in range(rows):
        make_unsure(alice)
    with django_assert_num_queries(3):  # session, person, page
        client.get("/history/?certainty=unsure")


def test_the_statistics_tell_their_share_and_lead_to_them(
    client: Client, alice: User, make_prediction: MakePrediction, make_unsure: MakePrediction
) -> None:
    make_prediction(alice)
    assert "?certainty=unsure" not in page_of(client, "/statistics/")
    make_unsure(alice)
    page = page_of(client, "/statistics/")
    assert re.search(r"<dt>Unsure answers</dt> <dd> 50 %", page)
    assert "/history/?certainty=unsure&amp;answer=unanswered" in page
