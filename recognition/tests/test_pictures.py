"""Pictures leave the site only after a look at who asks."""

import pytest
from django.test import Client

from accounts.models import User
from recognition.tests.conftest import MakePrediction, encoded


def test_the_owner_gets_it_as_a_private_picture(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice)
    client.force_login(alice)
    response = client.get(f"/predictions/{prediction.pk}/picture/")
    assert b"".join(response.streaming_content) == encoded()  # type: ignore[attr-defined]
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"] == f'inline; filename="{prediction.pk}.jpg"'
    assert response.headers["Cache-Control"] == "private, no-cache"


def test_a_browser_that_has_it_is_not_sent_it_again(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    address = f"/predictions/{make_prediction(alice).pk}/picture/"
    client.force_login(alice)
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    client.logout()
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 302


@pytest.mark.parametrize("part", ["picture", "thumbnail"])
@pytest.mark.parametrize(("who", "status"), [("alice", 200), ("bob", 200), ("admin", 200), ("charlie", 404)])
def test_only_the_owner_and_staff_may(
    client: Client,
    request: pytest.FixtureRequest,
    alice: User,
    make_prediction: MakePrediction,
    who: str,
    status: int,
    part: str,
) -> None:
    prediction = make_prediction(alice)
    assert prediction.keep_thumbnail(b"small")
    client.force_login(request.getfixturevalue(who))
    response = client.get(f"/predictions/{prediction.pk}/{part}/")
    assert response.status_code == status
    if status == 200:
        assert response.headers["Cache-Control"] == "private, no-cache"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_small_copy_that_is_not_made_yet_is_not_there(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    client.force_login(alice)
    assert client.get(f"/predictions/{make_prediction(alice).pk}/thumbnail/").status_code == 404


def test_staff_without_the_permission_may_not(
    client: Client, alice: User, bob: User, make_prediction: MakePrediction
) -> None:
    bob.user_permissions.clear()
    client.force_login(bob)
    assert client.get(f"/predictions/{make_prediction(alice).pk}/picture/").status_code == 404


def test_a_file_that_is_gone_is_not_there(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice)
    prediction.image.delete(save=False)
    client.force_login(alice)
    assert client.get(f"/predictions/{prediction.pk}/picture/").status_code == 404


def test_a_stranger_finds_none_of_the_pages(
    client: Client, alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice)
    client.force_login(charlie)
    assert client.get(f"/predictions/{prediction.pk}/").status_code == 404
    assert client.get(f"/api/v1/predictions/{prediction.pk}/").status_code == 404
    assert client.get(f"/api/v1/predictions/{prediction.pk}/picture/").status_code == 404
    assert str(prediction.pk) not in client.get("/history/").content.decode()
    assert client.get("/api/v1/predictions/").json()["results"] == []


@pytest.mark.parametrize("path", ["", "picture/", "thumbnail/"])
def test_logged_out_leads_to_log_in(client: Client, alice: User, make_prediction: MakePrediction, path: str) -> None:
    address = f"/predictions/{make_prediction(alice).pk}/{path}"
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"
