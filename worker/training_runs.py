"""Carries out a training run: rows to lessons, progress to the row, the result to a candidate.

TensorFlow is imported here inside functions, in the process that Celery has forked for the run.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from accounts.models import Consent, User
from recognition.models import ModelVersion, Sample, TrainingRun
from recognition.models.dataset import Left
from recognition.numbers import number_of
from worker import notices, picture_runs, registry
from worker.heartbeats import beating
from worker.ml.artifact import Artifact, ArtifactError
from worker.ml.full_disk import is_full
from worker.ml.lessons import KNOWN, Lesson, RetrainingConfig, is_held_out
from worker.ml.manifest import Manifest, ManifestError
from worker.ml.pictures.config import ConfigError
from worker.watching import Interrupted, RunWatch

if TYPE_CHECKING:
    from worker.ml.datasets import LandmarkSet

logger = logging.getLogger(__name__)

HELD_OUT = "held out"
_NICENESS = 15


def carry_out(run: TrainingRun, *, in_own_process: bool) -> None:
    """RUNNING -> SUCCEEDED, FAILED or CANCELLED. Whatever happens, the row says it.

    ``in_own_process``: whether this process is the training worker's, which begins and ends with the run.
    """
    if in_own_process:
        _yield_to_others()
    held = TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.RUNNING, attempts=run.attempts)
    with beating(held):
        try:
            if in_own_process:
                _keep_temporary_files_in(run.work_folder)
            version = _train(run, RunWatch(run))
        except Interrupted:
            run.cancel()
        except Exception as error:
            end(run, partial(run.fail, _reason(error, f"Training {run.pk}")))
        else:
            end(run, partial(run.succeed, model_version=version))
    run.refresh_from_db(fields=["state", "attempts"])
    if run.is_finished:
        _remove_files(run)


def remove_leftovers() -> None:
    """The files of runs that have ended without a worker to remove them, as it had died. Takes a look at two folders.

    Runs that wait or are under way keep theirs, as they go on from them.
    """
    names = {path.name for path in _became_no_version("run-*")}
    names |= {path.name for path in (Path(settings.MEDIA_ROOT) / "training").glob("*")}
    stems = {name.removeprefix("run-").partition(".")[0] for name in names}
    numbers = {number for stem in stems if (number := number_of(stem))}
    for run in TrainingRun.objects.finished().filter(pk__in=numbers):
        _remove_files(run)


def _remove_files(run: TrainingRun) -> None:
    """Of a finished run: its checkpoints, and what it made or had half written, if that became no version."""
    output = _output_of(run)
    for folder in (run.work_folder, *_became_no_version(output.name, f"{output.name}.*")):
        shutil.rmtree(folder, ignore_errors=True)


def _became_no_version(*patterns: str) -> list[Path]:
    """The folders of models that are named so and are no version's."""
    # By their names alone: the media folder may have been moved since a version was registered.
    registered = {Path(directory).name for directory in ModelVersion.objects.values_list("directory", flat=True)}
    return [
        folder for pattern in patterns for folder in _models_folder().glob(pattern) if folder.name not in registered
    ]


def _output_of(run: TrainingRun) -> Path:
    return _models_folder() / f"run-{run.pk}"


def _models_folder() -> Path:
    return Path(settings.MEDIA_ROOT).resolve() / "models"


def end(run: TrainingRun, transition: Callable[[], bool]) -> bool:
    """Take a run to its end by one of its transitions, and tell who asked for it."""
    with transaction.atomic():
        ended = transition()
        if ended:
            notices.tell_of_run(run)
    return ended


def _reason(error: Exception, of_what: str) -> str:
    """Why it failed, as a sentence for staff; what they cannot mend is logged."""
    from worker.ml.datasets import DatasetError
    from worker.ml.retraining import RetrainingError

    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(cause, OSError):
        logger.error("%s failed", of_what, exc_info=error)
        return "The disk is full. Make room, then retry." if is_full(cause) else f"A file cannot be used: {cause}"
    if isinstance(error, RetrainingError | DatasetError | ConfigError | ArtifactError | ManifestError | Left):
        return str(error)
    logger.error("%s failed", of_what, exc_info=error)
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
    if not run.trains_further:
        run.data.refuse_if_left()
        return _compared_pictures(run, registry.directory_of(version), _go_on)
    lessons, sets = lessons_of(run, _go_on), retraining.load_sets(settings.TRAINING_LANDMARKS)
    return _compared(registry.directory_of(version), lessons, sets, _go_on)


def _go_on() -> None:
    """In place of a watch: a comparison takes a minute or two and is not interrupted."""


def _train(run: TrainingRun, watch: RunWatch) -> ModelVersion:
    return _train_landmarks(run, watch) if run.trains_further else _train_pictures(run, watch)


