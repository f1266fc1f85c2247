"""Texts that were signed to the camera: saved by choice, seen by their owner alone, taken along, deleted."""

from typing import Any

import pytest
from django.test import Client

from accounts.archive import account_facts
from accounts.models import User
from recognition.models import LiveSession
from recognition.tests.rest import V1, assert_problem, client_of, named

API = f"{V1}live-sessions/"
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


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"text": "required"}),
        ({"text": ""}, {"text": "blank"}),
        ({"text": "A" * 5001}, {"text": "max_length"}),
        ({"text": "A", "video": "x"}, {"video": "unknown"}),
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
