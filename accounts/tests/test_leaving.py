"""Deleting one's account: all of it goes, and nothing of anybody else's."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import get_user
from django.test import Client

from accounts import services
from accounts.models import ApiToken, User
from recognition.models import Prediction
from recognition.services import request_prediction
from worker import registry, tasks
from worker.tests import stub
from worker.tests.pictures import jpeg

DELETE = "/accounts/delete/"


@pytest.fixture
def send() -> Callable[[User], Prediction]:
    def send(owner: User) -> Prediction:
        return request_prediction(owner=owner, data=jpeg(64))

    return send


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_the_page_says_what_will_be_gone(client: Client, alice: User, send: Callable[[User], Prediction]) -> None:
    send(alice)
    page = client.get(DELETE).content.decode()
    assert "1 picture and what it was read as" in page
    assert "0 API tokens" in page
    assert client.get("/accounts/").content.decode().count(f'href="{DELETE}"') == 1


def test_everything_is_gone_from_tables_and_disk_and_others_keep_theirs(
    client: Client, alice: User, charlie: User, media_folder: Path, send: Callable[[User], Prediction]
) -> None:
    send(alice)
    deleted_before = send(alice)
    Prediction.objects.filter(pk=deleted_before.pk).mark_deleted()
    deleted_before.keep_thumbnail(b"a small picture")
    foreign = send(charlie)
    _token, key = ApiToken.issue(owner=alice, name="laptop")
    elsewhere = Client()
    elsewhere.force_login(alice)

    response = client.post(DELETE, {"password": "alice-password"}, follow=True)

    assert "Your account is deleted" in response.content.decode()
    assert not User.objects.filter(username="alice").exists()
    assert list(Prediction.objects.all()) == [foreign]
    assert files(media_folder) == [Path(foreign.image.path).name]
    assert get_user(client).is_anonymous
    assert get_user(elsewhere).is_anonymous
    answer = Client().get("/api/v1/predictions/", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401
    assert not client.login(username="alice", password="alice-password")


def test_without_the_password_nothing_is_deleted(
    client: Client, alice: User, media_folder: Path, send: Callable[[User], Prediction]
) -> None:
    send(alice)
    for password in ("", "wrong"):
        response = client.post(DELETE, {"password": password})
        assert response.status_code == 400
        assert 'aria-invalid="true"' in response.content.decode()
    assert len(files(media_folder)) == 1
    assert get_user(client) == alice


def test_passwords_cannot_be_guessed_here(client: Client, alice: User) -> None:
    for _ in range(5):
        client.post(DELETE, {"password": "wrong"})
    assert client.post(DELETE, {"password": "alice-password"}).status_code == 429
    assert User.objects.filter(pk=alice.pk).exists()


def test_a_message_that_waits_in_the_queue_ends_quietly(alice: User, send: Callable[[User], Prediction]) -> None:
    pk = send(alice).pk
    services.delete_account(user=alice)
    tasks.predict.run(str(pk))
    assert not Prediction.objects.exists()


def test_a_picture_that_is_being_read_meanwhile_ends_quietly(
    alice: User,
    media_folder: Path,
    send: Callable[[User], Prediction],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def leave_first() -> object:
        services.delete_account(user=alice)
        return stub.active()

    prediction = send(alice)
    monkeypatch.setattr(registry, "active", leave_first)
    tasks.predict.run(str(prediction.pk))
    assert not prediction.keep_thumbnail(b"made after the end")
    assert not Prediction.objects.exists()
    assert files(media_folder) == []
    assert caplog.records == []


def test_a_file_that_cannot_be_removed_keeps_the_account(
    alice: User, send: Callable[[User], Prediction], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> None:
        raise PermissionError(name)

    prediction = send(alice)
    with monkeypatch.context() as patch:
        patch.setattr(prediction.image.storage, "delete", refuse)
        with pytest.raises(PermissionError):
            services.delete_account(user=alice)
    assert Prediction.objects.filter(owner=alice).exists()
    assert services.delete_account(user=alice) == 1


def test_two_deletions_at_once_are_one(alice: User, send: Callable[[User], Prediction]) -> None:
    send(alice)
    seen_by_the_other_window = User.objects.get(pk=alice.pk)
    assert services.delete_account(user=alice) == 1
    assert services.delete_account(user=seen_by_the_other_window) == 0


def test_a_second_click_is_led_to_the_log_in(client: Client) -> None:
    client.post(DELETE, {"password": "alice-password"})
    assert client.post(DELETE, {"password": "alice-password"}).headers["Location"].startswith("/accounts/login/")


def test_the_only_administrator_stays(client: Client, admin: User, alice: User) -> None:
    client.force_login(admin)
    response = client.post(DELETE, {"password": "admin-password"})
    assert response.status_code == 409
    assert "You are the only administrator" in response.content.decode()
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    assert client.post(DELETE, {"password": "admin-password"}).status_code == 302
