"""The result page, in each state of a prediction."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from recognition.models import Correction, Prediction
from recognition.tests.conftest import MakePrediction


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def page_of(client: Client, prediction: Prediction) -> str:
    response = client.get(f"/predictions/{prediction.pk}/")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_it_names_the_letter_how_sure_it_is_and_the_runners_up(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    page = page_of(client, make_prediction(alice))
    assert "Letter L: hand.jpg · ASL Alphabet</title>" in page
    assert "The hand sign represents:" in page
    assert "<strong>quite sure</strong>: 93 %" in page
    assert '<span class="bar__label">G</span>' in page
    assert "landmarks-0123abcd" in page
    assert re.search(r"<dt>Time in all</dt>\s*<dd>\s*23\.0 ms", page)


def test_the_hand_is_drawn_where_it_was_found(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    page = page_of(client, make_prediction(alice))
    assert 'viewBox="0 0 64 48"' in page
    assert page.count('class="hand__joint"') == 21
    assert 'points="14.0,43.2 31.9,25.7' in page  # wrist and base of the index finger, in pixels


def test_a_hand_that_is_not_whole_is_not_drawn(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    page = page_of(client, make_prediction(alice, hand={"landmarks": [[0.5, 0.5, 0.0]]}))
    assert "hand__joint" not in page


def test_no_hand_is_said_plainly(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    page = page_of(client, make_prediction(alice, label="nothing"))
    assert "<h1>No hand was found</h1>" in page
    assert "hand__joint" not in page
    assert "%" not in page.partition("<main")[2].partition("</main>")[0]  # of what is not there nothing is likely
    assert "The likeliest answers" not in page


def test_what_was_confirmed_and_what_was_corrected_is_told_apart(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice, label="L")
    assert "The hand sign represents:" in page_of(client, prediction)
    Correction.objects.create(prediction=prediction, label="L", by=alice)
    assert "The hand sign represents:" in page_of(client, prediction)
    Correction.objects.update(label="G")
    page = page_of(client, prediction)
    assert "It was read as:" in page
    assert "Letter L, corrected to G" in page


def test_a_failure_says_why_and_what_to_do(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    page = page_of(client, make_prediction(alice, state="failed", error="It took too long."))
    assert "This picture could not be read" in page
    assert "It took too long." in page
    assert "Upload another" in page


@pytest.mark.parametrize(("state", "words"), [("queued", "waits for its turn"), ("running", "is being read")])
def test_while_unfinished_it_asks_for_news_and_has_a_link_for_those_without_javascript(
    client: Client, alice: User, make_prediction: MakePrediction, state: str, words: str
) -> None:
    prediction = make_prediction(alice, state=state)
    page = page_of(client, prediction)
    assert words in page
    assert f'hx-get="/predictions/{prediction.pk}/progress/?seen={state}"' in page
    assert 'role="status"' in page
    assert f'<a href="/predictions/{prediction.pk}/">Refresh this page</a>' in page


def test_it_says_so_when_it_takes_longer_than_usual(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice, state="queued")
    Prediction.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    page = page_of(client, prediction)
    assert "This takes longer than usual" in page
    assert "?seen=delayed" in page


def test_a_finished_page_asks_nothing_and_loads_nothing_to_ask_with(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    page = page_of(client, make_prediction(alice))
    assert "hx-get" not in page
    assert "htmx" not in page


def test_without_news_there_is_nothing_to_show(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice, state="queued")
    assert client.get(f"/predictions/{prediction.pk}/progress/?seen=queued").status_code == 204


def test_news_come_with_their_title_and_are_announced(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice)
    fragment = " ".join(
        client.get(f"/predictions/{prediction.pk}/progress/?seen=running", headers={"HX-Request": "true"})
        .content.decode()
        .split()
    )
    assert fragment.startswith("<title>Letter L: hand.jpg · ASL Alphabet</title>")
    assert '<p id="announcement" hx-swap-oob="innerHTML"> The hand sign represents: L, quite sure. </p>' in fragment
    assert "<html" not in fragment
    assert "hx-get" not in fragment


def test_who_was_signed_out_meanwhile_is_sent_to_log_in_as_a_whole_page(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice, state="queued")
    client.logout()
    response = client.get(f"/predictions/{prediction.pk}/progress/", headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == f"/accounts/login/?next=/predictions/{prediction.pk}/"


def test_a_prediction_that_was_deleted_meanwhile_lets_the_page_reload(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice, state="queued")
    address = f"/predictions/{prediction.pk}/progress/"
    prediction.delete()
    assert client.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("letter", ["J", "Z"])
def test_letters_that_are_movements_come_with_a_caveat(
    client: Client, alice: User, make_prediction: MakePrediction, letter: str
) -> None:
    assert f"{letter} is a movement." in page_of(client, make_prediction(alice, label=letter))
