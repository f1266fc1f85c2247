"""The result page asks "was this right?", and leads on to the next picture."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from recognition import services
from recognition.models import Correction, Prediction
from recognition.tests.conftest import MakePrediction


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def page_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_yes_is_one_button_and_can_be_undone(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice)
    address = f"/predictions/{prediction.pk}/"
    assert "Was this right?" in page_of(client, address)
    assert "Yes, it is L" in page_of(client, address)
    response = client.post(f"{address}answer/", {"label": "L"})
    assert response.headers["Location"] == f"{address}#answer"
    assert "You confirmed this answer" in page_of(client, address)
    client.post(f"{address}answer/")
    assert not Correction.objects.exists()
    assert "Was this right?" in page_of(client, address)


def test_no_offers_all_29_and_the_answer_stands_in_page_and_list(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice)
    address = f"/predictions/{prediction.pk}/"
    assert page_of(client, address).count('type="radio"') == 29
    client.post(f"{address}answer/", {"label": "space"})
    page = page_of(client, address)
    assert "You said: space" in page
    assert re.search(r'value="space"[^>]*checked', page)
    assert "You said: space" in page_of(client, "/history/")


@pytest.mark.parametrize("label", ["AA", "delete", "l", "\x00", "x" * 100_000])
def test_an_answer_that_is_none_is_told(
    client: Client, alice: User, make_prediction: MakePrediction, label: str
) -> None:
    prediction = make_prediction(alice)
    response = client.post(f"/predictions/{prediction.pk}/answer/", {"label": label}, follow=True)
    assert "Choose one of the 29 answers." in response.content.decode()
    assert not Correction.objects.exists()


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
def test_without_an_answer_nothing_is_asked(
    client: Client, alice: User, make_prediction: MakePrediction, state: str
) -> None:
    prediction = make_prediction(alice, state=state)
    assert "Was this right?" not in page_of(client, f"/predictions/{prediction.pk}/")
    response = client.post(f"/predictions/{prediction.pk}/answer/", {"label": "L"}, follow=True)
    assert "Only a picture that was read" in response.content.decode()


def test_another_persons_picture_cannot_be_answered(
    client: Client, charlie: User, make_prediction: MakePrediction
) -> None:
    address = f"/predictions/{make_prediction(charlie).pk}/answer/"
    assert client.post(address, {"label": "L"}).status_code == 404
    assert client.get(address).status_code == 405
    client.logout()
    assert client.post(address, {"label": "L"}).status_code == 302
    assert not Correction.objects.exists()


def test_previous_and_next_follow_the_list_that_one_came_from(
    client: Client, alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    newest, other, middle, gone, oldest = (make_prediction(alice, label=label) for label in "ABAAA")
    make_prediction(charlie)
    for days, prediction in enumerate((newest, other, middle, gone, oldest)):
        Prediction.objects.filter(pk=prediction.pk).update(created_at=timezone.now() - timedelta(days=days))
    services.delete_predictions(owner=alice, ids=[gone.pk])
    page = page_of(client, f"/predictions/{middle.pk}/")
    assert f'rel="prev" href="/predictions/{other.pk}/"' in page
    assert f'rel="next" href="/predictions/{oldest.pk}/"' in page
    page = page_of(client, f"/predictions/{middle.pk}/?label=A")
    assert f'rel="prev" href="/predictions/{newest.pk}/?label=A"' in page
    assert 'rel="next"' not in page_of(client, f"/predictions/{oldest.pk}/")
    assert 'rel="prev"' not in page_of(client, f"/predictions/{newest.pk}/?label=nonsense")
    response = client.post(f"/predictions/{middle.pk}/answer/?label=A", {"label": "A"})
    assert response.headers["Location"] == f"/predictions/{middle.pk}/?label=A#answer"


def test_it_takes_five_queries(
    client: Client, alice: User, make_prediction: MakePrediction, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    prediction = make_prediction(alice)
    make_prediction(alice)
    with django_assert_num_queries(5):  # session, person, prediction, previous, next
        client.get(f"/predictions/{prediction.pk}/")


def test_an_answer_to_what_one_deleted_in_another_tab_leads_to_having_it_back(
    client: Client, alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    own, others = make_prediction(alice), make_prediction(charlie)
    for prediction in (own, others):
        services.delete_predictions(owner=prediction.owner, ids=[prediction.pk])
    page = client.post(f"/predictions/{own.pk}/answer/", {"label": "R"}, follow=True)
    assert "You deleted this picture" in page.content.decode()
    assert client.post(f"/predictions/{others.pk}/answer/", {"label": "R"}).status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ("Newer picture", "Older picture")),
        ("?sort=oldest", ("Older picture", "Newer picture")),
        ("?sort=surest", ("Surer answer", "Less sure answer")),
        ("?sort=least-sure", ("Less sure answer", "Surer answer")),
    ],
)
def test_the_neighbours_are_called_by_what_they_are(
    client: Client, alice: User, make_prediction: MakePrediction, query: str, names: tuple[str, str]
) -> None:
    _oldest, middle, _newest = (make_prediction(alice, confidence=sure) for sure in (0.91, 0.92, 0.93))
    page = page_of(client, f"/predictions/{middle.pk}/{query}")
    assert tuple(re.findall(r'rel="(?:prev|next)" href="[^"]*">([^<]*)<', page)) == names
