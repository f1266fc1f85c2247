"""Frames of the live page that the server reads: answered, not kept, one at a time."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from kombu.exceptions import OperationalError

from accounts.models import User
from recognition import frames
from recognition.models import Prediction
from recognition.tests.conftest import encoded
from recognition.tests.rest import V1, assert_problem, client_of
from worker import registry, tasks
from worker.tests import stub

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Thread]]:
    """Reads each frame in a thread of its own, by the stub."""
    version, recogniser = stub.active()
    monkeypatch.setattr(registry, "active", lambda: (version, recogniser))
    threads: list[Thread] = []

    def begin(arguments: tuple[str], **_: Any) -> None:
        threads.append(Thread(target=tasks.read_frame.run, args=arguments))
        threads[-1].start()

    monkeypatch.setattr(tasks.read_frame, "apply_async", begin)
    yield threads
    for thread in threads:
        thread.join()


def send(client: Client, data: bytes) -> Any:
    return client.post(f"{V1}frames/", {"image": SimpleUploadedFile("frame.jpg", data, "image/jpeg")})


def test_a_frame_is_answered_and_nothing_of_it_is_kept(alice: User, media_folder: Any) -> None:
    answer = send(client_of(alice), encoded(size=(64, 48)))
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["label"], said["confidence"], said["hand"], said["model_version"]) == ("B", 0.9, None, "stub")
    assert [one["label"] for one in said["top"]] == ["B", "D"]
    assert Prediction.objects.count() == 0
    assert [path for path in media_folder.rglob("*") if path.is_file()] == []


def test_one_frame_of_a_person_at_a_time_and_others_are_not_in_the_way(alice: User, charlie: User) -> None:
    cache.add(f"frame-of:{alice.pk}", 1, timeout=10)
    refused = send(client_of(alice), encoded())
    assert_problem(refused, 503, "frame_in_flight")
    assert refused.headers["Retry-After"] == "1"
    assert send(client_of(charlie), encoded()).status_code == 200


def test_after_a_frame_the_next_one_may_come_at_once_whatever_became_of_it(alice: User) -> None:
    client = client_of(alice)
    for data, status in ((encoded(), 200), (b"no picture", 415), (encoded(size=(105, 48)), 400), (encoded(), 200)):
        assert send(client, data).status_code == status


def test_a_frame_that_no_worker_reads_in_time_is_dropped(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(frames, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(tasks.read_frame, "apply_async", lambda arguments, expires: sent.append(arguments[0]))
    assert_problem(send(client_of(alice), encoded()), 503, "too_busy")
    assert cache.get(tasks.frame_place(sent[0])) is None
    tasks.read_frame.run(sent[0])  # its message comes after all
    assert cache.get(tasks.frame_answer_place(sent[0])) is None


def test_while_the_queue_is_away_that_is_said(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.read_frame, "apply_async", refuse)
    assert_problem(send(client_of(alice), encoded()), 503, "queue_unavailable")


def test_a_fault_of_ours_is_said_to_be_ours(alice: User) -> None:
    problem = assert_problem(send(client_of(alice), encoded(size=(stub.FAULTY_WIDTH, 48))), 503, "not_read")
    assert "a fault on our side" in problem["detail"]


def test_a_frame_is_small(alice: User) -> None:
    assert_problem(send(client_of(alice), encoded() + bytes(frames.MAX_FRAME_BYTES)), 413, "too_large")


def test_strangers_have_no_frames_read(alice: User) -> None:
    assert_problem(send(Client(), encoded()), 401, "not_authenticated")
