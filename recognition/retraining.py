"""Data set versions and trainings: what pages, REST and commands ask for."""

import hashlib
import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from recognition.models import Dataset, DatasetVersion, ModelVersion, Sample, TrainingRun
from recognition.models.dataset import Left
from worker import notices, tasks
from worker.ml import lessons
from worker.ml.lessons import RetrainingConfig
from worker.ml.manifest import UNKNOWN_SIGNER, Entry, Manifest, ManifestError, with_groups_apart
from worker.ml.recipes import Recipe, most_epochs, preset_of

SECONDS_TO_BEGIN = 45
SECONDS_A_STEP = 0.12
SECONDS_A_PICTURE = {"simple_cnn": 0.003, "transfer": 0.006, "autoencoder_forest": 0.004}
"""Of an epoch, by one thread. On two cores that do other things too; once a run of the same family has succeeded here,
its own pace is taken."""


class Refused(Exception):
    """Nothing was made. Carries the sentence for staff."""


def freeze_dataset(*, dataset: Dataset, by: User) -> DatasetVersion:
    """A version of what the data set holds now; the newest one, if that holds the same.

    Raises :class:`Refused` where there is nothing to learn from, or the manifest cannot be read or written.
    """
    # Pictures are read before the transaction: with SQLite nobody else could write meanwhile.
    imported = _imported(dataset)
    samples = Sample.objects.accepted().usable().select_related("prediction").order_by("pk")
    read = [(sample.pk, entry) for sample in samples if (entry := _entry_of(sample))]
    with transaction.atomic():
        Dataset.objects.select_for_update().get(pk=dataset.pk)
        labels = dict(Sample.objects.accepted().usable().values_list("pk", "label"))
        # What was withdrawn, deleted or judged anew while it was read is not frozen as it was before.
        entries = {pk: entry for pk, entry in read if labels.get(pk) == entry.label}
        manifest = Manifest(Path(settings.MEDIA_ROOT), with_groups_apart((*entries.values(), *imported)))
        if len(manifest.labels) < 2:
            raise Refused("Two classes at least are needed: accept more pictures in the review first.")
        by_signer = {signer or UNKNOWN_SIGNER: counts for signer, counts in manifest.counts_by_signer().items()}
        newest = dataset.versions.order_by("-number").first()
        same = newest and (newest.fingerprint, newest.by_signer) == (manifest.fingerprint, by_signer)
        if newest and same and not newest.left:
            return newest
        version = DatasetVersion.objects.create(
            dataset=dataset,
            number=newest.number + 1 if newest else 1,
            fingerprint=manifest.fingerprint,
            pictures=len(manifest.entries),
            imported=len(imported),
            by_class=manifest.counts_by_class(),
            by_signer=by_signer,
            created_by=by,
        )
        version.samples.set(entries)
        try:
            manifest.save(version.manifest_path)
        except ManifestError as error:
            raise Refused(str(error)) from error
    return version


def why_not_trained_on(data: DatasetVersion) -> str:
    """Why nothing can be learnt from a version, as a sentence for staff; empty if something can."""
    try:
        data.refuse_if_left()
    except Left as error:
        return str(error)
    learnt = [counts for signer, counts in data.by_signer.items() if not lessons.is_held_out(signer)]
    if len({label for counts in learnt for label, count in counts.items() if count}) < 2:
        return lessons.TOO_FEW
    return ""


def request_training(
    *, data: DatasetVersion, by: User, config: Recipe, base: ModelVersion | None = None
) -> TrainingRun:
    """Queue a training on ``data``: of the active version, or of a family that begins anew. One that is under way
    already, or has made a version from the same data and settings, is not done again: the former is returned, of the
    latter a note is made.

    Raises :class:`Refused`.
    """
    base = base or ModelVersion.objects.active().first()
    if base is None:
        raise Refused("No version is active that could be trained further, or compared with.")
    reason = why_not_trained_on(data)
    if reason:
        raise Refused(reason)
    run = TrainingRun(data=data, base=base, preset=preset_of(config), config=asdict(config), asked_by=by)
    begins_with = base.fingerprint if run.trains_further else run.preset
    depends = [data.fingerprint, data.by_signer, begins_with, run.config]
    run.key = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()
    with transaction.atomic():
        DatasetVersion.objects.select_for_update().get(pk=data.pk)
        under_way = TrainingRun.objects.unfinished().filter(key=run.key, cancel_asked_at=None).first()
        if under_way is not None:
            return under_way
        same = TrainingRun.objects.filter(key=run.key, state=TrainingRun.State.SUCCEEDED, note="").first()
        if same is not None:
            run.state, run.finished_at, run.model_version = (
                TrainingRun.State.SUCCEEDED,
                timezone.now(),
                same.model_version,
            )
            run.note = f"Not done again: training {same.pk} had the same data, base and settings."
        run.save()
        if same is not None:
            notices.tell_of_run(run)
        else:
            transaction.on_commit(partial(tasks.send, tasks.train, run.pk))
    return run


