"""Rounds of practice: kept once, seen by their owner alone, counted by letter and week, taken along, deleted."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.archive import account_facts
from accounts.models import User
from recognition.letter_hands import HANDS_IN_WORDS, WORDS
from recognition.models import PracticeAttempt, PracticeRound
from recognition.practice import recent_scores
from recognition.tests.rest import V1, assert_problem, client_of, named
from worker.ml.labels import LETTERS

API = f"{V1}practice-rounds/"


def attempt(label: str = "A", **fields: Any) -> dict[str, Any]:
    return {"label": label, "is_signed": True, "was_shown": False, "mistakes": [], "milliseconds": 2000, **fields}


def round_of(*attempts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"key": str(uuid4()), "mode": "letters", "limit_seconds": 60, "attempts": list(attempts), **fields}


def send(client: Client, body: dict[str, Any]) -> Any:
    return client.post(API, body, content_type="application/json")


@pytest.fixture
def signed_in(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def page_of(client: Client, address: str = "/live/practice/progress/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_round_is_kept_once_however_often_it_is_sent(alice: User) -> None:
    program = client_of(alice)
    body = round_of(attempt("A"), attempt("M", mistakes=["N", "S"]), attempt("Q", is_signed=False))
    answer = send(program, body)
    assert answer.status_code == 201, answer.content
    kept = answer.json()
    assert [one["is_right"] for one in kept["attempts"]] == [True, False, False]
    assert kept["attempts"][1]["mistakes"] == ["N", "S"]
    assert (kept["key"], kept["mode"], kept["limit_seconds"]) == (body["key"], "letters", 60)
    again = send(program, body)
    assert (again.status_code, again.json()) == (200, kept)
    assert again.headers["Location"] == kept["url"]
    assert (PracticeRound.objects.count(), PracticeAttempt.objects.count()) == (1, 3)


def test_two_people_may_happen_on_the_same_key(alice: User, charlie: User) -> None:
    body = round_of(attempt())
    assert send(client_of(alice), body).status_code == 201
    assert send(client_of(charlie), body).status_code == 201


def test_a_round_that_was_kept_in_the_browser_has_its_own_time_and_none_is_in_the_future(alice: User) -> None:
    yesterday, tomorrow = (timezone.now() + timedelta(days=days) for days in (-1, 1))
    early, late = (
        send(client_of(alice), round_of(attempt(), finished_at=moment.isoformat())) for moment in (yesterday, tomorrow)
    )
    assert (early.status_code, late.status_code) == (201, 201)
    late_round, early_round = PracticeRound.objects.all()
    assert early_round.finished_at == yesterday
    assert late_round.finished_at <= timezone.now()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"key": "one"}, {"key": "invalid"}),
        ({"mode": "sentences"}, {"mode": "invalid_choice"}),
        ({"limit_seconds": 0}, {"limit_seconds": "min_value"}),
        ({"attempts": []}, {"attempts": "min_length"}),
        ({"attempts": [attempt()] * 1001}, {"attempts": "max_length"}),
        ({"attempts": [attempt("space")]}, {"attempts.0.label": "invalid_choice"}),
        ({"attempts": [attempt(milliseconds=-1)]}, {"attempts.0.milliseconds": "min_value"}),
        ({"attempts": [attempt(mistakes=["nothing"])]}, {"attempts.0.mistakes.0": "invalid_choice"}),
        ({"attempts": [attempt(mistakes=["A"])]}, {"attempts.0.mistakes": "invalid"}),
        ({"finished_at": "soon"}, {"finished_at": "invalid"}),
        ({"video": "x"}, {"video": "unknown"}),
    ],
)
def test_what_is_no_round_is_refused_by_name(alice: User, changes: dict[str, Any], fields: dict[str, str]) -> None:
    answer = send(client_of(alice), {**round_of(attempt()), **changes})
    assert named(assert_problem(answer, 400, "invalid")) == fields
    assert not PracticeRound.objects.exists()


def test_nobody_else_sees_or_deletes_it(alice: User, bob: User, charlie: User) -> None:
    kept = send(client_of(alice), round_of(attempt("W"))).json()
    for other in (bob, charlie):
        browser, program = Client(), client_of(other)
        browser.force_login(other)
        assert browser.post(f"/live/practice/rounds/{kept['id']}/delete/").status_code == 404
        assert "Nothing practised yet" in page_of(browser)
        assert_problem(program.get(kept["url"]), 404, "not_found")
        assert_problem(program.delete(kept["url"]), 404, "not_found")
        assert program.get(API).json()["results"] == []
    assert PracticeRound.objects.count() == 1


def test_progress_counts_what_was_right_at_once_by_letter_and_week(alice: User, signed_in: Client) -> None:
    program = client_of(alice)
    send(program, round_of(attempt("A"), attempt("A", was_shown=True), attempt("B", mistakes=["S"])))
    old = round_of(attempt("A", is_signed=False), finished_at=(timezone.now() - timedelta(weeks=2)).isoformat())
    send(program, old)
    page = page_of(signed_in)
    assert "Of 4 letters that you were asked for, 2 were right at once (50 %)" in page
    assert '67 % <span class="table__of">2 of 3</span>' in page
    assert page.count("never practised") == 24
    of_a = page_of(signed_in, "/live/practice/progress/?letter=A")
    assert "A over time" in of_a
    assert of_a.count("chart__block--right") == 1
    assert of_a.count("chart__block--wrong") == 1
    assert "chart__block--wrong" not in page_of(signed_in, "/live/practice/progress/?letter=Z")
    assert ">Over time<" in page_of(signed_in, "/live/practice/progress/?letter=nonsense")


def test_the_weakest_letters_are_known_by_their_last_attempts(alice: User, signed_in: Client) -> None:
    program = client_of(alice)
    send(program, round_of(*[attempt("A", is_signed=False)] * 20))
    send(program, round_of(*[attempt("A")] * 5, attempt("B", mistakes=["E"])))
    scores = recent_scores(alice)
    assert {label: (score.judged, score.right) for label, score in scores.items()} == {"A": (10, 5), "B": (1, 0)}
    assert "&quot;A&quot;: [10, 5]" in page_of(signed_in, "/live/practice/")


@pytest.mark.parametrize("rounds", [1, 8])
def test_progress_takes_as_many_queries_for_many_rounds(
    alice: User, signed_in: Client, rounds: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rounds):
        send(client_of(alice), round_of(attempt("A"), attempt("B")))
    with django_assert_num_queries(7):
        page_of(signed_in)


def test_it_is_taken_along_deleted_and_goes_with_its_owner(alice: User, signed_in: Client) -> None:
    program = client_of(alice)
    first, second, _third = (send(program, round_of(attempt("K"))).json() for _ in range(3))
    [*_, facts] = account_facts(alice)["rounds_of_practice"]
    assert facts["attempts"] == [attempt("K")]
    assert program.delete(first["url"]).status_code == 204
    gone = signed_in.post(f"/live/practice/rounds/{second['id']}/delete/", follow=True)
    assert "The round was deleted." in gone.content.decode()
    assert PracticeRound.objects.count() == 1
    alice.delete()
    assert not PracticeAttempt.objects.exists()


@pytest.mark.parametrize(
    ("address", "name", "leading_there"),
    [
        ("/live/practice/", "Practise letters", ["/", "/live/", "/live/practice/progress/"]),
        ("/live/practice/progress/", "Your practice", ["/live/practice/", "/statistics/", "/accounts/"]),
    ],
)
def test_each_page_has_one_name_wherever_it_is_spoken_of(
    signed_in: Client, address: str, name: str, leading_there: list[str]
) -> None:
    page = page_of(signed_in, address)
    assert re.search(rf"<title>\s*{name}\b", page)
    assert re.search(rf"<h1[^>]*>\s*{name}\s*</h1>", page)
    for other in leading_there:
        links = re.findall(rf'<a[^>]*href="{address}"[^>]*>\s*([^<]*?)\s*<', page_of(signed_in, other))
        assert set(links) == {name}, (other, links)


@pytest.mark.parametrize("address", ["/live/practice/", "/live/practice/progress/"])
def test_it_is_for_people_who_are_signed_in(client: Client, db: None, address: str) -> None:
    assert client.get(address).headers["Location"].startswith("/accounts/login/")


def test_every_letter_is_described_and_is_in_several_words() -> None:
    assert tuple(HANDS_IN_WORDS) == LETTERS
    assert len(set(WORDS)) == len(WORDS)
    for letter in LETTERS:
        assert sum(letter in word for word in WORDS) >= 3, letter
    assert {letter for word in WORDS for letter in word} <= set(LETTERS)
