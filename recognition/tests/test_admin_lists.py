"""The admin: lists as quick with many rows, true words about the queue, care with people."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiToken, User
from aslsite import broker
from aslsite.celery import app
from recognition.models import Correction, ModelVersion, Prediction
from recognition.tests.conftest import MakePrediction, encoded

QUEUE = "/admin/recognition/prediction/queue/"
PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def bob(bob: User) -> User:
    bob.user_permissions.add(*Permission.objects.filter(codename__in=["view_contactmessage", "view_logentry"]))
    return bob


def make_rows(count: int, alice: User, make_prediction: MakePrediction) -> None:
    first = make_prediction(alice)
    first.keep_thumbnail(encoded("WEBP"))
    for number in range(count - 1):
        row = make_prediction(alice, created_at=timezone.now())
        Correction.objects.create(prediction=row, label="A" if number % 2 else "L", by=alice)
    for number in range(count):
        person = User.objects.create_user(f"person{number}")
        ApiToken.issue(owner=person, name="laptop")
        ModelVersion.objects.create(name=f"model {number}", family="landmarks", metrics={})
        LogEntry.objects.log_actions(alice.pk, User.objects.filter(pk=person.pk), 2, "Changed.", single_object=True)


@pytest.mark.parametrize(
    "address",
    [
        "recognition/prediction/",
        "recognition/prediction/?answer=corrected&confidence=high&certainty=sure&model=1&label=L",
        "recognition/modelversion/",
        "recognition/contactmessage/",
        "accounts/user/",
        "accounts/apitoken/",
        "admin/logentry/",
    ],
)
def test_each_list_of_50_takes_8_queries_at_most(
    client: Client,
    alice: User,
    bob: User,
    make_prediction: MakePrediction,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    address: str,
) -> None:
    make_rows(50, alice, make_prediction)
    client.force_login(bob)
    client.get(f"/admin/{address}")
    with django_assert_max_num_queries(8):
        assert client.get(f"/admin/{address}").status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [("answer=corrected", 1), ("answer=confirmed", 1), ("answer=unanswered", 1), ("confidence=high", 3),
     ("confidence=low", 0), ("model=nonsense", 3), ("model=999", 0), ("answer=nonsense", 3),
     ("certainty=unsure", 0), ("certainty=sure", 3), ("certainty=nonsense", 3)],
)  # fmt: skip
def test_filters_of_the_list(
    client: Client, alice: User, bob: User, make_prediction: MakePrediction, query: str, found: int
) -> None:
    make_rows(3, alice, make_prediction)
    client.force_login(bob)
    page = client.get(f"/admin/recognition/prediction/?{query}").content.decode()
    assert f"{found} prediction{'' if found == 1 else 's'}\n" in page


@pytest.mark.parametrize(
    ("address", "field"),
    [("recognition/prediction/", "created_at"), ("recognition/modelversion/", "created_at"),
     ("recognition/contactmessage/", "created_at"), ("accounts/user/", "date_joined"),
     ("accounts/apitoken/", "created_at"), ("admin/logentry/", "action_time"),
     ("usersessions/usersession/", "created_at")],
)  # fmt: skip
@pytest.mark.parametrize("day", ["9999", "0", "9" * 30, "x", "9999&{}__month=12", "9999&{}__month=12&{}__day=31"])
def test_a_day_that_no_calendar_has_leads_back_to_the_list(
    client: Client, admin: User, address: str, field: str, day: str
) -> None:
    client.force_login(admin)
    response = client.get(f"/admin/{address}?{field}__year={day.replace('{}', field)}")
    assert response.status_code == 302
    assert response.headers["Location"] == f"/admin/{address}?e=1"
    told = client.get(response.headers["Location"])
    assert told.status_code == 200
    assert "There is no such day or choice" in told.content.decode()


def test_a_row_shows_the_small_picture_and_what_was_said(
    client: Client, alice: User, bob: User, make_prediction: MakePrediction
) -> None:
    make_rows(2, alice, make_prediction)
    deleted = make_prediction(alice, original_name="gone.jpg")
    Prediction.objects.filter(pk=deleted.pk).mark_deleted()
    client.force_login(bob)
    page = client.get("/admin/recognition/prediction/").content.decode()
    small = Prediction.objects.exclude(thumbnail="").get()
    assert f'src="/predictions/{small.pk}/thumbnail/"' in page
    assert page.count("/thumbnail/") == 1
    assert "confirmed" in page
    assert "gone.jpg" not in page
    assert client.get(f"/admin/recognition/prediction/{deleted.pk}/change/").status_code == 302


def test_an_unsure_answer_is_listed_with_its_contenders(
    client: Client, alice: User, bob: User, make_prediction: MakePrediction, make_unsure: MakePrediction
) -> None:
    make_prediction(alice)
    unsure = make_unsure(alice)
    client.force_login(bob)
    page = client.get("/admin/recognition/prediction/?certainty=unsure").content.decode()
    assert "1 prediction\n" in page
    assert '<td class="field-doubt">M, N or T</td>' in page
    assert "M, N or T? (hand.jpg)" in client.get(f"/admin/recognition/prediction/{unsure.pk}/change/").content.decode()


def test_a_model_version_shows_its_card_and_figures(client: Client, bob: User) -> None:
    version = ModelVersion.objects.create(
        name="m",
        family="landmarks",
        card="# A card\n\n<script>x</script>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        metrics={"accuracy_mean_over_sessions": 0.913, "sessions": {"kept_1": {"photos": 12, "accuracy": 0.75}},
                 "classes": {"A": 0.5}, "most_confused": []},
    )  # fmt: skip
    client.force_login(bob)
    assert "91\u00a0%" in client.get("/admin/recognition/modelversion/").content.decode()
    page = client.get(f"/admin/recognition/modelversion/{version.pk}/change/").content.decode()
    assert "<h2>A card</h2>" in page
    assert "<script>x</script>" not in page
    assert '<th scope="row">kept_1</th>' in page
    assert "<td>0.750</td>" in page
    assert "style=" not in page


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
    """Celery's answers, in place of workers."""

    class Inspect:
        def __init__(self, said: dict[str, Any]) -> None:
            self.said = said

        def __getattr__(self, name: str) -> Callable[[], Any]:
            return lambda: self.said.get(name)

    def answer(said: dict[str, Any]) -> None:
        monkeypatch.setattr(broker, "waiting_messages", {"predictions": 3, "training": 0}.__getitem__)
        monkeypatch.setattr(app.control, "inspect", lambda **options: Inspect(said))

    return answer


