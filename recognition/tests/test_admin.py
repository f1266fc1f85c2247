"""The admin: staff look, and change nothing."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from recognition.models import ModelVersion, Prediction
from recognition.tests.conftest import MakePrediction

LIST = "/admin/recognition/prediction/"


def test_log_in_goes_through_the_sites_own_page(client: Client) -> None:
    assert client.get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/accounts/login/?next=%2Fadmin%2F"


def test_who_is_no_staff_is_refused(client: Client, charlie: User) -> None:
    client.force_login(charlie)
    assert client.get("/admin/login/?next=/admin/").status_code == 403
    assert client.get(LIST).status_code == 302


@pytest.mark.parametrize("query", ["", "?state__exact=succeeded", "?q=alice", "?q=hand.jpg", "?label=L"])
def test_staff_find_predictions(
    client: Client, bob: User, alice: User, make_prediction: MakePrediction, query: str
) -> None:
    make_prediction(alice)
    client.force_login(bob)
    page = client.get(LIST + query).content.decode()
    assert "1 prediction" in page
    assert "93\u00a0%" in page


def test_a_prediction_is_found_by_its_id(
    client: Client, bob: User, alice: User, make_prediction: MakePrediction
) -> None:
    wanted, _other = make_prediction(alice), make_prediction(alice)
    client.force_login(bob)
    assert "1 prediction" in client.get(f"{LIST}?q={wanted.pk}").content.decode()
    assert "0 predictions" in client.get(f"{LIST}?q=nobody").content.decode()


def test_one_is_shown_with_its_picture_and_without_fields_to_fill_in(
    client: Client, bob: User, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice)
    client.force_login(bob)
    page = client.get(f"{LIST}{prediction.pk}/change/").content.decode()
    assert f'src="/predictions/{prediction.pk}/picture/"' in page
    assert 'name="_save"' not in page
    assert str(prediction.image.name) not in page  # where it lies on disk is nobody's business


@pytest.mark.parametrize("model", ["prediction", "modelversion"])
def test_not_even_an_administrator_adds_changes_or_deletes(
    client: Client, admin: User, alice: User, make_prediction: MakePrediction, model: str
) -> None:
    prediction = make_prediction(alice)
    client.force_login(admin)
    pk = prediction.pk if model == "prediction" else ModelVersion.objects.get().pk
    folder = f"/admin/recognition/{model}/"
    assert client.get(f"{folder}{pk}/change/").status_code == 200
    assert client.get(f"{folder}add/").status_code == 403
    assert client.post(f"{folder}{pk}/change/", {"state": "failed"}).status_code == 403
    assert client.post(f"{folder}{pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(folder, {"action": "delete_selected", "_selected_action": str(pk), "post": "yes"})
    assert Prediction.objects.get().state == "succeeded"
    assert ModelVersion.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 50])
def test_the_list_takes_the_same_few_queries_however_long_it_is(
    client: Client,
    bob: User,
    alice: User,
    make_prediction: MakePrediction,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for _ in range(rows):
        make_prediction(alice)
    client.force_login(bob)
    client.get(LIST)
    with django_assert_max_num_queries(8):  # two of them are for the permissions of who is no superuser
        client.get(LIST)
