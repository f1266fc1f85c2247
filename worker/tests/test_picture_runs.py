"""Trainings of a family that reads whole pictures, as the worker carries them out; small, so that it takes seconds."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Consent, User
from recognition.gate import objections
from recognition.models import Dataset, DatasetVersion, ModelVersion, TrainingRun
from recognition.promotion import promote_version
from recognition.retraining import Refused, cancel_training, freeze_dataset, request_comparison, request_training
from recognition.tests.conftest import MakePrediction
from recognition.tests.samples import offered
from worker import picture_runs, registry, sweeper, tasks
from worker.ml.pictures.config import Fitting, SimpleCnnConfig
from worker.ml.pictures.family import Epoch
from worker.watching import PictureWatch

TINY = SimpleCnnConfig(side=16, filters=(4,), dense=8, fitting=Fitting(epochs=2, batch=8))
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def data(
    alice: User, bob: User, charlie: User, make_prediction: MakePrediction, monkeypatch: pytest.MonkeyPatch
) -> DatasetVersion:
    """Alice signs A and L eight times each, Charlie twice; Charlie is held out."""
    monkeypatch.setattr("worker.ml.lessons.is_held_out", lambda signer: signer == f"person-{charlie.pk}")
    registry.register_shipped()
    for owner, times in ((alice, 8), (charlie, 2)):
        for number in range(2 * times):
            letter = "AL"[number % 2]
            sample = offered(make_prediction, owner, word=letter, guess=letter, number=number + 40 * (owner == charlie))
            sample.judge(by=bob, verdict="accept", label=letter)  # type: ignore[arg-type]
    return freeze_dataset(dataset=Dataset.objects.create(name="Our site"), by=bob)


def carried_out(run: TrainingRun) -> TrainingRun:
    tasks.train(run.pk)
    run.refresh_from_db()
    return run


def test_a_family_that_begins_anew_makes_a_candidate_with_a_report_that_can_serve(
    data: DatasetVersion, admin: User, bob: User
) -> None:
    run = carried_out(request_training(data=data, by=bob, config=TINY))
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, "")
    assert [set(row) for row in run.history] == [{"loss", "accuracy"}] * 2
    assert (run.epochs, run.share_done) == (2, 1.0)
    assert "epoch 2 of 2" in run.log
    assert not run.work_folder.exists()
    candidate, active = run.model_version, ModelVersion.objects.active().get()
    assert candidate is not None
    assert (candidate.family, candidate.base, candidate.state) == ("simple_cnn", None, "candidate")
    assert candidate.name.startswith("simple_cnn-our-site-1 ")
    assert candidate.metrics["accuracy_unseen"] is not None
    assert registry.report_of(candidate, "html") is not None
    (table,) = candidate.comparison["tables"]
    assert (table["name"], table["hands"], table["signers"]) == ("held out", 4, 1)
    assert "Only 4 hands" in objections(candidate, active)[0]
    promote_version(version=candidate, by=admin, instead_of=active.pk, reason="a trial")
    served, recogniser = registry.active()
    assert served == candidate
    picture = Path(data.samples.all()[0].prediction.image.path).read_bytes()
    assert set(recogniser.recognise(picture).milliseconds) == {"decode", "name", "total"}  # no hand is looked for


def test_it_is_done_once_whichever_version_is_active(data: DatasetVersion, bob: User) -> None:
    done = carried_out(request_training(data=data, by=bob, config=TINY))
    assert done.model_version is not None
    done.model_version.activate()
    again = request_training(data=data, by=bob, config=TINY)
    assert (again.state, again.model_version) == (TrainingRun.State.SUCCEEDED, done.model_version)
    assert "had the same data" in again.note


def test_one_whose_worker_was_killed_goes_on_after_its_last_epoch(
    data: DatasetVersion, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = request_training(data=data, by=bob, config=TINY)

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt  # as a signal would

    with monkeypatch.context() as patch:
        patch.setattr(PictureWatch, "epochs", killed)
        with pytest.raises(KeyboardInterrupt):
            tasks.train(run.pk)
    TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
    sweeper._rescue_trainings()
    carried_out(run)
    assert (run.state, len(run.history)) == (TrainingRun.State.SUCCEEDED, 2)
    assert "taken up after epoch 1" in run.log


def test_it_is_cancelled_between_two_steps(
    data: DatasetVersion, bob: User, monkeypatch: pytest.MonkeyPatch, media_folder: Path
) -> None:
    run = request_training(data=data, by=bob, config=TINY)
    told = PictureWatch.epochs

    def cancelled(self: PictureWatch, stage: str, epochs: Sequence[Epoch]) -> None:
        told(self, stage, epochs)
        cancel_training(run=TrainingRun.objects.get(pk=run.pk))

    monkeypatch.setattr(PictureWatch, "epochs", cancelled)
    assert carried_out(run).state == TrainingRun.State.CANCELLED
    assert len(run.history) == 1
    assert not run.work_folder.exists()
    assert not list((media_folder / "models").glob("*"))


def test_what_is_taken_back_while_it_is_compared_is_not_published(
    data: DatasetVersion, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch, media_folder: Path
) -> None:
    run = request_training(data=data, by=bob, config=TINY)
    compared = picture_runs.compared

    def compared_too_long(*arguments: Any) -> dict[str, Any]:
        table = compared(*arguments)
        Consent.withdraw(person=alice)
        return table

    monkeypatch.setattr(picture_runs, "compared", compared_too_long)
    assert carried_out(run).state == TrainingRun.State.FAILED
    assert "16 of its pictures have left" in run.error
    assert not ModelVersion.objects.filter(state=ModelVersion.State.CANDIDATE).exists()
    assert not list((media_folder / "models").glob("*"))


def test_too_few_pictures_are_told(
    alice: User, bob: User, make_prediction: MakePrediction, media_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.ml.lessons.is_held_out", lambda _: False)
    registry.register_shipped()
    for number, letter in enumerate("AL"):
        sample = offered(make_prediction, alice, word=letter, number=number)
        sample.judge(by=bob, verdict="accept", label=letter)  # type: ignore[arg-type]
    data = freeze_dataset(dataset=Dataset.objects.create(name="Few"), by=bob)
    run = carried_out(request_training(data=data, by=bob, config=TINY))
    assert run.state == TrainingRun.State.FAILED
    assert "A (1)" in run.error
    assert not list((media_folder / "models").glob("*"))


def test_of_people_who_are_held_out_alone_nothing_is_learnt(
    data: DatasetVersion, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = request_training(data=data, by=bob, config=TINY)
    monkeypatch.setattr("worker.ml.lessons.is_held_out", lambda _: True)
    with pytest.raises(Refused, match="of people who are not held out"):
        request_training(data=data, by=bob, config=TINY)
    assert carried_out(run).state == TrainingRun.State.FAILED
    assert "are of people who are held out" in run.error


def test_it_is_compared_again_on_the_people_who_are_held_out(data: DatasetVersion, admin: User, bob: User) -> None:
    first = carried_out(request_training(data=data, by=bob, config=TINY)).model_version
    assert first is not None
    ModelVersion.objects.filter(pk=first.pk).update(comparison={})
    first.refresh_from_db()
    request_comparison(version=first, by=bob)
    tasks.compare(first.pk, bob.pk)
    first.refresh_from_db()
    assert first.comparison["tables"][0]["hands"] == 4