def test_the_queue_page_tells_who_works_and_what_waits(
    client: Client, alice: User, bob: User, make_prediction: MakePrediction, workers: Callable[..., None]
) -> None:
    make_prediction(alice, state="queued", enqueued_at=timezone.now() - timedelta(seconds=90))
    make_prediction(alice, state="queued")
    workers(
        {
            "stats": {"predictions@host": {"pool": {"processes": [1, 2]}, "total": {"worker.tasks.predict": 41}}},
            "active_queues": {"predictions@host": [{"name": "predictions"}]},
            "active": {"predictions@host": [{}]},
        }
    )
    client.force_login(bob)
    page = " ".join(client.get(QUEUE).content.decode().split())
    assert '<th scope="row">Waiting</th> <td>2</td> <td> 90 seconds </td>' in page
    assert '<th scope="row">predictions</th> <td>3</td>' in page
    assert '<th scope="row">predictions@host</th> <td>predictions</td> <td>2</td> <td>1</td> <td>41</td>' in page
    workers({})
    assert "No worker answered within 1 s" in client.get(QUEUE).content.decode()


def test_the_queue_page_is_there_while_redis_is_not(client: Client, bob: User, db: None) -> None:
    client.force_login(bob)
    assert "The queue cannot be reached" in client.get(QUEUE).content.decode()
    assert QUEUE in client.get("/admin/recognition/prediction/").content.decode()


def test_the_queue_page_is_for_staff_who_may_look(client: Client, alice: User, bob: User) -> None:
    client.force_login(alice)
    assert client.get(QUEUE).status_code == 302
    bob.user_permissions.clear()
    client.force_login(bob)
    assert client.get(QUEUE).status_code == 403


def test_people_are_listed_with_what_they_did(
    client: Client, alice: User, bob: User, make_prediction: MakePrediction
) -> None:
    make_rows(3, alice, make_prediction)
    Prediction.objects.filter(pk=make_prediction(alice).pk).mark_deleted()
    client.force_login(bob)
    page = client.get(f"{PEOPLE}?q=alice").content.decode()
    for name, value in (("pictures", 3), ("answers", 2), ("tokens", 0)):
        assert f'<td class="field-{name}">{value}</td>' in page


def test_who_may_change_people_gives_nobody_rights(client: Client, alice: User, bob: User, admin: User) -> None:
    bob.user_permissions.add(*Permission.objects.filter(codename__in=["change_user", "delete_user"]))
    client.force_login(bob)
    page = client.get(f"{PEOPLE}{alice.pk}/change/").content.decode()
    assert 'name="email"' in page
    for right in ("is_staff", "is_superuser", "groups", "user_permissions"):
        assert f'name="{right}"' not in page
    client.post(f"{PEOPLE}{bob.pk}/change/", {"username": "bob", "is_superuser": "on", "is_active": "on"})
    bob.refresh_from_db()
    assert not bob.is_superuser
    assert 'name="email"' not in client.get(f"{PEOPLE}{admin.pk}/change/").content.decode()
    assert client.post(f"{PEOPLE}{admin.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{PEOPLE}{admin.pk}/password/", {"password1": "x"}).status_code == 403


def test_deleting_a_person_takes_their_pictures_from_disk_and_is_logged(
    client: Client, alice: User, admin: User, make_prediction: MakePrediction, media_folder: Path
) -> None:
    make_prediction(alice)
    client.force_login(admin)
    asked = client.get(f"{PEOPLE}{alice.pk}/delete/").content.decode()
    assert "Predictions with their pictures: 1" in asked
    assert client.post(f"{PEOPLE}{alice.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not User.objects.filter(username="alice").exists()
    assert [path for path in media_folder.rglob("*") if path.is_file()] == []
    assert LogEntry.objects.get().object_repr == "alice"
    page = client.get("/admin/admin/logentry/").content.decode()
    assert "alice" in page
    assert client.post(f"/admin/admin/logentry/{LogEntry.objects.get().pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_only_administrator_stays(client: Client, admin: User) -> None:
    client.force_login(admin)
    page = client.post(f"{PEOPLE}{admin.pk}/delete/", {"post": "yes"}, follow=True).content.decode()
    assert "only administrator" in page
    assert User.objects.filter(pk=admin.pk).exists()
    assert not LogEntry.objects.exists()
