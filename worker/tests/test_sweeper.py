"""The sweeper's decisions that need no real queue."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from aslsite import broker
from recognition import services
from recognition.models import Prediction
from recognition.tests.conftest import MakePrediction
from worker import sweeper, tasks
from worker.tests.pictures import jpeg


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(tasks.predict, "apply_async", lambda args: messages.append(args[0]))
    return messages


def queued_for(alice: User, age: timedelta) -> Prediction:
    prediction = services.request_prediction(owner=alice, data=jpeg())
    Prediction.objects.update(enqueued_at=timezone.now() - age)
    return prediction


@pytest.mark.parametrize(
    ("in_queue", "age", "is_sent"),
    [
        (0, timedelta(seconds=2), False),  # its message is on its way
        (0, timedelta(seconds=6), True),
        (7, timedelta(minutes=9), False),  # others are before it
        (7, timedelta(minutes=11), True),
    ],
)
def test_a_waiting_row_is_sent_again_when_its_message_must_be_lost(
    alice: User, sent: list[str], monkeypatch: pytest.MonkeyPatch, in_queue: int, age: timedelta, is_sent: bool
) -> None:
    monkeypatch.setattr(broker, "waiting_messages", lambda queue: in_queue)
    prediction = queued_for(alice, age)
    sweeper.sweep()
    sweeper.sweep()  # what was sent a moment ago is not sent again
    assert sent == ([str(prediction.pk)] if is_sent else [])


def test_two_sweepers_send_one_message(alice: User, sent: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    prediction = queued_for(alice, timedelta(minutes=1))
    mine, yours = (Prediction.objects.get(pk=prediction.pk) for _ in range(2))
    assert mine.mark_enqueued()
    assert not yours.mark_enqueued()


def test_without_a_broker_waiting_rows_stay_as_they_are(alice: User, sent: list[str]) -> None:
    queued_for(alice, timedelta(minutes=1))
    sweeper.sweep()  # REDIS_URL of the tests leads nowhere
    assert sent == []
    assert Prediction.objects.get().state == Prediction.State.QUEUED


def test_pictures_that_nobody_reads_are_told_once_and_so_is_the_end_of_it(
    alice: User,
    sent: list[str],
    make_prediction: MakePrediction,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(broker, "waiting_messages", lambda queue: 0)
    caplog.set_level(logging.WARNING, "worker.sweeper")

    def told() -> list[str]:
        caplog.clear()
        sweeper.sweep()
        return [record.getMessage() for record in caplog.records]

    now = timezone.now()
    long_done = make_prediction(alice)
    Prediction.objects.filter(pk=long_done.pk).update(finished_at=now - timedelta(minutes=5))
    waiting = make_prediction(alice, state=Prediction.State.QUEUED)
    assert told() == []
    Prediction.objects.filter(pk=waiting.pk).update(created_at=now - timedelta(seconds=61))
    (line,) = told()
    assert line.startswith("No picture was read for 60 s, and 1 wait")
    assert told() == []  # sent again meanwhile, which is no progress
    assert waiting.claim()
    assert waiting.fail("It is read now.")
    assert told() == ["Pictures no longer wait in vain"]
    assert told() == []


def test_a_long_queue_that_moves_is_no_standstill(
    alice: User,
    sent: list[str],
    make_prediction: MakePrediction,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(broker, "waiting_messages", lambda queue: 7)
    make_prediction(alice)
    for _ in range(30):
        make_prediction(alice, state=Prediction.State.QUEUED)
    Prediction.objects.update(created_at=timezone.now() - timedelta(minutes=9))
    sweeper.sweep()
    assert caplog.records == []
