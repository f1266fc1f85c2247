"""How many pictures of one person may wait: nobody fills the queue alone."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from recognition import services
from recognition.models import Prediction
from recognition.tests.conftest import MakePrediction, encoded
from recognition.tests.rest import LIST, assert_problem, client_of
from recognition.tests.test_upload_page import upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two_wait(alice: User, make_prediction: MakePrediction, settings: Settings) -> list[Prediction]:
    settings.MAX_WAITING_PER_PERSON = 2
    make_prediction(alice)  # read already
    return [make_prediction(alice, state="queued") for _ in range(2)]


def test_the_page_says_so_and_takes_more_once_some_are_read(
    client: Client, alice: User, two_wait: list[Prediction]
) -> None:
    client.force_login(alice)
    response = upload(client, ("hand.jpg", encoded()))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert "So many of your pictures still wait" in response.content.decode()
    assert two_wait[0].claim()
    assert upload(client, ("hand.jpg", encoded())).status_code == 302
    assert Prediction.objects.count() == 4


def test_the_api_says_so(alice: User) -> None:
    answer = client_of(alice).post(LIST, encoded(), content_type="image/jpeg")
    assert answer.status_code == 415
    answer = upload(client_of(alice), ("hand.jpg", encoded()), path=f"{LIST}batch/")
    assert "still wait" in assert_problem(answer, 503, "too_many_waiting")["detail"]
    assert answer.headers["Retry-After"] == "10"


def test_others_are_taken_and_deleted_ones_do_not_count(alice: User, charlie: User, two_wait: list[Prediction]) -> None:
    assert services.request_prediction(owner=charlie, data=encoded())
    services.delete_predictions(owner=alice, ids=[two_wait[0].pk])
    assert services.request_prediction(owner=alice, data=encoded())
    with pytest.raises(services.TooManyWaiting):
        services.request_prediction(owner=alice, data=encoded())


def test_a_picture_that_is_sent_again_in_doubt_is_the_first_one(alice: User, settings: Settings) -> None:
    settings.MAX_WAITING_PER_PERSON = 3
    first = services.request_prediction(owner=alice, data=encoded(), key="form:0")
    assert services.request_prediction(owner=alice, data=encoded(), key="form:0") == first