def retry_training(*, run: TrainingRun, by: User) -> TrainingRun:
    """The same again, for one that failed or was cancelled. Raises :class:`Refused`."""
    if not run.is_finished:
        raise Refused("It is still under way.")
    return request_training(data=run.data, by=by, config=run.recipe, base=run.base)


def cancel_training(*, run: TrainingRun) -> None:
    """At once while it waits, else within seconds. Raises :class:`Refused` if it is finished or being cancelled."""
    if not run.ask_to_cancel():
        raise Refused("There is nothing to cancel: it has ended, or is being cancelled already.")


def request_comparison(*, version: ModelVersion, by: User) -> None:
    """Queue another comparison of a candidate, with the version that is active now. Raises :class:`Refused`."""
    if version.state == ModelVersion.State.ACTIVE:
        raise Refused(f"{version} is the active version: there is nothing to compare it with.")
    if version.made_by is None:
        raise Refused("No training made it, so there are no held-out hands to compare it on.")
    if not version.ask_to_compare():
        raise Refused("It is being compared already.")
    if not tasks.send(tasks.compare, version.pk, by.pk):
        ModelVersion.objects.filter(pk=version.pk).update(comparison_asked_at=None)
        raise Refused("The queue cannot be reached just now. Try again in a minute.")


def estimated_seconds(config: Recipe, data: DatasetVersion | None = None) -> int:
    """How long a training will take, by the last one of its family that succeeded here, whole and in one go."""
    last = TrainingRun.objects.filter(
        preset=preset_of(config), state=TrainingRun.State.SUCCEEDED, note="", attempts=1, history__0__isnull=False
    ).first()
    seconds = _usual_seconds(config, data.pictures if data else 0)
    if last and last.claimed_at and last.finished_at:
        # As a whole: what a short one takes is no measure of a step, most of it is gathering, exporting and measuring.
        taken = (last.finished_at - last.claimed_at).total_seconds()
        seconds *= taken / _usual_seconds(last.recipe, last.data.pictures)
    return round(seconds)


def _usual_seconds(config: Recipe, pictures: int) -> float:
    return SECONDS_TO_BEGIN + _size(config, pictures) * SECONDS_A_PICTURE.get(preset_of(config), SECONDS_A_STEP)


def _size(config: Recipe, pictures: int) -> int:
    """Steps, or pictures looked at: what the time goes with."""
    return most_epochs(config) * (config.steps if isinstance(config, RetrainingConfig) else pictures)


def _imported(dataset: Dataset) -> tuple[Entry, ...]:
    """What was imported under the data set's name, its files below the media folder."""
    path = dataset.imported_path
    if not path.exists():
        return ()
    try:
        manifest = Manifest.load(path)
    except ManifestError as error:
        raise Refused(str(error)) from error
    root = manifest.root.relative_to(Path(settings.MEDIA_ROOT).resolve())
    return tuple(replace(entry, path=str(root / entry.path)) for entry in manifest.entries)


def _entry_of(sample: Sample) -> Entry | None:
    """None if its file is gone: then there is nothing to train on."""
    prediction = sample.prediction
    try:
        with prediction.image.open("rb") as file:
            data = file.read()
    except FileNotFoundError:
        return None
    return Entry(
        path=str(prediction.image.name),
        label=sample.label,
        signer=sample.signer,
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        width=prediction.image_width,
        height=prediction.image_height,
        perceptual_hash=sample.perceptual_hash,
        group=sample.group or sample.pk,  # 0 is no group: its pictures were not compared yet
    )
