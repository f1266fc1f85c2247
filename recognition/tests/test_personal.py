"""The page of one's own model: record letters, have it made, see what it brings, switch it off, delete it."""

import re
from collections import Counter
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts.archive import account_facts, prediction_facts
from accounts.models import User
from recognition import personal, services
from recognition.models import Correction, PersonalModel, Prediction
from recognition.personal import LETTERS, overview_of
from recognition.statistics import statistics_of
from recognition.tests.conftest import MakePrediction, active_model, encoded

PAGE = "/personal/"
FIGURES = {
    "samples": 84, "letters": 28, "judged": 84, "before": 76, "after": 82,
    "by_letter": {"M": {"judged": 3, "before": 1, "after": 3}, "A": {"judged": 3, "before": 3, "after": 2}},
}  # fmt: skip


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def ready(owner: User, **fields: Any) -> PersonalModel:
    """As a worker leaves it."""
    given = {"state": "ready", "base": active_model(), "parameters": b"...", "figures": FIGURES} | fields
    return PersonalModel.objects.create(owner=owner, **given)


def picture(name: str = "a.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, encoded(), "image/jpeg")


def send(client: Client, *files: SimpleUploadedFile, label: str = "A", accept: str = "text/html") -> Any:
    data = {"label": label, "images": list(files or [picture()]), "key": ""}
    return client.post("/personal/samples/", data, headers={"Accept": accept})


def test_a_recorded_picture_is_an_ordinary_one_with_its_owners_word(client: Client, alice: User) -> None:
    response = send(client, picture("one.jpg"), picture("two.jpg"))
    assert response.headers["Location"] == "/personal/?letter=B#record"
    assert {(one.state, one.correction.label, one.correction.by) for one in Prediction.objects.owned_by(alice)} == {
        ("queued", "A", alice)
    }
    page = client.get("/personal/?letter=B").content.decode()
    assert "2 pictures of A are kept." in page
    assert re.search(r'value="B"\s+selected', page)


def test_the_script_is_told_where_to_go_on_and_what_was_refused(client: Client) -> None:
    broken = SimpleUploadedFile("notes.txt", b"no picture", "text/plain")
    answer = send(client, picture(), broken, label="Z", accept="application/json")
    assert answer.status_code == 201
    assert answer.json()["accepted"] == [{"name": "a.jpg", "address": "/personal/?letter=space#record"}]
    assert [one["name"] for one in answer.json()["refused"]] == ["notes.txt"]


def test_the_same_form_sent_twice_keeps_one(client: Client, alice: User) -> None:
    for _ in range(2):
        client.post("/personal/samples/", {"label": "A", "images": picture(), "key": "of-this-form"})
    assert Prediction.objects.owned_by(alice).count() == 1
    assert Correction.objects.count() == 1


@pytest.mark.parametrize(("label", "sentence"), [("", "Choose the letter"), ("nothing", "Choose the letter")])
def test_a_picture_of_no_letter_is_refused(client: Client, label: str, sentence: str) -> None:
    response = send(client, label=label)
    assert response.status_code == 400
    assert sentence in response.content.decode()
    told = send(client, label=label, accept="application/json")
    assert (told.status_code, told.json()["detail"][: len(sentence)]) == (400, sentence)
    assert not Prediction.objects.exists()
    with pytest.raises(personal.NoLetter):
        personal.record_sample(owner=User.objects.get(), data=encoded(), label="nothing")


def test_bad_files_none_at_all_and_too_many_are_told(client: Client, settings: Settings) -> None:
    settings.MAX_FILES_PER_UPLOAD = 2
    assert send(client, SimpleUploadedFile("x.jpg", b"no picture")).status_code == 400
    none = client.post("/personal/samples/", {"label": "A"})
    assert "No picture was chosen." in none.content.decode()
    many = send(client, picture(), picture(), picture())
    assert (many.status_code, "These are more than 2 files" in many.content.decode()) == (400, True)


def test_without_the_queue_nothing_is_kept_and_the_page_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**asked: Any) -> Prediction:
        raise services.QueueUnavailable

    monkeypatch.setattr(personal, "request_prediction", away)
    response = send(client)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert "The queue cannot be reached" in response.content.decode()
    assert not Correction.objects.exists()


def test_who_was_signed_out_is_told_and_nothing_is_kept() -> None:
    assert send(Client()).headers["Location"].startswith("/accounts/login/")
    assert send(Client(), accept="application/json").status_code == 401
    assert Client(enforce_csrf_checks=True).post("/personal/make/").status_code == 403
    assert Client().get(PAGE).status_code == 302
    assert "HX-Redirect" in Client().get("/personal/progress/").headers


def test_letters_are_asked_for_in_rounds(alice: User, make_prediction: MakePrediction) -> None:
    asked: list[str] = []
    for _ in range(2 * len(LETTERS)):
        label = overview_of(alice).next_letter(after=asked[-1] if asked else "")
        asked.append(label)
        Correction.objects.create(prediction=make_prediction(alice), label=label, by=alice)
    assert asked == [*LETTERS, *LETTERS]


