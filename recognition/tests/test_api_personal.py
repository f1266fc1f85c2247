"""REST: one's own model."""

import pytest
from django.test import Client

from accounts.models import User
from recognition.models import Correction, PersonalModel
from recognition.tests.conftest import MakePrediction, active_model
from recognition.tests.rest import V1, assert_problem, client_of, named
from recognition.tests.test_personal import FIGURES, ready

MINE = f"{V1}personal-model/"


@pytest.fixture
def program(alice: User) -> Client:
    return client_of(alice)


def test_who_has_none_is_told_what_there_is_to_learn_from(
    program: Client, alice: User, make_prediction: MakePrediction
) -> None:
    Correction.objects.create(prediction=make_prediction(alice), label="M", by=alice)
    said = program.get(MINE).json()
    assert (said["state"], said["is_on"], said["figures"], said["adapts"]) == ("none", False, None, None)
    assert (said["told"]["M"], said["told"]["N"], len(said["told"])) == (1, 0, 28)


def test_it_is_made_and_followed(program: Client, alice: User) -> None:
    asked = program.post(MINE)
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert asked.headers["Location"].endswith(MINE)
    made = PersonalModel.objects.get(owner=alice)
    assert made.claim()
    assert made.succeed(base=active_model(), parameters=b"...", figures=FIGURES, learnt_from=[])
    said = program.get(asked.headers["Location"]).json()
    assert (said["state"], said["helps"], said["is_on"]) == ("ready", True, True)
    assert said["figures"] == FIGURES
    assert said["adapts"] == active_model().name
    assert program.post(MINE).json()["state"] == "queued"
    assert PersonalModel.objects.get().helps  # in use until the new one is there


def test_it_is_switched_and_deleted(program: Client, alice: User) -> None:
    assert_problem(program.patch(MINE, {"is_on": False}, content_type="application/json"), 404, "not_found")
    assert_problem(program.delete(MINE), 404, "not_found")
    ready(alice)
    off = program.patch(MINE, {"is_on": False}, content_type="application/json")
    assert (off.status_code, off.json()["is_on"]) == (200, False)
    assert program.delete(MINE).status_code == 204
    assert not PersonalModel.objects.exists()


def test_what_cannot_be_understood_is_named(program: Client, alice: User) -> None:
    ready(alice)
    wrong = program.patch(MINE, {"is_on": "perhaps", "of": "f"}, content_type="application/json")
    assert set(named(assert_problem(wrong, 400, "invalid"))) == {"is_on", "of"}
    assert_problem(Client().get(MINE), 401, "not_authenticated")


def test_everybody_has_their_own(program: Client, alice: User, charlie: User) -> None:
    ready(alice)
    stranger = client_of(charlie)
    assert stranger.get(MINE).json()["state"] == "none"
    assert stranger.delete(MINE).status_code == 404
    assert program.get(MINE).json()["state"] == "ready"
