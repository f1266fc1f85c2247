"""Deleting pictures, having them back for a while, and their end."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from aslsite import broker
from recognition import services
from recognition.models import Prediction
from recognition.tests.conftest import MakePrediction
from worker import sweeper, tasks


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to a queue that is empty."""
    messages: list[str] = []
    monkeypatch.setattr(tasks.predict, "apply_async", lambda args, **options: messages.append(args[0]))
    monkeypatch.setattr(broker, "waiting_messages", lambda queue: 0)
    return messages


def deleted_ago(prediction: Prediction, age: timedelta) -> None:
    Prediction.objects.filter(pk=prediction.pk).update(deleted_at=timezone.now() - age)


def test_what_was_deleted_is_nobodys_to_see(
    alice: User, bob: User, admin: User, make_prediction: MakePrediction
) -> None:
    prediction, kept = make_prediction(alice), make_prediction(alice)
    assert services.delete_predictions(owner=alice, ids=[prediction.pk]) == 1
    assert list(Prediction.objects.owned_by(alice)) == [kept]
    assert list(Prediction.objects.readable_by(bob)) == [kept]
    assert list(Prediction.objects.readable_by(admin)) == [kept]


def test_deleting_twice_does_no_harm(alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice)
    assert services.delete_predictions(owner=alice, ids=[prediction.pk, prediction.pk]) == 1
    before = Prediction.objects.get().deleted_at
    assert services.delete_predictions(owner=alice, ids=[prediction.pk]) == 0
    assert Prediction.objects.get().deleted_at == before  # the time to undo it does not begin again


def test_nobody_deletes_or_restores_what_is_anothers(
    alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice)
    assert services.delete_predictions(owner=charlie, ids=[prediction.pk, uuid4()]) == 0
    services.delete_predictions(owner=alice, ids=[prediction.pk])
    assert services.restore_predictions(owner=charlie, ids=[prediction.pk]) == 0
    assert services.restore_predictions(owner=alice, ids=[prediction.pk]) == 1
    assert Prediction.objects.owned_by(alice).get() == prediction


def test_a_waiting_one_is_not_read_after_its_deletion_and_is_when_it_comes_back(
    alice: User, make_prediction: MakePrediction, sent: list[str]
) -> None:
    prediction = make_prediction(alice, state="queued", enqueued_at=timezone.now() - timedelta(minutes=1))
    services.delete_predictions(owner=alice, ids=[prediction.pk])
    tasks.predict.run(str(prediction.pk))  # its message, which is spent now
    sweeper.sweep()
    assert sent == []
    prediction.refresh_from_db()
    assert prediction.state == Prediction.State.QUEUED
    services.restore_predictions(owner=alice, ids=[prediction.pk])
    sweeper.sweep()
    assert sent == [str(prediction.pk)]


def test_who_waits_for_a_result_learns_that_it_was_deleted(alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice, state="queued")
    services.delete_predictions(owner=alice, ids=[prediction.pk])
    with pytest.raises(Prediction.DoesNotExist):
        services.wait_for_result(prediction=prediction, seconds=1)


def test_after_ten_minutes_it_is_gone_with_its_files(
    alice: User, make_prediction: MakePrediction, media_folder: Path, sent: list[str]
) -> None:
    prediction, kept = make_prediction(alice), make_prediction(alice)
    assert prediction.keep_thumbnail(b"small")
    services.correct_prediction(prediction=prediction, by=alice, label="G")
    deleted_ago(prediction, timedelta(minutes=9))
    sweeper.sweep()
    assert Prediction.objects.filter(pk=prediction.pk).exists()
    deleted_ago(prediction, timedelta(minutes=12))
    assert services.restore_predictions(owner=alice, ids=[prediction.pk]) == 0
    sweeper.sweep()
    assert Prediction.objects.get() == kept
    assert [path.stem for path in media_folder.rglob("*") if path.is_file()] == [kept.pk.hex]


def test_it_goes_though_its_file_went_before(alice: User, make_prediction: MakePrediction, sent: list[str]) -> None:
    prediction = make_prediction(alice)
    prediction.image.delete(save=False)
    deleted_ago(prediction, timedelta(minutes=12))
    sweeper.sweep()
    assert not Prediction.objects.exists()


def test_one_that_cannot_be_taken_off_the_disk_keeps_no_other_there(
    alice: User, make_prediction: MakePrediction, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = make_prediction(alice), make_prediction(alice)
    for prediction in (stuck, other):
        deleted_ago(prediction, timedelta(minutes=12))
    real = Prediction.delete_files

    def delete_files(prediction: Prediction) -> None:
        if prediction == stuck:
            raise PermissionError
        real(prediction)

    monkeypatch.setattr(Prediction, "delete_files", delete_files)
    sweeper.sweep()
    assert Prediction.objects.get() == stuck
    monkeypatch.setattr(Prediction, "delete_files", real)
    sweeper.sweep()
    assert not Prediction.objects.exists()
