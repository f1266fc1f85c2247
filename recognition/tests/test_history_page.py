"""The history: own pictures, newest first."""

import re
from datetime import timedelta
from html import unescape

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


def rows_of(page: str) -> list[str]:
    return re.findall(r'id="prediction-([0-9a-f-]+)"', page)


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
    assert rows_of(page) == [str(new.pk), str(old.pk)]
    assert str(foreign.pk) not in page
    assert "B, quite sure (93\u00a0%)" in page


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["whole page", "fragment"])
def test_each_row_shows_its_own_picture(
    client: Client, alice: User, make_prediction: MakePrediction, headers: dict[str, str]
) -> None:
    rows = [make_prediction(alice), make_prediction(alice)]
    assert "row__picture--none" in client.get("/history/", headers=headers).content.decode()  # until they are made
    for prediction in rows:
        assert prediction.keep_thumbnail(b"small")
    page = client.get("/history/", headers=headers).content.decode()
    shown = re.findall(r'class="row__picture"\s+src="([^"]*)"', page)
    assert sorted(shown) == sorted(f"/predictions/{prediction.pk}/thumbnail/" for prediction in rows)


def test_it_has_50_to_a_page(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    for _ in range(51):
        make_prediction(alice)
    first = client.get("/history/").content.decode()
    following = re.search(r'rel="next"\s+href="([^"]+)"', first)
    assert following is not None
    second = client.get("/history/" + unescape(following[1])).content.decode()
    assert (len(rows_of(first)), len(rows_of(second))) == (50, 1)
    assert set(rows_of(first)).isdisjoint(rows_of(second))
    assert "<title>History, continued · ASL Alphabet</title>" in second
    assert client.get("/history/?after=nonsense").content.decode().count('rel="next"') == 1


@pytest.mark.parametrize("rows", [1, 51])
def test_it_takes_the_same_few_queries_however_long_it_is(
    client: Client,
    alice: User,
    make_prediction: MakePrediction,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for _ in range(rows):
        make_prediction(alice)
    with django_assert_num_queries(3):  # session, person, page
        client.get("/history/")


def test_while_some_are_unfinished_the_list_updates_itself(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    make_prediction(alice)
    waiting = make_prediction(alice, state="queued")
    asked = re.search(r'hx-get="([^"]+)"', client.get("/history/?sort=newest").content.decode())
    assert asked is not None
    news = unescape(asked[1])
    assert client.get(news, headers={"HX-Request": "true"}).status_code == 204
    waiting.fail("It took too long.")
    response = client.get(news, headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert "hx-get" not in response.content.decode()
    assert "2 pictures, newest first." in response.content.decode()
    assert "HX-Request" in response.headers["Vary"]


def test_it_shows_what_one_asks_for_and_keeps_asking_on_the_next_page(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    for _ in range(51):
        make_prediction(alice, label="A")
    make_prediction(alice, label="B")
    page = client.get("/history/?label=A&min_confidence=0.5&state=").content.decode()
    assert "50 pictures on this page, newest first." in page
    assert re.search(r'<option value="A"\s+selected', page)
    following = re.search(r'rel="next"\s+href="([^"]+)"', page)
    assert following is not None
    assert unescape(following[1]).startswith("?label=A&min_confidence=0.5&after=")
    assert "/history/export.csv?label=A&amp;min_confidence=0.5" in page
    assert len(rows_of(client.get("/history/" + unescape(following[1])).content.decode())) == 1
    page = client.get("/history/?label=C").content.decode()
    assert "Nothing matches" in page
    assert "No pictures yet" not in page


def test_what_it_cannot_understand_it_says_and_shows_nothing(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    make_prediction(alice)
    response = client.get("/history/?min_confidence=93&since=yesterday&label=%3Cscript%3E")
    page = response.content.decode()
    assert response.status_code == 400
    assert "A confidence is a number from 0 to 1." in page
    assert "A day is written like 2026-11-23." in page
    assert "There is no letter “&lt;script&gt;”." in page
    assert rows_of(page) == []


def test_a_page_whose_rows_are_gone_leads_to_the_first(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    make_prediction(alice)
    response = client.get(f"/history/?sort=newest&after=2001-01-01T00:00:00Z_{'0' * 32}")
    assert response.headers["Location"] == "/history/?sort=newest"
