"""Deleting one's account: all of it goes, and nothing of anybody else's."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import get_user
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
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
    assert "0 API tokens" not in page
    ApiToken.issue(owner=alice, name="laptop")
    assert "1 API token; programs that use it are refused" in client.get(DELETE).content.decode()
    assert "the texts that you signed to the camera" in page
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


@pytest.fixture
def leaves_in_the_midst(transactional_db: None, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice's account is deleted from another window, right after she was found to be signed in."""

    def find_and_delete(request: HttpRequest) -> User:
        found = User.objects.get(pk=alice.pk)
        services.delete_account(user=alice)
        return found

    monkeypatch.setattr("django.contrib.auth.middleware.get_user", find_and_delete)


ATTEMPT = {"label": "A", "is_signed": True, "was_shown": False, "mistakes": [], "milliseconds": 900}
ROUND = {"key": "5f0c3f1e-6f0a-4b8e-9b0e-0a1f6a5d6f3c", "mode": "letters", "attempts": [ATTEMPT]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("predictions/", {"image_base64": base64.b64encode(jpeg(64)).decode()}),
        ("practice-rounds/", ROUND),
        ("personal-model/", {}),
        ("tokens/", {"name": "laptop"}),
    ],
)
def test_what_a_program_sends_in_the_midst_of_it_is_refused_as_a_strangers(
    client: Client, leaves_in_the_midst: None, media_folder: Path, path: str, body: dict[str, object]
) -> None:
    answer = client.post(f"/api/v1/{path}", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), answer.content
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert files(media_folder) == []


@pytest.mark.parametrize(("accept", "status"), [("text/html", 302), ("application/json", 401)])
def test_what_a_page_sends_in_the_midst_of_it_is_not_kept(
    client: Client, leaves_in_the_midst: None, media_folder: Path, accept: str, status: int
) -> None:
    body = {"label": "A", "images": SimpleUploadedFile("hand.jpg", jpeg(64))}
    answer = client.post("/personal/samples/", body, headers={"Accept": accept})
    assert answer.status_code == status
    assert "login" in answer.headers.get("Location", "") or "has been deleted" in answer.content.decode()
    assert files(media_folder) == []
