"""The history: own pictures, newest first."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from recognition.models import Prediction
from recognition.tests.conftest import MakePrediction


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_it_invites_who_has_nothing_yet(client: Client) -> None:
    page = client.get("/history/").content.decode()
    assert "No pictures yet" in page
    assert 'href="/predict/"' in page


def test_it_lists_own_pictures_newest_first(
    client: Client, alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    old, new = make_prediction(alice, label="A"), make_prediction(alice, label="B")
    Prediction.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=1))
    foreign = make_prediction(charlie)
    page = client.get("/history/").content.decode()
    assert re.findall(r'id="prediction-([0-9a-f-]+)"', page) == [str(new.pk), str(old.pk)]
    assert str(foreign.pk) not in page
    assert "B, quite sure (93\u00a0%)" in page


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["whole page", "fragment"])
def test_each_row_shows_its_own_picture(
    client: Client, alice: User, make_prediction: MakePrediction, headers: dict[str, str]
) -> None:
    rows = [make_prediction(alice), make_prediction(alice)]
    page = client.get("/history/", headers=headers).content.decode()
    shown = re.findall(r'class="row__picture"\s+src="([^"]*)"', page)
    assert sorted(shown) == sorted(f"/predictions/{prediction.pk}/picture/" for prediction in rows)


def test_it_has_24_to_a_page(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    for _ in range(25):
        make_prediction(alice)
    first, second = client.get("/history/").content.decode(), client.get("/history/?page=2").content.decode()
    assert first.count('class="row"') == 24
    assert second.count('class="row"') == 1
    assert 'href="?page=2"' in first
    assert "<title>History, page 2 · ASL Alphabet</title>" in second
    assert client.get("/history/?page=nonsense").status_code == 200


@pytest.mark.parametrize("rows", [1, 24])
def test_it_takes_the_same_few_queries_however_long_it_is(
    client: Client,
    alice: User,
    make_prediction: MakePrediction,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for _ in range(rows):
        make_prediction(alice)
    with django_assert_num_queries(4):  # session, person, count, page
        client.get("/history/")


def test_while_some_are_unfinished_the_list_updates_itself(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    make_prediction(alice)
    waiting = make_prediction(alice, state="queued")
    assert 'hx-get="/history/?page=1&amp;seen=2.1.0"' in client.get("/history/").content.decode()
    fragment = client.get("/history/?page=1", headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert "1 picture on this page is still to be read" in fragment.content.decode()
    assert "HX-Request" in fragment.headers["Vary"]
    assert client.get("/history/?page=1&seen=2.1.0", headers={"HX-Request": "true"}).status_code == 204
    waiting.fail("It took too long.")
    assert "hx-get" not in client.get("/history/?page=1", headers={"HX-Request": "true"}).content.decode()
