"""The queue with real processes: whatever dies, every picture ends in a true state."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from aslsite import broker
from recognition import services
from recognition.models import Prediction
from worker import tasks
from worker.sweeper import DEAD_AFTER, LOST_AFTER, sweep
from worker.tests import stub
from worker.tests.servers import RedisServer, Worker, wait_until

State = Prediction.State
Send = Callable[..., Prediction]
StartWorker = Callable[..., Worker]

pytestmark = pytest.mark.django_db(transaction=True)


def state(prediction: Prediction) -> str:
    prediction.refresh_from_db()
    return prediction.state


def wait_for(prediction: Prediction, wanted: str, seconds: float = 20.0) -> None:
    wait_until(lambda: state(prediction) == wanted, seconds)


def let_time_pass(age: timedelta) -> None:
    """For the sweeper, which knows only what the rows say."""
    Prediction.objects.update(enqueued_at=F("enqueued_at") - age, claimed_at=F("claimed_at") - age)


def test_a_picture_is_read_within_two_seconds_of_the_workers_start(send: Send, start_worker: StartWorker) -> None:
    prediction = send()
    start = time.monotonic()
    start_worker()
    wait_for(prediction, State.SUCCEEDED)
    assert time.monotonic() - start < 4  # two on an idle machine
    assert (prediction.label, prediction.confidence, prediction.attempts) == ("B", 0.9, 1)
    assert prediction.top[0] == {"label": "B", "confidence": 0.9}
    assert prediction.model_version is not None


def test_waiting_adds_little_to_the_work_itself(send: Send, start_worker: StartWorker) -> None:
    start_worker()
    services.wait_for_result(prediction=send(), seconds=20)
    took = []
    for _ in range(20):
        start = time.monotonic()
        prediction = services.wait_for_result(prediction=send(), seconds=20)
        took.append(time.monotonic() - start)
        assert prediction.state == State.SUCCEEDED
    assert sorted(took)[10] < 0.1


def test_a_message_that_comes_twice_is_done_once(send: Send, start_worker: StartWorker) -> None:
    prediction = send()
    tasks.predict.apply_async((str(prediction.pk),))
    start_worker()
    wait_for(prediction, State.SUCCEEDED)
    wait_until(lambda: broker.waiting_messages("predictions") == 0)
    assert services.wait_for_result(prediction=send(), seconds=20).state == State.SUCCEEDED
    assert state(prediction) == State.SUCCEEDED
    assert prediction.attempts == 1


def test_two_workers_share_the_work_and_do_nothing_twice(send: Send, start_worker: StartWorker) -> None:
    predictions = [send() for _ in range(30)]
    start_worker()
    start_worker()
    for prediction in predictions:
        wait_for(prediction, State.SUCCEEDED)
        assert prediction.attempts == 1


def test_a_deleted_row_is_passed_over_and_a_deleted_file_is_told(send: Send, start_worker: StartWorker) -> None:
    gone, without_file, whole = send(), send(), send()
    gone.delete()
    Path(without_file.image.path).unlink()
    start_worker()
    wait_for(without_file, State.FAILED)
    assert without_file.error == tasks.NO_FILE
    wait_for(whole, State.SUCCEEDED)


def test_a_process_killed_in_mid_task_is_replaced_and_the_picture_read_again(
    send: Send, start_worker: StartWorker
) -> None:
    worker = start_worker()
    prediction = send(stub.SLOW_WIDTH)
    wait_for(prediction, State.RUNNING)
    worker.children()[0].kill()
    wait_for(prediction, State.SUCCEEDED)
    assert prediction.attempts == 2


def test_a_worker_killed_in_mid_task_leaves_no_process_and_the_sweeper_rescues_the_picture(
    send: Send, start_worker: StartWorker
) -> None:
    worker = start_worker()
    prediction = send(stub.SLOW_WIDTH)
    wait_for(prediction, State.RUNNING)
    children = worker.children()
    worker.kill()
    wait_until(lambda: not any(child.is_running() for child in children), 2)
    start_worker()
    sweep()
    assert state(prediction) == State.RUNNING  # it might still be alive: nothing is done too early
    let_time_pass(DEAD_AFTER)
    sweep()
    wait_for(prediction, State.SUCCEEDED)
    assert prediction.attempts == 2


def test_a_picture_that_kills_its_worker_each_time_fails_and_the_next_one_is_read(
    send: Send, start_worker: StartWorker
) -> None:
    start_worker()
    poison = send(stub.POISON_WIDTH)
    wait_for(poison, State.FAILED)
    assert "stopped the recogniser 3 times" in poison.error
    assert poison.attempts == 3
    wait_for(send(), State.SUCCEEDED)


def test_a_picture_that_takes_too_long_fails_and_the_next_one_is_read(
    send: Send, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"soft_time_limit": 1, "time_limit": 3}  # they travel with the message
    monkeypatch.setattr(tasks.predict, "_exec_options", limits | {"ignore_result": True})
    start_worker()
    endless, stuck = send(stub.ENDLESS_WIDTH), send(stub.STUCK_WIDTH)
    wait_for(endless, State.FAILED)
    assert endless.error == tasks.TOO_SLOW
    wait_for(send(), State.SUCCEEDED)  # the hard limit has killed the process that was stuck
    assert state(stuck) == State.RUNNING
    for _ in range(Prediction.MAX_ATTEMPTS - 1):
        let_time_pass(DEAD_AFTER)
        sweep()
        wait_for(stuck, State.RUNNING)
        wait_for(send(), State.SUCCEEDED)
    let_time_pass(DEAD_AFTER)
    sweep()
    assert state(stuck) == State.FAILED
    assert "stopped the recogniser" in stuck.error


def test_a_process_that_hangs_without_dying_is_replaced_and_the_next_picture_read(
    send: Send, start_worker: StartWorker
) -> None:
    worker = start_worker(LOOK_SECONDS="0.3")  # so that it waits for 3.6 seconds rather than for a minute
    wait_for(send(), State.SUCCEEDED)
    (hanging,) = worker.children()
    hanging.suspend()
    wait_for(send(), State.SUCCEEDED)
    (other,) = worker.children()
    assert other.pid != hanging.pid


def test_one_that_is_slow_is_let_be(send: Send, start_worker: StartWorker) -> None:
    worker = start_worker(LOOK_SECONDS="0.3")
    slow = send(stub.ENDLESS_WIDTH)
    wait_for(slow, State.RUNNING)
    (child,) = worker.children()
    time.sleep(6)
    assert [one.pid for one in worker.children()] == [child.pid]
    assert (state(slow), slow.attempts) == (State.RUNNING, 1)


def test_redis_killed_and_started_again_with_its_data(
    send: Send, start_worker: StartWorker, redis_server: RedisServer
) -> None:
    start_worker()
    wait_for(send(), State.SUCCEEDED)
    slow = send(stub.SLOW_WIDTH)
    wait_for(slow, State.RUNNING)
    waiting = [send() for _ in range(3)]
    redis_server.kill()
    time.sleep(1)
    redis_server.start()
    for prediction in (slow, *waiting):
        wait_for(prediction, State.SUCCEEDED, 30)
    assert services.wait_for_result(prediction=send(), seconds=20).state == State.SUCCEEDED


def test_redis_killed_and_started_again_without_its_data(
    send: Send, start_worker: StartWorker, redis_server: RedisServer
) -> None:
    waiting = [send() for _ in range(3)]
    redis_server.kill()
    sweep()  # nobody to send to: nothing happens
    redis_server.forget()
    redis_server.start()
    start_worker()
    sweep()
    assert {state(prediction) for prediction in waiting} == {State.QUEUED}  # their messages may be on their way
    let_time_pass(LOST_AFTER)
    sweep()
    for prediction in waiting:
        wait_for(prediction, State.SUCCEEDED)


def test_a_worker_whose_redis_stalled_while_it_read_takes_the_next_picture(
    send: Send, start_worker: StartWorker, redis_server: RedisServer
) -> None:
    """The picture's message could not be acknowledged in time."""
    start_worker()
    slow = send(stub.SLOW_WIDTH)
    wait_for(slow, State.RUNNING)
    with redis_server.stalled():
        wait_for(slow, State.SUCCEEDED)
        time.sleep(3)
    wait_for(send(), State.SUCCEEDED)
    assert state(slow) == State.SUCCEEDED
    assert slow.attempts == 1


def test_what_was_accepted_while_no_worker_ran_is_read_when_one_comes(send: Send, start_worker: StartWorker) -> None:
    prediction = send()
    services.wait_for_result(prediction=prediction, seconds=0.2)
    assert prediction.state == State.QUEUED
    worker = start_worker()
    wait_for(prediction, State.SUCCEEDED)
    assert os.getpid() not in [child.pid for child in worker.children()]
