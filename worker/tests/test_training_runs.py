"""Trainings from the wish to the candidate, as the worker carries them out; small, so that it takes seconds."""

import errno
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Consent, User
from recognition.gate import objections
from recognition.models import Dataset, DatasetVersion, ModelVersion, TrainingRun
from recognition.promotion import Refused as PromotionRefused
from recognition.promotion import promote_version, roll_back
from recognition.retraining import (
    Refused,
    cancel_training,
    freeze_dataset,
    request_comparison,
    request_training,
    retry_training,
)
from recognition.specimens import specimen_hand
from recognition.tests.conftest import MakePrediction
from recognition.tests.samples import offered
from worker import registry, sweeper, tasks, training_runs
from worker.ml import retraining
from worker.ml.artifact import Artifact
from worker.ml.lessons import RetrainingConfig
from worker.ml.tests.small_artifact import publish_small

TINY = RetrainingConfig(epochs=2, steps=2, batch=8)
TINY_TOO = RetrainingConfig(epochs=1, steps=2, batch=8, seed=2)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "small"
    publish_small(folder)
    return folder


@pytest.fixture
def data(
    alice: User, bob: User, charlie: User, make_prediction: MakePrediction, monkeypatch: pytest.MonkeyPatch, base: Path
) -> DatasetVersion:
    """Alice and Charlie sign A and L each, and Charlie is held out."""
    monkeypatch.setattr("worker.ml.lessons.is_held_out", lambda signer: signer == f"person-{charlie.pk}")
    monkeypatch.setattr("worker.training_runs.is_held_out", lambda signer: signer == f"person-{charlie.pk}")
    monkeypatch.setattr("worker.ml.retraining.is_held_out", lambda signer: signer == f"person-{charlie.pk}")
    ModelVersion.objects.create(
        name="small", directory=str(base), fingerprint=Artifact.load(base).fingerprint, state=ModelVersion.State.ACTIVE
    )
    for owner in (alice, charlie):
        for number, letter in enumerate("AL"):
            hand = specimen_hand(letter)
            sample = offered(make_prediction, owner, word=letter, guess=letter, number=50 + 80 * number, hand=hand)
            sample.judge(by=bob, verdict="accept", label=letter)  # type: ignore[arg-type]
    return freeze_dataset(dataset=Dataset.objects.create(name="site"), by=bob)


@pytest.fixture
def train(data: DatasetVersion, bob: User) -> Callable[..., TrainingRun]:
    def train(config: RetrainingConfig = TINY) -> TrainingRun:
        run = request_training(data=data, by=bob, config=config)
        tasks.train(run.pk)
        run.refresh_from_db()
        return run

    return train


def test_a_run_makes_a_candidate_that_the_gate_judges_and_everybody_can_follow(
    train: Callable[..., TrainingRun], admin: User
) -> None:
    run = train()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, "")
    assert [round(one["loss"], 1) > 0 for one in run.history] == [True, True]
    assert "epoch 2 of 2" in run.log
    assert not run.work_folder.exists()
    candidate, before = run.model_version, ModelVersion.objects.active().get()
    assert candidate is not None
    assert (candidate.state, candidate.base) == (ModelVersion.State.CANDIDATE, before)
    made, began_with = (Artifact.read(registry.directory_of(one)) for one in (candidate, before))
    assert made.data["base"] == {
        "name": began_with.name,
        "fingerprint": before.fingerprint,
        "data": dict(began_with.data),
    }
    assert candidate.metrics["calibration"]["fitted"].startswith("no, the base's are kept")
    (table,) = candidate.comparison["tables"]
    assert (table["name"], table["hands"], table["signers"]) == ("held out", 2, 1)
    assert "Only 2 hands" in objections(candidate, before)[0]
    assert run.asked_by is not None
    assert run.asked_by.notices.get().title == f"Training {run.pk} is done"
    with pytest.raises(PromotionRefused, match="Only 2 hands"):
        promote_version(version=candidate, by=admin, instead_of=before.pk)
    promote_version(version=candidate, by=admin, instead_of=before.pk, reason="a trial")
    assert registry.active()[0] == candidate
    assert roll_back(by=admin, version=candidate.pk) == before
    assert registry.active()[0] == before


