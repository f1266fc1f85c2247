"""What the live page is told by the site: which model is served, where its network is, and for whom."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from recognition.models import ModelVersion
from recognition.views import live

FINGERPRINT = "ab" * 32


@pytest.fixture
def version(db: None, settings: Settings) -> ModelVersion:
    made = Path(settings.MEDIA_ROOT) / "browser" / f"{FINGERPRINT}.network"
    made.parent.mkdir()
    made.write_bytes(b"ASLN-network")
    return ModelVersion.objects.create(
        name="fusion-1", family="fusion", fingerprint=FINGERPRINT, state=ModelVersion.State.ACTIVE
    )


def test_the_served_version_and_its_network_are_told_and_kept_by_the_browser(
    client: Client, alice: User, version: ModelVersion
) -> None:
    client.force_login(alice)
    told = client.get("/live/model/")
    assert told.json() == {
        "name": "fusion-1",
        "fingerprint": FINGERPRINT,
        "network": f"/live/{FINGERPRINT}.network",
    }
    assert "no-cache" in told.headers["Cache-Control"]
    network = client.get(told.json()["network"])
    assert b"".join(network.streaming_content) == b"ASLN-network"  # type: ignore[attr-defined]
    assert "immutable" in network.headers["Cache-Control"]
    assert "private" in network.headers["Cache-Control"]


def test_a_version_without_a_network_for_browsers_has_none(client: Client, alice: User, version: ModelVersion) -> None:
    ModelVersion.objects.create(name="cnn-1", family="simple_cnn", fingerprint="cd" * 32).activate()
    client.force_login(alice)
    assert client.get("/live/model/").json()["network"] is None
    assert client.get(f"/live/{'cd' * 32}.network").status_code == 404


def test_where_no_model_is_served_that_is_told(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/live/model/").json() == {"name": None, "fingerprint": None, "network": None}


@pytest.mark.parametrize("address", ["/live/", "/live/practice/"])
@pytest.mark.parametrize(("assets", "has_network", "stay"), [(None, True, False), ({}, False, False), ({}, True, True)])
def test_where_pictures_go_is_said_before_the_camera_starts(
    client: Client,
    alice: User,
    version: ModelVersion,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    assets: dict[str, str] | None,
    has_network: bool,
    stay: bool,
) -> None:
    monkeypatch.setattr(live, "browser_assets", lambda: assets)
    if not has_network:
        ModelVersion.objects.create(name="cnn-1", family="simple_cnn", fingerprint="cd" * 32).activate()
    client.force_login(alice)
    page = client.get(address).content.decode()
    assert ("Your pictures stay in this browser" in page) is stay
    assert ("The server reads your pictures" in page) is not stay


@pytest.mark.parametrize("address", ["/live/", "/live/model/", f"/live/{FINGERPRINT}.network", "/live/texts/"])
def test_it_is_for_people_who_are_signed_in(client: Client, version: ModelVersion, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")
