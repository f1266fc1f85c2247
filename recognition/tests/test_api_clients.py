"""What clients may do: their rate, their tokens, their data; what strangers may not."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import ApiToken, User
from recognition.tests.conftest import MakePrediction
from recognition.tests.rest import LIST, V1, assert_problem, browser_of, client_of, named

TOKENS = f"{V1}tokens/"


@pytest.fixture
def browser(alice: User) -> Client:
    return browser_of(alice)


def make_token(client: Client, name: str = "laptop") -> Any:
    return client.post(TOKENS, {"name": name}, content_type="application/json")


def test_beyond_the_rate_a_client_is_told_when_to_come_again(alice: User, charlie: User, settings: Settings) -> None:
    settings.API_RATES = {"user": (3, 86400), "anonymous": (2, 86400)}
    client = client_of(alice)
    assert [client.get(LIST).status_code for _ in range(3)] == [200] * 3
    refused = client.get(LIST)
    assert_problem(refused, 429, "throttled")
    assert 1 <= int(refused.headers["Retry-After"]) <= 86400
    assert_problem(client_of(alice).get(LIST), 429, "throttled")  # another token of the same person
    assert client_of(charlie).get(LIST).status_code == 200


def test_who_guesses_at_tokens_is_stopped(db: None, settings: Settings) -> None:
    settings.API_RATES = {"user": (3, 86400), "anonymous": (2, 86400)}
    answers = [
        Client(headers={"Authorization": f"Bearer asl_{number}"}).get(
            LIST, headers={"X-Forwarded-For": f"10.0.0.{number}"}
        )
        for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 429, 429]


def test_behind_a_proxy_addresses_are_told_apart(db: None, settings: Settings) -> None:
    settings.API_RATES = {"user": (3, 86400), "anonymous": (1, 86400)}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    seen = [
        Client().get(LIST, headers={"X-Forwarded-For": f"1.2.3.4, 10.0.0.{last}"}).status_code for last in (1, 2, 1)
    ]
    assert seen == [401, 401, 429]


def test_a_session_makes_lists_and_revokes_tokens(browser: Client) -> None:
    made = make_token(browser)
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    token = made.json()
    program = Client(headers={"Authorization": f"Bearer {token['key']}"})
    listed = program.get(TOKENS).json()["results"]
    assert [(row["name"], row["is_this"]) for row in listed] == [("laptop", True)]
    assert listed[0]["last_used_at"] is not None
    assert token["key"] not in json.dumps(listed)
    assert ApiToken.objects.get().digest not in json.dumps(listed)
    assert browser.get(made.headers["Location"]).json()["is_this"] is False
    assert browser.delete(token["url"]).status_code == 204
    assert_problem(program.get(LIST), 401, "authentication_failed")


def test_a_session_without_its_csrf_token_changes_nothing(browser: Client, alice: User) -> None:
    token, _key = ApiToken.issue(owner=alice, name="laptop")
    del browser.defaults["HTTP_X_CSRFTOKEN"]
    assert_problem(make_token(browser), 403, "permission_denied")
    assert_problem(browser.delete(f"{TOKENS}{token.pk}/"), 403, "permission_denied")
    assert ApiToken.objects.count() == 1


def test_a_token_makes_none_and_revokes_itself_only(alice: User) -> None:
    other, _key = ApiToken.issue(owner=alice, name="other")
    client = client_of(alice)
    assert "sign in on the site" in assert_problem(make_token(client), 403, "permission_denied")["detail"]
    assert_problem(client.delete(f"{TOKENS}{other.pk}/"), 403, "permission_denied")
    itself = next(row for row in client.get(TOKENS).json()["results"] if row["is_this"])
    assert client.delete(itself["url"]).status_code == 204
    assert_problem(client.get(TOKENS), 401, "authentication_failed")
    assert list(ApiToken.objects.all()) == [other]


def test_names_of_tokens_are_checked(browser: Client) -> None:
    for body, field, code in (
        ({"name": " "}, "name", "blank"),
        ({"name": "x" * 81}, "name", "max_length"),
        ({"name": "laptop", "scope": "all"}, "scope", "unknown"),
    ):
        response = browser.post(TOKENS, body, content_type="application/json")
        assert named(assert_problem(response, 400, "invalid")) == {field: code}
    assert ApiToken.objects.count() == 0


@pytest.mark.parametrize("query", ["cursor=z", "cursor=cD1hYmM%3D", "cursor=bz0tMQ%3D%3D", "page=2"])  # p=abc, o=-1
def test_a_page_of_tokens_that_does_not_exist_is_told(alice: User, query: str) -> None:
    problem = assert_problem(client_of(alice).get(f"{TOKENS}?{query}"), 400, "invalid")
    assert list(named(problem)) == [query.split("=")[0]]


def test_a_stranger_finds_nothing(alice: User, charlie: User, make_prediction: MakePrediction) -> None:
    one = f"{LIST}{make_prediction(alice).pk}/"
    token, _key = ApiToken.issue(owner=alice, name="laptop")
    stranger = client_of(charlie)
    for address in (one, f"{one}picture/", f"{one}correction/", f"{TOKENS}{token.pk}/"):
        assert_problem(stranger.get(address), 404, "not_found")
        assert_problem(Client().get(address), 401, "not_authenticated")
    for address in (one, f"{one}correction/", f"{TOKENS}{token.pk}/"):
        assert_problem(stranger.delete(address), 404, "not_found")
    answer = stranger.put(f"{one}correction/", {"label": "A"}, content_type="application/json")
    assert_problem(answer, 404, "not_found")


def test_ones_data_comes_as_an_archive(alice: User, charlie: User, make_prediction: MakePrediction) -> None:
    own = make_prediction(alice, original_name="mine.jpg")
    make_prediction(charlie, original_name="theirs.jpg")
    response = client_of(alice).get(f"{V1}export/")
    assert response.headers["Content-Type"] == "application/zip"
    assert "attachment" in response.headers["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    assert f"pictures/{own.pk.hex}.jpg" in archive.namelist()
    assert b"theirs.jpg" not in archive.read("predictions.json")
    assert_problem(Client().get(f"{V1}export/"), 401, "not_authenticated")


def test_head_and_options_are_answered(alice: User, make_prediction: MakePrediction) -> None:
    client, one = client_of(alice), make_prediction(alice)
    for address in (LIST, f"{LIST}{one.pk}/", f"{LIST}{one.pk}/picture/", f"{V1}statistics/", f"{V1}export/", TOKENS):
        head = client.head(address)
        assert (head.status_code, head.content if not head.streaming else b"") == (200, b""), address
        options = client.options(address)
        assert options.status_code == 200, address
        assert "GET" in options.headers["Allow"]
    assert "POST" in client.options(f"{LIST}batch/").headers["Allow"]
    assert_problem(Client().options(LIST), 401, "not_authenticated")