def _train_pictures(run: TrainingRun, watch: RunWatch) -> ModelVersion:
    run.data.refuse_if_left()
    watch.stage("Training")
    output = _output_of(run)
    picture_runs.train(run, output, watch)
    run.data.refuse_if_left()
    watch.stage("Comparing with the active version")
    return _registered(run, output, _compared_pictures(run, output, watch.beat))


def _train_landmarks(run: TrainingRun, watch: RunWatch) -> ModelVersion:
    from worker.ml import retraining
    from worker.ml.recalibration import recalibrate
    from worker.ml.serving_cost import record_cost

    config, base = RetrainingConfig(**run.config), registry.directory_of(run.base)
    watch.stage("Gathering the pictures")
    lessons = lessons_of(run, watch.beat)
    sets = retraining.load_sets(settings.TRAINING_LANDMARKS)
    watch.stage("Training")
    retrained = retraining.retrain(base, lessons, sets, config, run.work_folder, watch)
    run.data.refuse_if_left()
    watch.stage("Exporting")
    output = _output_of(run)
    data = {"sha256": run.data.fingerprint, "base": _origin_of(base)}
    try:
        retraining.publish_candidate(base, retrained, config, data, output)
    except OSError:
        shutil.rmtree(output.with_name(output.name + ".part"), ignore_errors=True)
        raise
    watch.stage("Fitting how sure it is")
    recalibrate(output, [lesson for lesson in lessons if is_held_out(lesson.signer)], watch.beat)
    watch.stage("Measuring the time that it takes")
    record_cost(output, [lesson.picture for lesson in lessons if lesson.picture.is_file()], watch.beat)
    watch.stage("Comparing with the active version")
    return _registered(run, output, _compared(output, lessons, sets, watch.beat), base=run.base)


def _origin_of(base: Path) -> dict[str, Any]:
    """What a network was trained further from, and what that had learnt from; its own base too, if it has one: an
    artefact says by itself from which data all of it comes."""
    artifact = Artifact.read(base)
    return {"name": artifact.name, "fingerprint": artifact.fingerprint, "data": dict(artifact.data)}


def lessons_of(run: TrainingRun, beat: Callable[[], None]) -> list[Lesson]:
    """The hands of the version's pictures, with their frozen classes: as predictions keep them, and those of imported
    pictures as they are found now. Raises :class:`Left`, ``ManifestError`` and whatever ``beat`` raises."""
    from worker.ml.found_lessons import find_lessons

    run.data.refuse_if_left()
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

    judged = [lesson for lesson in lessons if is_held_out(lesson.signer)]

    def tables(old: Path) -> Iterator[dict[str, Any]]:
        yield compare_on_pictures(HELD_OUT, old, output, judged, beat)
        if sets:
            yield compare_on_sets(KNOWN, old, output, [known_and_rest(one)[0] for one in sets], beat)

    return _against_active(tables)


def _compared_pictures(run: TrainingRun, output: Path, beat: Callable[[], None]) -> dict[str, Any]:
    return _against_active(lambda old: [picture_runs.compared(HELD_OUT, run, old, output, beat)])


def _against_active(tables: Callable[[Path], Iterable[dict[str, Any]]]) -> dict[str, Any]:
    """``tables`` gives how the candidate does beside an artefact."""
    active = ModelVersion.objects.active().first()
    if active is None:
        return {}
    found = list(tables(registry.directory_of(active)))
    return {"against": active.pk, "against_name": active.name, "tables": found}


def _registered(
    run: TrainingRun, output: Path, comparison: dict[str, Any], base: ModelVersion | None = None
) -> ModelVersion:
    """The candidate's row: one, however often it is made. Raises :class:`Left`, and then there is none."""
    with transaction.atomic():
        # SQLite lets nobody else write from here on. Elsewhere these rows are held: a consent is taken back either
        # before, which the look that follows sees, or once the candidate is there.
        people = User.objects.filter(predictions__sample__dataset_versions=run.data)
        list(Consent.objects.in_force().filter(person__in=people).select_for_update())
        run.data.refuse_if_left()
        version = registry.register(output)
        ModelVersion.objects.filter(pk=version.pk).update(base=base, comparison=comparison)
    return version


def _keep_temporary_files_in(folder: Path) -> None:
    """Until this process ends. TensorFlow leaves Python files of its own making, to be removed when the interpreter
    exits, which a worker's process does not: it ends at once. The folder goes when the run is finished."""
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(temporary)


def _yield_to_others() -> None:
    """Pictures that somebody waits for come first."""
    from worker.ml.threads import limit_threads

    os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    limit_threads(settings.TRAINING_THREADS)
