"""Selecting, deleting and undoing on the pages."""

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


def undo(client: Client, page: str) -> str:
    """Presses the button Undo of a page."""
    form = re.search(r'action="(/history/restore/[^"]*)".*?</form>', page, re.DOTALL)
    assert form is not None
    ids = re.findall(r'name="id" value="([^"]+)"', form[0])
    return client.post(form[1], {"id": ids}, follow=True).content.decode()


def test_several_are_deleted_and_had_back(client: Client, alice: User, make_prediction: MakePrediction) -> None:
    chosen = [make_prediction(alice).pk for _ in range(3)]
    kept = make_prediction(alice).pk
    response = client.post("/history/delete/?label=L", {"id": chosen}, follow=True)
    assert response.redirect_chain == [("/history/?label=L", 302)]
    page = response.content.decode()
    assert "3 pictures were deleted." in page
    assert re.findall(r'id="prediction-([0-9a-f-]+)"', page) == [str(kept)]
    page = undo(client, page)
    assert "3 pictures are back." in page
    assert page.count('id="prediction-') == 4
    assert "were deleted" not in page


def test_sent_twice_it_says_so_and_can_still_be_undone(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice)
    client.post("/history/delete/", {"id": prediction.pk})
    page = client.post("/history/delete/", {"id": prediction.pk}, follow=True).content.decode()
    assert "what you selected is gone already" in page
    assert "1 picture was deleted." in page
    assert "1 picture is back." in undo(client, page)


@pytest.mark.parametrize("ids", [[], ["nonsense", ""]])
def test_nothing_selected_is_told(client: Client, ids: list[str]) -> None:
    page = client.post("/history/delete/", {"id": ids}, follow=True).content.decode()
    assert "Nothing was selected, so nothing was deleted." in page


def test_the_back_button_finds_it_said_and_a_way_back(
    client: Client, alice: User, make_prediction: MakePrediction
) -> None:
    address = f"/predictions/{make_prediction(alice).pk}/"
    client.post("/history/delete/", {"id": address.split("/")[2]})
    response = client.get(address)
    assert response.status_code == 410
    assert "You deleted this picture" in response.content.decode()
    for part in ("picture/", "thumbnail/"):
        assert client.get(address + part).status_code == 404
    assert client.post(f"{address}answer/", {"label": "L"}, follow=True).status_code == 410
    assert not Correction.objects.exists()
    undo(client, response.content.decode())
    assert client.get(address).status_code == 200


def test_when_it_is_too_late_it_is_not_offered_and_refused(
    client: Client, alice: User, make_prediction: MakePrediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    prediction = make_prediction(alice)
    page = client.post("/history/delete/", {"id": prediction.pk}, follow=True).content.decode()
    Prediction.objects.update(deleted_at=timezone.now() - timedelta(minutes=11))
    assert "Nothing came back" in undo(client, page)
    assert client.get(f"/predictions/{prediction.pk}/").status_code == 404
    make_prediction(alice)
    client.post("/history/delete/", {"id": Prediction.objects.owned_by(alice).get().pk})
    monkeypatch.setattr(Prediction, "UNDO_WINDOW", timedelta(0))
    assert "have it back" not in client.get("/history/").content.decode()


def test_nobody_deletes_what_is_anothers_or_from_another_site(
    client: Client, alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    foreign = make_prediction(charlie)
    client.post("/history/delete/", {"id": foreign.pk})
    client.get(f"/history/delete/?id={foreign.pk}")
    assert client.get(f"/predictions/{foreign.pk}/").status_code == 404
    assert Prediction.objects.owned_by(charlie).count() == 1
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(charlie)
    assert careful.post("/history/delete/", {"id": foreign.pk}).status_code == 403
    assert Prediction.objects.owned_by(charlie).count() == 1
