"""Frames of the live page that the server reads: answered, not kept, one at a time."""

from collections.abc import Iterator
from dataclasses import replace
from threading import BoundedSemaphore, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from kombu.exceptions import OperationalError

from accounts.models import User
from recognition import frames, services
from recognition.models import Prediction
from recognition.specimens import specimen_hand
from recognition.tests.conftest import encoded
from recognition.tests.rest import V1, assert_problem, client_of
from worker import cameras, registry, tasks
from worker.ml.images import decode
from worker.ml.recognition import Box, Film, Hand, Recognition
from worker.tests import stub

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Thread]]:
    """Reads each frame in a thread of its own, by the stub."""
    version, recogniser = stub.active()
    monkeypatch.setattr(registry, "active_lately", lambda: (version, recogniser))
    threads: list[Thread] = []

    def begin(arguments: tuple[str, str], **_: Any) -> None:
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


def test_a_persons_hand_is_followed_for_a_second(alice: User, charlie: User, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: Any = specimen_hand("L")
    hand = Hand(Box(**drawn["box"]), tuple(tuple(point) for point in drawn["landmarks"]), "right", 0.99)
    films: list[Film | None] = []

    class SeesAHand(stub.StubRecogniser):
        def recognise(self, data: bytes, *, film: Film | None = None) -> Recognition:
            films.append(film)
            seen = hand if decode(data).size == (64, 48) else None
            return replace(super().recognise(data), hand=seen)

    version, _ = stub.active()
    monkeypatch.setattr(registry, "active_lately", lambda: (version, SeesAHand()))
    now = 1_000_000.0
    monkeypatch.setattr(cameras, "time", SimpleNamespace(time=lambda: now))

    def sees(user: User, size: tuple[int, int] = (64, 48)) -> Film | None:
        assert send(client_of(user), encoded(size=size)).status_code == 200
        return films[-1]

    assert sees(alice) == Film()
    assert sees(charlie) == Film(), "another person's hand"
    assert sees(alice) == Film(hand)
    now += 1.1
    assert sees(alice) == Film(), "looked for anew: another hand may have come"
    assert sees(alice, size=(80, 48)) == Film(hand)
    assert sees(alice, size=(80, 48)) == Film(missed=1), "it was gone"
    assert sees(alice) == Film(missed=2)
    assert sees(alice) == Film(hand)


def test_a_frame_that_no_worker_reads_in_time_is_dropped(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(frames, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(tasks.read_frame, "apply_async", lambda arguments, expires: sent.append(arguments))
    assert_problem(send(client_of(alice), encoded()), 503, "too_busy")
    assert cache.get(tasks.frame_place(sent[0][0])) is None
    tasks.read_frame.run(*sent[0])  # its message comes after all
    assert cache.get(tasks.frame_answer_place(sent[0][0])) is None


def test_frames_leave_threads_to_the_pages(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_WAITING", places := BoundedSemaphore(1))
    places.acquire()  # as many wait as may
    refused = send(client_of(alice), encoded())
    assert_problem(refused, 503, "too_busy")
    places.release()
    assert send(client_of(alice), encoded()).status_code == 200
    assert send(client_of(alice), encoded()).status_code == 200, "the place was given back"


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