def test_what_counts_as_shown(alice: User, bob: User, client: Client, make_prediction: MakePrediction) -> None:
    for label, by, fields in [
        ("A", alice, {}),
        ("A", alice, {"label": "G"}),  # read as something else
        ("A", alice, {"state": "queued"}),
        ("B", alice, {"state": "failed"}),
        ("C", bob, {}),  # not their own word
        ("D", alice, {"label": "nothing"}),  # no hand was found
        ("nothing", alice, {}),
    ]:
        Correction.objects.create(prediction=make_prediction(alice, **fields), label=label, by=by)
    shown = {letter.label: (letter.samples, letter.waiting) for letter in overview_of(alice).letters}
    assert Counter(shown.values()) == {(2, 1): 1, (0, 0): 27}
    assert shown["A"] == (2, 1)
    page = " ".join(client.get(PAGE).content.decode().split())
    assert "You have told the letters of 2 pictures so far" in page
    assert "1 of 28 letters have 3 pictures or more" in page


def test_a_recorded_picture_that_is_not_read_yet_is_no_judged_answer(
    alice: User, make_prediction: MakePrediction
) -> None:
    for state in ("queued", "failed"):
        Correction.objects.create(prediction=make_prediction(alice, state=state), label="A", by=alice)
    found = statistics_of(owner=alice)
    assert (found.score.judged, found.mistakes) == (0, [])
    assert sum(period.score.judged for period in found.periods) == 0


def test_it_is_asked_for_followed_and_shown_with_what_it_brings(client: Client, alice: User) -> None:
    assert "You have none yet" in client.get(PAGE).content.decode()
    client.post("/personal/make/")
    made = PersonalModel.objects.get(owner=alice)
    for address in (PAGE, "/personal/progress/"):
        page = client.get(address).content.decode()
        assert "It is being made" in page
        assert 'hx-get="/personal/progress/"' in page
        assert "Look again" in page  # without JavaScript
    assert made.claim()
    assert made.succeed(base=active_model(), parameters=b"...", figures=FIGURES, learnt_from=[])
    page = " ".join(client.get("/personal/progress/").content.decode().split())
    assert "hx-get" not in page
    assert "It is on" in page
    assert "<strong>76 right before, 82 right after</strong>" in page
    rows = re.findall(r'<th scope="row">(\w+)</th>(.*?)</tr>', page)
    assert [(name, re.findall(r">([^<]+)</td>", row)) for name, row in rows] == [
        ("M", ["3", "1", "3 (better)"]),
        ("A", ["3", "3", "2 (worse)"]),
    ]


def test_what_brings_nothing_cannot_be_switched_on_and_says_so(client: Client, alice: User) -> None:
    ready(alice, parameters=b"", figures=FIGURES | {"after": 76})
    page = client.get(PAGE).content.decode()
    assert "It would bring you nothing" in page
    assert "Switch it" not in page
    assert "Delete it" in page


def test_one_that_failed_says_why_and_can_be_tried_again(client: Client, alice: User) -> None:
    ready(alice, state="failed", parameters=b"", figures={}, error="Too few pictures to learn from.")
    page = client.get(PAGE).content.decode()
    assert "Too few pictures to learn from." in page
    client.post("/personal/make/")
    now = PersonalModel.objects.get()
    assert (now.state, now.error) == ("queued", "")


def test_it_is_switched_and_deleted_by_one_click_each(client: Client, alice: User, charlie: User) -> None:
    ready(alice)
    others = ready(charlie)
    assert "is off" in client.post("/personal/switch/", {"on": "no"}, follow=True).content.decode()
    assert not PersonalModel.objects.get(owner=alice).is_on
    assert "is on" in client.post("/personal/switch/", {"on": "yes"}, follow=True).content.decode()
    assert PersonalModel.objects.get(owner=alice).is_on
    assert "is deleted" in client.post("/personal/delete/", follow=True).content.decode()
    assert list(PersonalModel.objects.all()) == [others]
    assert client.post("/personal/switch/", {"on": "no"}).status_code == 302  # none is there: nothing happens
    assert client.get("/personal/delete/").status_code == 405


def test_the_page_costs_few_queries(
    client: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ready(alice)
    with django_assert_max_num_queries(8):
        client.get(PAGE)


def test_an_answer_that_was_adapted_says_so(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    plain, adapted = make_prediction(alice), make_prediction(alice, is_adapted=True)
    said = "own model</a>, which knows how you sign"
    assert said not in client.get(f"/predictions/{plain.pk}/").content.decode()
    page = client.get(f"/predictions/{adapted.pk}/").content.decode()
    assert said in page
    assert "adapted to you" in page


def test_it_is_part_of_all_that_the_site_holds(alice: User, charlie: User, make_prediction: MakePrediction) -> None:
    assert account_facts(alice)["personal_model"] is None
    prediction = make_prediction(alice, is_adapted=True)
    ready(alice).learnt_from.add(prediction)
    facts = account_facts(alice)["personal_model"]
    assert (facts["figures"], facts["is_on"], facts["adapts"]) == (FIGURES, True, active_model().name)
    assert facts["learnt_from"] == [prediction.pk.hex]
    assert facts["parameters_npz"] == "Li4u"
    assert prediction_facts(prediction)["is_adapted"]
    assert account_facts(charlie)["personal_model"] is None
