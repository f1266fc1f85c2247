"""Texts that were signed to the camera: saved by choice, seen by their owner alone, taken along, deleted."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.archive import account_facts
from accounts.models import User
from recognition.models import LiveSession
from recognition.tests.rest import V1, assert_problem, client_of, named

API = f"{V1}live-sessions/"
KEY = "5b0f6d2c-6f0c-4e64-9a38-0d8c5b1a7e11"
TEXT = "HELLO <b>WORLD</b>"
SIGNS = [
    {"label": "H", "confidence": 0.97, "milliseconds": 0},
    {"label": "space", "confidence": None, "milliseconds": 1240},
]


@pytest.fixture
def session(alice: User) -> LiveSession:
    return LiveSession.objects.create(owner=alice, text=TEXT, signs=SIGNS)


def save(client: Client, body: dict[str, Any]) -> Any:
    return client.post(API, body, content_type="application/json")


def test_a_text_is_saved_with_its_signs_and_found_on_its_page(alice: User) -> None:
    answer = save(client_of(alice), {"text": TEXT, "signs": SIGNS})
    assert answer.status_code == 201, answer.content
    saved = answer.json()
    assert (saved["text"], saved["signs"]) == (TEXT, SIGNS)
    assert answer.headers["Location"] == saved["url"]
    browser = Client()
    browser.force_login(alice)
    page = browser.get(saved["page_url"]).content.decode()
    assert "HELLO &lt;b&gt;WORLD&lt;/b&gt;" in page
    assert "2 signs in 1.2 seconds" in page
    assert "97\u00a0%" in page
    assert saved["page_url"].removeprefix("http://testserver") in browser.get("/live/texts/").content.decode()


def test_a_text_whose_answer_was_lost_is_there_once_when_it_is_sent_again(alice: User, charlie: User) -> None:
    body = {"key": KEY, "text": TEXT, "signs": SIGNS}
    first, again = (save(client_of(alice), body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert save(client_of(charlie), body).status_code == 201
    assert LiveSession.objects.owned_by(alice).count() == 1
    for _ in range(2):
        assert save(client_of(alice), {"text": TEXT}).status_code == 201
    assert LiveSession.objects.owned_by(alice).count() == 3


def test_a_text_that_went_on_says_what_was_sent_last(alice: User) -> None:
    first = save(client_of(alice), {"key": KEY, "text": "HI", "signs": SIGNS[:1]}).json()
    later = LiveSession.objects.create(owner=alice, text="LATER")
    longer = save(client_of(alice), {"key": KEY, "text": "HI THERE", "signs": SIGNS})
    assert (longer.status_code, longer.json()["url"]) == (200, first["url"])
    assert (longer.json()["text"], longer.json()["signs"]) == ("HI THERE", SIGNS)
    assert [one["text"] for one in client_of(alice).get(API).json()["results"]] == ["HI THERE", later.text]
    LiveSession.objects.get(pk=first["id"]).delete()
    assert save(client_of(alice), {"key": KEY, "text": "HI THERE!"}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_the_same_text_sent_at_once_from_two_places_is_there_once(alice: User) -> None:
    clients = [client_of(alice) for _ in range(4)]
    together = Barrier(len(clients))

    def send(client: Client) -> int:
        together.wait()
        try:
            return int(save(client, {"key": KEY, "text": TEXT, "signs": SIGNS}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as threads:
        codes = sorted(threads.map(send, clients))
    assert codes == [200, 200, 200, 201]
    assert LiveSession.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"text": "required"}),
        ({"text": ""}, {"text": "blank"}),
        ({"text": "A" * 5001}, {"text": "max_length"}),
        ({"text": "A", "video": "x"}, {"video": "unknown"}),
        ({"text": "A", "key": "mine"}, {"key": "invalid"}),
        ({"text": "A", "signs": [{"label": "Ä", "milliseconds": 0}]}, {"signs.0.label": "invalid_choice"}),
        ({"text": "A", "signs": [{"label": "A", "milliseconds": -1}]}, {"signs.0.milliseconds": "min_value"}),
    ],
)
def test_what_is_no_text_is_refused_by_name(alice: User, body: dict[str, Any], fields: dict[str, str]) -> None:
    assert named(assert_problem(save(client_of(alice), body), 400, "invalid")) == fields
    assert not LiveSession.objects.exists()


def test_nobody_else_sees_or_deletes_it(session: LiveSession, charlie: User, bob: User) -> None:
    for other in (charlie, bob):
        browser, program = Client(), client_of(other)
        browser.force_login(other)
        assert browser.get(f"/live/texts/{session.pk}/").status_code == 404
        assert browser.post(f"/live/texts/{session.pk}/delete/").status_code == 404
        assert "HELLO" not in browser.get("/live/texts/").content.decode()
        assert_problem(program.get(f"{API}{session.pk}/"), 404, "not_found")
        assert_problem(program.delete(f"{API}{session.pk}/"), 404, "not_found")
        assert program.get(API).json()["results"] == []
    assert Client().get(f"/live/texts/{session.pk}/").status_code == 302
    assert LiveSession.objects.filter(pk=session.pk).exists()


def test_its_owner_lists_takes_along_and_deletes_it(session: LiveSession, alice: User) -> None:
    program = client_of(alice)
    assert [one["text"] for one in program.get(API).json()["results"]] == [TEXT]
    assert [one["text"] for one in account_facts(alice)["texts_signed_to_the_camera"]] == [TEXT]
    assert program.delete(f"{API}{session.pk}/").status_code == 204
    second = LiveSession.objects.create(owner=alice, text="BYE")
    browser = Client()
    browser.force_login(alice)
    page = browser.post(f"/live/texts/{second.pk}/delete/", follow=True).content.decode()
    assert "The text was deleted." in page
    assert "No texts yet" in page


def test_many_texts_come_in_pages(alice: User) -> None:
    LiveSession.objects.bulk_create(LiveSession(owner=alice, text=f"TEXT-{n}.") for n in range(30))
    browser = Client()
    browser.force_login(alice)
    first, last = (browser.get(f"/live/texts/?page={page}").content.decode() for page in ("1", "99"))
    assert ("TEXT-29." in first, "TEXT-0." in first) == (True, False)
    assert ("TEXT-29." in last, "TEXT-0." in last) == (False, True)


def test_texts_go_with_their_owner(session: LiveSession, alice: User) -> None:
    alice.delete()
    assert not LiveSession.objects.exists()
