"""Carries out a training run: rows to lessons, progress to the row, the result to a candidate.

TensorFlow is imported here inside functions, in the process that Celery has forked for the run.
"""

import logging
import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import Error, connection

from recognition.models import ModelVersion, Sample, TrainingRun
from worker import registry
from worker.ml.artifact import ArtifactError
from worker.ml.full_disk import is_full
from worker.ml.lessons import KNOWN, Lesson, RetrainingConfig, is_held_out
from worker.ml.manifest import Manifest, ManifestError

if TYPE_CHECKING:
    from worker.ml.datasets import LandmarkSet

logger = logging.getLogger(__name__)

BEAT_SECONDS = 3.0
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


def carry_out(run: TrainingRun) -> None:
    """RUNNING -> SUCCEEDED, FAILED or CANCELLED. Whatever happens, the row says it."""
    from worker.ml.retraining import RetrainingError

    _yield_to_others()
    with _heartbeats(run):
        try:
            version = _train(run, RunWatch(run))
            run.succeed(model_version=version)
        except Interrupted:
            run.cancel()
        except (RetrainingError, ArtifactError, ManifestError, Left) as error:
            run.fail(str(error))
        except OSError as error:
            logger.exception("Training %s failed", run.pk)
            run.fail(
                "The disk is full. Make room, then retry." if is_full(error) else f"A file cannot be used: {error}"
            )
        except Exception as error:
            logger.exception("Training %s failed", run.pk)
            run.fail(f"It failed because of a fault on our side ({type(error).__name__}); the worker's log has more.")
    run.refresh_from_db(fields=["state", "attempts"])
    if run.is_finished:
        shutil.rmtree(run.work_folder, ignore_errors=True)


def _train(run: TrainingRun, watch: RunWatch) -> ModelVersion:
    from worker.ml import retraining

    config = RetrainingConfig(**run.config)
    base = registry.directory_of(run.base)
    watch.stage("Gathering the pictures")
    lessons = lessons_of(run, watch)
    sets = retraining.load_sets(settings.TRAINING_LANDMARKS)
    watch.stage("Training")
    network = retraining.retrain(base, lessons, sets, config, run.work_folder, watch)
    _refuse_if_left(run)
    watch.stage("Exporting")
    output = Path(settings.MEDIA_ROOT) / "models" / f"run-{run.pk}"
    data = {"sha256": run.data.fingerprint, "pictures": run.data.pictures, "signers": run.data.signers}
    try:
        retraining.publish_candidate(base, network, config, data, output)
    except OSError:
        shutil.rmtree(output.with_name(output.name + ".part"), ignore_errors=True)
        raise
    watch.stage("Comparing with the active version")
    return _registered(run, output, _compared(output, lessons, sets, watch))


def lessons_of(run: TrainingRun, watch: RunWatch) -> list[Lesson]:
    """The hands of the version's pictures, with their frozen classes: as predictions keep them, and those of imported
    pictures as they are found now. Raises :class:`Left`, :class:`Interrupted` and ``ManifestError``."""
    from worker.ml.found_lessons import find_lessons

    _refuse_if_left(run)
    manifest = Manifest.load(run.data.manifest_path)
    labels = {entry.path: entry.label for entry in manifest.entries}
    samples = list(run.data.samples.usable().select_related("prediction").order_by("pk"))
    imported = [entry for entry in manifest.entries if entry.path.startswith("datasets/")]
    kept = Path(settings.MEDIA_ROOT) / "datasets" / "hands.jsonl"
    found = find_lessons(manifest, imported, kept, watch.beat) if imported else []
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


def _compared(output: Path, lessons: list[Lesson], sets: "list[LandmarkSet]", watch: RunWatch) -> dict[str, Any]:
    from worker.ml.comparison import compare_on_pictures, compare_on_sets
    from worker.ml.retraining import known_and_rest

    active = ModelVersion.objects.active().first()
    if active is None:
        return {}
    old = registry.directory_of(active)
    judged = [lesson for lesson in lessons if is_held_out(lesson.signer)]
    tables = [compare_on_pictures(HELD_OUT, old, output, judged, watch.beat)]
    if sets:
        known = [known_and_rest(one)[0] for one in sets]
        tables.append(compare_on_sets(KNOWN, old, output, known, watch.beat))
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


@contextmanager
def _heartbeats(run: TrainingRun) -> Iterator[None]:
    """Signs of life from a thread of its own: some steps of a training take longer than the sweeper's patience."""
    ended = threading.Event()
    alive = TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.RUNNING, attempts=run.attempts)

    def beat() -> None:
        from django.utils import timezone

        while not ended.wait(BEAT_SECONDS):
            try:
                alive.update(heartbeat_at=timezone.now())
            except Error:
                logger.warning("Training %s could give no sign of life", run.pk)
        connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _yield_to_others() -> None:
    """Pictures that somebody waits for come first."""
    from worker.ml.retraining import limit_threads

    if TRAINING_PROCESS:
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
        limit_threads(settings.TRAINING_THREADS)


TRAINING_PROCESS = False
"""Whether this process is the training worker's own, which ends with the run."""