def test_what_a_training_writes_to_the_temporary_folder_goes_with_it(
    data: DatasetVersion, bob: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the worker's own process, which ends without Python's clearing up."""
    written: list[Path] = []

    def train(*_arguments: Any) -> ModelVersion:
        with tempfile.NamedTemporaryFile(prefix="__autograph_generated_file", suffix=".py", delete=False) as file:
            written.append(Path(file.name))
        return ModelVersion.objects.get()

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(training_runs, "_yield_to_others", lambda: None)
    monkeypatch.setattr(training_runs, "_train", train)
    run = request_training(data=data, by=bob, config=TINY)
    assert run.claim()
    training_runs.carry_out(run, in_own_process=True)
    run.refresh_from_db()
    assert run.state == TrainingRun.State.SUCCEEDED
    assert len(written) == 1
    assert not written[0].exists()
    assert list(tmp_path.iterdir()) == []


def test_a_run_whose_worker_was_killed_goes_on_after_its_last_epoch(
    data: DatasetVersion, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = request_training(data=data, by=bob, config=TINY)
    keep = retraining._keep

    def killed(*arguments: Any) -> None:
        keep(*arguments)
        raise KeyboardInterrupt  # as a signal would: nothing of ours runs after it but what Python must

    with monkeypatch.context() as patch:
        patch.setattr("worker.ml.retraining._keep", killed)
        with pytest.raises(KeyboardInterrupt):
            tasks.train(run.pk)
    run.refresh_from_db()
    assert run.state == TrainingRun.State.RUNNING
    tasks.train(run.pk)  # the message comes again, and finds it held
    TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
    sweeper._rescue_trainings()
    run.refresh_from_db()
    assert run.state == TrainingRun.State.QUEUED
    tasks.train(run.pk)
    run.refresh_from_db()
    assert run.state == TrainingRun.State.SUCCEEDED
    assert "taken up again after epoch 1" in run.log
    assert len(run.history) == 2


@pytest.mark.parametrize(
    "stage",
    ["Gathering the pictures", "Training", "Exporting", "Fitting how sure it is", "Comparing with the active version"],
)
def test_it_is_cancelled_at_every_stage(
    data: DatasetVersion, bob: User, stage: str, monkeypatch: pytest.MonkeyPatch, media_folder: Path
) -> None:
    run = request_training(data=data, by=bob, config=TINY)
    tell = TrainingRun.tell

    def tell_and_cancel(self: TrainingRun, line: str = "", **progress: Any) -> bool:
        if progress.get("stage") == stage:
            cancel_training(run=TrainingRun.objects.get(pk=self.pk))
        return tell(self, line, **progress)

    monkeypatch.setattr(TrainingRun, "tell", tell_and_cancel)
    tasks.train(run.pk)
    run.refresh_from_db()
    assert run.state == TrainingRun.State.CANCELLED
    assert not run.work_folder.exists()
    assert not ModelVersion.objects.filter(state=ModelVersion.State.CANDIDATE).exists()
    assert not list((media_folder / "models").glob("*"))


def left_by(run: TrainingRun) -> list[Path]:
    """Folders as they lie there when a worker has died: checkpoints, and what was made or half written."""
    models = run.work_folder.parents[1] / "models"
    folders = [run.work_folder, models / f"run-{run.pk}", models / f"run-{run.pk}.part", models / f"run-{run.pk}.old"]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
    return folders


def loses_its_worker(run: TrainingRun, *, attempts: int = 1) -> None:
    assert run.claim()
    assert run.tell(stage="Training")
    TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2), attempts=attempts)


def is_cancelled_too_late(run: TrainingRun) -> None:
    loses_its_worker(run)
    cancel_training(run=run)


def is_queued_again_and_cancelled(run: TrainingRun) -> None:
    loses_its_worker(run)
    sweeper._rescue_trainings()
    run.refresh_from_db()
    assert run.state == TrainingRun.State.QUEUED
    cancel_training(run=run)


def loses_its_last_worker(run: TrainingRun) -> None:
    loses_its_worker(run, attempts=TrainingRun.MAX_ATTEMPTS)


@pytest.mark.parametrize(
    ("ends", "state"),
    [
        (is_cancelled_too_late, TrainingRun.State.CANCELLED),
        (is_queued_again_and_cancelled, TrainingRun.State.CANCELLED),
        (loses_its_last_worker, TrainingRun.State.FAILED),
    ],
)
def test_one_that_ends_without_its_worker_leaves_nothing_and_says_when_it_ended(
    data: DatasetVersion, bob: User, ends: Callable[[TrainingRun], None], state: str
) -> None:
    run = request_training(data=data, by=bob, config=TINY)
    folders = left_by(run)
    ends(run)
    assert all(folder.exists() for folder in folders)
    for _ in range(2):
        sweeper._rescue_trainings()
        assert not any(folder.exists() for folder in folders)
    run.refresh_from_db()
    assert (run.state, run.stage) == (state, "")
    assert run.finished_at is not None


def test_whoever_goes_on_keeps_the_folder_and_a_version_keeps_its_own(
    data: DatasetVersion, bob: User, media_folder: Path
) -> None:
    run = request_training(data=data, by=bob, config=TINY)
    folders = left_by(run)
    others = [media_folder / "training/notes", media_folder / "training/99", media_folder / "models/run-of-mine"]
    for folder in others:
        folder.mkdir()
    sweeper._rescue_trainings()  # it waits
    loses_its_worker(run)
    TrainingRun.objects.update(heartbeat_at=timezone.now())
    sweeper._rescue_trainings()  # it is under way
    assert all(folder.exists() for folder in folders)
    made = ModelVersion.objects.create(name="made", fingerprint="f", directory=f"/moved/since/models/run-{run.pk}")
    assert run.succeed(model_version=made)
    sweeper._rescue_trainings()
    assert [folder for folder in folders if folder.exists()] == [media_folder / "models" / f"run-{run.pk}"]
    assert all(folder.exists() for folder in others)


def test_one_that_waits_is_cancelled_at_once_and_can_be_retried(data: DatasetVersion, bob: User) -> None:
    run = request_training(data=data, by=bob, config=TINY)
    with pytest.raises(Refused, match="under way"):
        retry_training(run=run, by=bob)
    cancel_training(run=run)
    tasks.train(run.pk)
    run.refresh_from_db()
    assert run.state == TrainingRun.State.CANCELLED
    with pytest.raises(Refused, match="nothing to cancel"):
        cancel_training(run=run)
    again = retry_training(run=run, by=bob)
    assert (again.state, again.config) == (TrainingRun.State.QUEUED, run.config)


def test_two_starts_at_once_are_one_and_what_was_done_is_not_done_again(data: DatasetVersion, bob: User) -> None:
    done = request_training(data=data, by=bob, config=TINY)
    assert request_training(data=data, by=bob, config=TINY) == done
    assert done.claim()
    assert done.succeed(model_version=ModelVersion.objects.get())
    again = request_training(data=data, by=bob, config=TINY)
    assert (again.state, again.model_version) == (TrainingRun.State.SUCCEEDED, done.model_version)
    assert f"training {done.pk} had the same data" in again.note


def test_nobodys_pictures_are_learnt_from_after_they_took_them_back(
    data: DatasetVersion, alice: User, bob: User
) -> None:
    run = request_training(data=data, by=bob, config=TINY)
    Consent.withdraw(person=alice)
    assert data.left == 2
    tasks.train(run.pk)
    run.refresh_from_db()
    assert run.state == TrainingRun.State.FAILED
    assert "2 of its pictures have left" in run.error
    with pytest.raises(Refused, match="have left"):
        request_training(data=data, by=bob, config=TINY)


def test_what_is_taken_back_while_a_training_ends_is_not_published(
    data: DatasetVersion, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch, media_folder: Path
) -> None:
    run = request_training(data=data, by=bob, config=TINY)
    monkeypatch.setattr("worker.ml.serving_cost.record_cost", lambda *arguments: Consent.withdraw(person=alice))
    tasks.train(run.pk)
    run.refresh_from_db()
    assert (run.state, run.model_version) == (TrainingRun.State.FAILED, None)
    assert "2 of its pictures have left" in run.error
    assert not ModelVersion.objects.filter(state=ModelVersion.State.CANDIDATE).exists()
    assert not list((media_folder / "models").glob("*"))


def test_the_gate_objects_to_what_learnt_from_pictures_that_have_left_since(
    train: Callable[..., TrainingRun], alice: User
) -> None:
    candidate, active = train().model_version, ModelVersion.objects.active().get()
    assert candidate is not None
    before = objections(candidate, active)
    Consent.withdraw(person=alice)
    assert set(objections(candidate, active)) == {*before, "2 of the pictures in its training have left since."}


def test_a_full_disk_is_told_and_leaves_nothing(
    data: DatasetVersion, bob: User, monkeypatch: pytest.MonkeyPatch, media_folder: Any
) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("worker.ml.artifact.os.replace", full)
    monkeypatch.setattr("worker.ml.retraining._keep", lambda *arguments: None)
    run = request_training(data=data, by=bob, config=TINY)
    tasks.train(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.FAILED, "The disk is full. Make room, then retry.")
    assert not list((media_folder / "models").glob("*"))


def test_a_candidate_is_compared_again_with_what_is_active_by_then(
    train: Callable[..., TrainingRun], data: DatasetVersion, admin: User, bob: User, base: Path
) -> None:
    first = train().model_version
    second = train(TINY_TOO).model_version
    assert first is not None
    assert second is not None
    promote_version(version=first, by=admin, instead_of=ModelVersion.objects.active().get().pk, reason="a trial")
    assert objections(second, first) == ["It was never compared with the version that is active now."]
    with pytest.raises(Refused, match="is the active version"):
        request_comparison(version=first, by=bob)
    with pytest.raises(Refused, match="No training made it"):
        request_comparison(version=ModelVersion.objects.get(name="small"), by=bob)
    request_comparison(version=second, by=bob)
    with pytest.raises(Refused, match="being compared already"):
        request_comparison(version=second, by=bob)
    tasks.compare(second.pk, bob.pk)
    second.refresh_from_db()
    assert (second.comparison["against"], second.is_being_compared) == (first.pk, False)
    assert "Only 2 hands" in objections(second, first)[0]
    assert "was compared again" in bob.notices.all()[0].title
    Consent.withdraw(person=User.objects.get(username="alice"))
    before = second.comparison
    request_comparison(version=second, by=bob)
    tasks.compare(second.pk, bob.pk)
    second.refresh_from_db()
    assert (second.comparison, second.is_being_compared) == (before, False)
    assert "have left the data" in bob.notices.all()[0].text
