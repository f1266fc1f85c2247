"""The task alone: which end each mishap leads to."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from accounts.models import User
from recognition import services
from recognition.models import ModelVersion, Prediction, SecondReading
from worker import registry, tasks
from worker.ml.recognition import Recognition
from worker.tests import stub
from worker.tests.pictures import jpeg

State = Prediction.State


@pytest.fixture(autouse=True)
def stub_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "active", stub.active)


@pytest.fixture
def queued(alice: User) -> Callable[..., Prediction]:
    def send(width: int = 64) -> Prediction:
        return services.request_prediction(owner=alice, data=jpeg(width))

    return send


def deliver(prediction: Prediction, *, redelivered: bool = False) -> Prediction:
    """The message arrives; returns the row as it is afterwards."""
    tasks.predict.push_request(delivery_info={"redelivered": redelivered})
    try:
        tasks.predict.run(str(prediction.pk))
    finally:
        tasks.predict.pop_request()
    return Prediction.objects.get(pk=prediction.pk)


def test_what_the_recogniser_said_is_recorded(queued: Callable[..., Prediction]) -> None:
    done = deliver(queued())
    assert (done.state, done.label, done.confidence, done.attempts) == (State.SUCCEEDED, "B", 0.9, 1)
    assert done.claimed_at is not None
    assert done.finished_at is not None
    assert done.model_version is not None


def test_that_the_recogniser_was_unsure_is_recorded(queued: Callable[..., Prediction]) -> None:
    assert not deliver(queued()).is_unsure
    unsure = deliver(queued(stub.UNSURE_WIDTH))
    assert (unsure.is_unsure, unsure.contenders) == (True, ("B", "D"))


def test_a_refused_picture_fails_with_the_recognisers_sentence(queued: Callable[..., Prediction]) -> None:
    done = deliver(queued(stub.UNREADABLE_WIDTH))
    assert (done.state, done.error) == (State.FAILED, "The picture is damaged.")


def test_a_fault_of_ours_fails_without_its_details_and_is_logged(
    queued: Callable[..., Prediction], caplog: pytest.LogCaptureFixture
) -> None:
    done = deliver(queued(stub.FAULTY_WIDTH))
    assert (done.state, done.error) == (State.FAILED, tasks.OUR_FAULT)
    assert "a fault of ours" in caplog.text


def test_a_missing_file_fails_with_a_sentence(queued: Callable[..., Prediction], media_folder: Path) -> None:
    prediction = queued()
    Path(prediction.image.path).unlink()
    assert deliver(prediction).error == tasks.NO_FILE


@pytest.mark.parametrize(
    ("mishap", "sentence"),
    [(SoftTimeLimitExceeded(), tasks.TOO_SLOW), (registry.NoModelError(), str(registry.NoModelError()))],
)
def test_other_mishaps_are_told(
    queued: Callable[..., Prediction], monkeypatch: pytest.MonkeyPatch, mishap: Exception, sentence: str
) -> None:
    def fail() -> None:
        raise mishap

    monkeypatch.setattr(registry, "active", fail)
    done = deliver(queued())
    assert (done.state, done.error) == (State.FAILED, sentence)


def test_a_message_for_a_row_that_is_gone_does_nothing(queued: Callable[..., Prediction]) -> None:
    prediction = queued()
    pk = prediction.pk
    prediction.delete()
    tasks.predict.run(str(pk))
    assert not Prediction.objects.exists()


def test_a_second_message_leaves_a_running_row_to_its_worker(queued: Callable[..., Prediction]) -> None:
    prediction = queued()
    prediction.claim()
    assert deliver(prediction).state == State.RUNNING


def test_a_redelivered_message_takes_over_from_a_dead_worker(queued: Callable[..., Prediction]) -> None:
    prediction = queued()
    prediction.claim()
    done = deliver(prediction, redelivered=True)
    assert (done.state, done.attempts) == (State.SUCCEEDED, 2)


def test_after_three_dead_workers_it_fails(queued: Callable[..., Prediction]) -> None:
    prediction = queued()
    Prediction.objects.filter(pk=prediction.pk).update(state=State.RUNNING, attempts=Prediction.MAX_ATTEMPTS)
    done = deliver(prediction, redelivered=True)
    assert done.state == State.FAILED
    assert "3 times" in done.error


def test_a_finished_row_stays_as_it_is(queued: Callable[..., Prediction]) -> None:
    prediction = queued()
    first = deliver(prediction)
    again = deliver(prediction, redelivered=True)
    assert (again.state, again.attempts, again.finished_at) == (State.SUCCEEDED, 1, first.finished_at)


class TestACandidateOnTrial:
    """Whatever it does, the picture is answered."""

    @pytest.fixture
    def candidate(self, monkeypatch: pytest.MonkeyPatch, db: None) -> ModelVersion:
        """It is to answer every picture, and says C."""
        version = ModelVersion.objects.create(name="candidate", family="stub", fingerprint="1" * 64)
        self.answer_by(monkeypatch, version, lambda data: replace(stub.StubRecogniser().recognise(data), label="C"))
        return version

    def answer_by(
        self, monkeypatch: pytest.MonkeyPatch, version: ModelVersion, recognise: Callable[[bytes], Recognition]
    ) -> None:
        monkeypatch.setattr(registry, "canary_for", lambda pk: (version, SimpleNamespace(recognise=recognise)))

    def test_its_answer_is_recorded_and_the_active_versions_beside_it(
        self, queued: Callable[..., Prediction], candidate: ModelVersion
    ) -> None:
        done = deliver(queued())
        assert (done.label, done.model_version) == ("C", candidate)
        second = SecondReading.objects.get()
        assert (second.prediction, second.label, second.model_version.name) == (done, "B", "stub")
        done.delete()
        assert not SecondReading.objects.exists()

    @pytest.mark.parametrize("mishap", [RuntimeError("broken"), SoftTimeLimitExceeded(), MemoryError()])
    def test_where_it_fails_the_active_version_answers(
        self, queued: Callable[..., Prediction], candidate: ModelVersion, monkeypatch: pytest.MonkeyPatch,
        mishap: Exception, caplog: pytest.LogCaptureFixture,
    ) -> None:  # fmt: skip
        def fail(data: bytes) -> Recognition:
            raise mishap

        candidate.start_canary(share=50)
        self.answer_by(monkeypatch, candidate, fail)
        monkeypatch.setattr(registry, "_canary", registry._Served())
        done = deliver(queued())
        assert (done.state, done.label, done.error) == (State.SUCCEEDED, "B", "")
        assert not SecondReading.objects.exists()
        assert "on trial, failed at a picture" in caplog.text
        assert not registry._canary.needs(candidate)  # it is let alone for a while
        candidate.refresh_from_db()
        assert type(mishap).__name__ in candidate.canary_error

    def test_after_a_worker_has_died_the_active_version_answers(
        self, queued: Callable[..., Prediction], candidate: ModelVersion
    ) -> None:
        prediction = queued()
        prediction.claim()
        done = deliver(prediction, redelivered=True)
        assert (done.label, done.attempts) == ("B", 2)

    def test_a_picture_that_cannot_be_read_is_told_as_ever(
        self, queued: Callable[..., Prediction], candidate: ModelVersion
    ) -> None:
        assert deliver(queued(stub.UNREADABLE_WIDTH)).error == "The picture is damaged."

    def test_a_second_reading_that_fails_harms_nothing(
        self, queued: Callable[..., Prediction], candidate: ModelVersion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Broken:
            def recognise(self, data: bytes) -> None:
                raise RuntimeError

        active = registry.active()[0]
        monkeypatch.setattr(registry, "active", lambda: (active, Broken()))
        done = deliver(queued())
        assert (done.state, done.label) == (State.SUCCEEDED, "C")
        assert not SecondReading.objects.exists()

    def test_a_row_that_ended_otherwise_meanwhile_is_not_read_again(
        self, queued: Callable[..., Prediction], candidate: ModelVersion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def answer_late(data: bytes) -> Recognition:
            Prediction.objects.update(state=State.FAILED, error="It took too long.")
            return stub.StubRecogniser().recognise(data)

        self.answer_by(monkeypatch, candidate, answer_late)
        done = deliver(queued())
        assert (done.state, done.error) == (State.FAILED, "It took too long.")
        assert not SecondReading.objects.exists()
