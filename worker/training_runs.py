"""Carries out a training run: rows to lessons, progress to the row, the result to a candidate.

TensorFlow is imported here inside functions, in the process that Celery has forked for the run.
"""

import logging
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from recognition.models import ModelVersion, Sample, TrainingRun
from worker import notices, registry
from worker.heartbeats import beating
from worker.ml.artifact import ArtifactError
from worker.ml.full_disk import is_full
from worker.ml.lessons import KNOWN, Lesson, RetrainingConfig, is_held_out
from worker.ml.manifest import Manifest, ManifestError

if TYPE_CHECKING:
    from worker.ml.datasets import LandmarkSet

logger = logging.getLogger(__name__)

HELD_OUT = "held out"
_NICENESS = 15


class Interrupted(Exception):
    """The run is to be cancelled, or is another worker's by now."""


class Left(Exception):
    """Pictures of the data have left meanwhile. A sentence for staff."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} of its pictures have left the data: a consent was withdrawn, or something deleted. Make a new "
            "version and train on that."
        )


class RunWatch:
    """Tells the row of progress, and raises :class:`Interrupted` when it may not go on."""

    def __init__(self, run: TrainingRun) -> None:
        self._run = run

    def say(self, text: str) -> None:
        self._check(self._run.tell(text))

    def stage(self, name: str) -> None:
        self._check(self._run.tell(f"{name} ...", stage=name))

    def step(self, *, epoch: int, step: int) -> None:
        self._check(self._run.tell(epoch=epoch, step=step))

    def epoch(self, history: Sequence[Mapping[str, float | None]]) -> None:
        last = history[-1]
        shown = "" if last["accuracy"] is None else f", accuracy {last['accuracy']:.4f}"
        line = f"epoch {len(history)} of {self._run.epochs}: loss {last['loss']:.4f}{shown}"
        self._check(self._run.tell(line, history=list(history)))

    def beat(self) -> None:
        self._check(True)

    def _check(self, is_ours: bool) -> None:
        if not (is_ours and self._run.beat()):
            raise Interrupted


def carry_out(run: TrainingRun, *, in_own_process: bool) -> None:
    """RUNNING -> SUCCEEDED, FAILED or CANCELLED. Whatever happens, the row says it.

    ``in_own_process``: whether this process is the training worker's, which begins and ends with the run.
    """
    if in_own_process:
        _yield_to_others()
    held = TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.RUNNING, attempts=run.attempts)
    with beating(held):
        try:
            version = _train(run, RunWatch(run))
        except Interrupted:
            run.cancel()
        except Exception as error:
            end(run, partial(run.fail, _reason(error, f"Training {run.pk}")))
        else:
            end(run, partial(run.succeed, model_version=version))
    run.refresh_from_db(fields=["state", "attempts"])
    if run.is_finished:
        shutil.rmtree(run.work_folder, ignore_errors=True)
        if not ModelVersion.objects.filter(directory=str(_output_of(run))).exists():
            shutil.rmtree(_output_of(run), ignore_errors=True)


def _output_of(run: TrainingRun) -> Path:
    return Path(settings.MEDIA_ROOT).resolve() / "models" / f"run-{run.pk}"


def end(run: TrainingRun, transition: Callable[[], bool]) -> bool:
    """Take a run to its end by one of its transitions, and tell who asked for it."""
    with transaction.atomic():
        ended = transition()
        if ended:
            notices.tell_of_run(run)
    return ended


def _reason(error: Exception, of_what: str) -> str:
    """Why it failed, as a sentence for staff; what they cannot mend is logged."""
    from worker.ml.retraining import RetrainingError

    if isinstance(error, RetrainingError | ArtifactError | ManifestError | Left):
        return str(error)
    logger.error("%s failed", of_what, exc_info=error)
    if isinstance(error, OSError):
        return "The disk is full. Make room, then retry." if is_full(error) else f"A file cannot be used: {error}"
    return f"It failed because of a fault on our side ({type(error).__name__}); the worker's log has more."


def compare_again(version: ModelVersion, asked_by: User | None, *, in_own_process: bool) -> None:
    """Compare a candidate with the version that is active now, on what its training run has; tell who asked for it."""
    if in_own_process:
        _yield_to_others()
    error = ""
    try:
        comparison = _compared_again(version)
    except Exception as raised:
        error = _reason(raised, f"Comparing {version}")
    with transaction.atomic():
        found = ModelVersion.objects.filter(pk=version.pk)
        found.update(comparison_asked_at=None, **({} if error else {"comparison": comparison}))
        notices.tell_of_comparison(version, asked_by, error)


def _compared_again(version: ModelVersion) -> dict[str, Any]:
    from worker.ml import retraining

    run = version.made_by
    if run is None:
        raise retraining.RetrainingError("No training made it, so there are no held-out hands to compare it on.")
    lessons, sets = lessons_of(run, _go_on), retraining.load_sets(settings.TRAINING_LANDMARKS)
    return _compared(registry.directory_of(version), lessons, sets, _go_on)


def _go_on() -> None:
    """In place of a watch: a comparison takes a minute or two and is not interrupted."""


def _train(run: TrainingRun, watch: RunWatch) -> ModelVersion:
    from worker.ml import retraining
    from worker.ml.recalibration import recalibrate
    from worker.ml.serving_cost import record_cost

    config = RetrainingConfig(**run.config)
    base = registry.directory_of(run.base)
    watch.stage("Gathering the pictures")
    lessons = lessons_of(run, watch.beat)
    sets = retraining.load_sets(settings.TRAINING_LANDMARKS)
    watch.stage("Training")
    network = retraining.retrain(base, lessons, sets, config, run.work_folder, watch)
    _refuse_if_left(run)
    watch.stage("Exporting")
    output = _output_of(run)
    data = {"sha256": run.data.fingerprint, "pictures": run.data.pictures, "signers": run.data.signers}
    try:
        retraining.publish_candidate(base, network, config, data, output)
    except OSError:
        shutil.rmtree(output.with_name(output.name + ".part"), ignore_errors=True)
        raise
    watch.stage("Fitting how sure it is")
    recalibrate(output, [lesson for lesson in lessons if is_held_out(lesson.signer)], watch.beat)
    watch.stage("Measuring the time that it takes")
    record_cost(output, [lesson.picture for lesson in lessons if lesson.picture.is_file()], watch.beat)
    watch.stage("Comparing with the active version")
    return _registered(run, output, _compared(output, lessons, sets, watch.beat))


def lessons_of(run: TrainingRun, beat: Callable[[], None]) -> list[Lesson]:
    """The hands of the version's pictures, with their frozen classes: as predictions keep them, and those of imported
    pictures as they are found now. Raises :class:`Left`, ``ManifestError`` and whatever ``beat`` raises."""
    from worker.ml.found_lessons import find_lessons

    _refuse_if_left(run)
    manifest = Manifest.load(run.data.manifest_path)
    labels = {entry.path: entry.label for entry in manifest.entries}
    samples = list(run.data.samples.usable().select_related("prediction").order_by("pk"))
    imported = [entry for entry in manifest.entries if entry.path.startswith("datasets/")]
    kept = Path(settings.MEDIA_ROOT) / "datasets" / "hands.jsonl"
    found = find_lessons(manifest, imported, kept, beat) if imported else []
    return [*(_lesson(sample, labels) for sample in samples if sample.prediction.hand), *found]


def _lesson(sample: Sample, labels: dict[str, str]) -> Lesson:
    prediction = sample.prediction
    hand = prediction.hand or {}
    return Lesson(
        label=labels[str(prediction.image.name)],
        signer=sample.signer,
        landmarks=tuple((point[0], point[1], point[2]) for point in hand["landmarks"]),
        width=prediction.image_width,
        height=prediction.image_height,
        is_left=hand["handedness"] == "left",
        picture=Path(prediction.image.path),
    )


def _compared(
    output: Path, lessons: list[Lesson], sets: "list[LandmarkSet]", beat: Callable[[], None]
) -> dict[str, Any]:
    from worker.ml.comparison import compare_on_pictures, compare_on_sets
    from worker.ml.retraining import known_and_rest

    active = ModelVersion.objects.active().first()
    if active is None:
        return {}
    old = registry.directory_of(active)
    judged = [lesson for lesson in lessons if is_held_out(lesson.signer)]
    tables = [compare_on_pictures(HELD_OUT, old, output, judged, beat)]
    if sets:
        known = [known_and_rest(one)[0] for one in sets]
        tables.append(compare_on_sets(KNOWN, old, output, known, beat))
    return {"against": active.pk, "against_name": active.name, "tables": tables}


def _registered(run: TrainingRun, output: Path, comparison: dict[str, Any]) -> ModelVersion:
    """The candidate's row: one, however often it is made."""
    version = registry.register(output)
    ModelVersion.objects.filter(pk=version.pk).update(base=run.base, comparison=comparison)
    return version


def _refuse_if_left(run: TrainingRun) -> None:
    left = run.data.left
    if left > 0:
        raise Left(left)


def _yield_to_others() -> None:
    """Pictures that somebody waits for come first."""
    from worker.ml.retraining import limit_threads

    os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    limit_threads(settings.TRAINING_THREADS)
