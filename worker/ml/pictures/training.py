"""From pictures to a served model: split, decode, train, export, calibrate, judge, publish."""

import hashlib
import json
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import sklearn
import tensorflow as tf

from worker.ml.artifact import CARD, Artifact, checksum
from worker.ml.datasets import DatasetError
from worker.ml.evaluation import LEAST_TEMPERATURE, Answers, calibration_of
from worker.ml.inference import Recogniser
from worker.ml.labels import NAMES
from worker.ml.pictures.card import picture_card
from worker.ml.pictures.config import PICTURE_FAMILIES, PictureConfig, TransferConfig, family_of
from worker.ml.pictures.dataset import PictureSet, absent_classes, check_trainable, unread
from worker.ml.pictures.decoded import decode_all
from worker.ml.pictures.families import trainer_of
from worker.ml.pictures.family import UNWATCHED, Fitted, Material, Watch
from worker.ml.pictures.judging import Judged, joined, judge
from worker.ml.pictures.report import Told, metrics_of, rendered
from worker.ml.pictures.serving import load_network
from worker.ml.pictures.splits import Split, SplitConfig, signer_folds, split
from worker.ml.pictures.unseen import check_unseen
from worker.ml.progress import Report
from worker.ml.serving_cost import served_bytes

_VERSION: Final = 2
"""Raise it when the same training would come to another network: what was begun before is then begun anew.
2: dropout is drawn anew in each epoch; the key tells labels, groups and files of weights apart."""

IN_ROOM: Final = "test"
"""What the test part of the split is called in reports."""

_LEAST_SURE: Final = 0.5
"""What is likelier wrong than right is never sure, however well a network knows the room that it is calibrated in."""

Unseen = Sequence[PictureSet]
"""Sets of people whom the training never saw."""


def train_pictures(
    pictures: PictureSet,
    config: PictureConfig,
    split_config: SplitConfig,
    output: Path,
    cache: Path,
    report: Report,
    unseen: Unseen = (),
    folds: int = 0,
    watch: Watch = UNWATCHED,
) -> Artifact:
    """Train the configuration's family on the pictures and publish the artefact to ``output`` in one step.

    It is judged on the test part of the split and on the ``unseen`` sets, which may have neither files nor people of
    ``pictures``. With ``folds``, so many more networks are trained, each without a group of people whom it is then
    asked about. What was interrupted, also by ``report`` or ``watch`` raising, is taken up by the same call. Raises
    :class:`~worker.ml.datasets.DatasetError` and :class:`~worker.ml.pictures.config.ConfigError`; then, and when it is
    interrupted, ``output`` is as it was.
    """
    check_trainable(pictures)
    training = _Training(pictures, config, cache, report, watch)
    groups = signer_folds(pictures, folds) if folds else []
    warned = [*(sentence for one in unseen for sentence in check_unseen(pictures, one)), *_absent(pictures)]
    _warn(warned, report)
    try:
        strangers = [_left_out(training, split_config, groups)] if groups else []
        with training.learn(split_config) as learnt:
            unreadable = [sentence for one in (pictures, *unseen) for sentence in unread(one)]
            warnings = [*learnt.material.split.warnings, *warned, *unreadable]
            judged = [learnt.judge_test(), *strangers, *(judge(learnt.recogniser, one, report) for one in unseen)]
            told = _told(learnt.draft, learnt.fitted, learnt.material, pictures, judged, warnings)
            artifact = _publish(learnt.draft, told, learnt.fitted, output, learnt.directory)
    except OSError as error:
        raise DatasetError(
            f"{error.filename or output} cannot be written: {error.strerror}. {output} is as it was; what was learnt "
            f"is kept in {cache}, and the same command goes on from there."
        ) from error
    training.forget()
    return artifact


@dataclass(frozen=True, slots=True)
class _Learnt:
    """A family that has learnt, with its draft of an artefact in ``directory`` and what serves from there."""

    draft: Artifact
    fitted: Fitted
    material: Material
    pictures: PictureSet
    directory: Path
    recogniser: Recogniser

    def judge_test(self) -> Judged:
        parts = self.material.split
        return judge(self.recogniser, self.pictures.where(parts.test, f"{IN_ROOM} ({parts.method} split)"), self.report)

    @property
    def report(self) -> Report:
        return self.material.report


class _Training:
    """Trains one family on some pictures, by one split or another."""

    def __init__(self, pictures: PictureSet, config: PictureConfig, cache: Path, report: Report, watch: Watch) -> None:
        self.pictures, self._config, self._cache, self.report, self._watch = pictures, config, cache, report, watch
        self._family = family_of(config)
        self._fit = trainer_of(self._family)
        self._folders: list[Path] = []

    @contextmanager
    def learn(self, split_config: SplitConfig) -> Iterator[_Learnt]:
        parts = split(self.pictures, split_config)
        _warn(parts.warnings, self.report)
        self.report(_sizes(parts))
        key = _key(self.pictures, self._config, split_config)
        folder = self._cache / f"training-{self._family}-{key}"
        self._folders.append(folder)
        decoded = decode_all(self.pictures, self._config.side, self._cache, self.report)
        material = Material(decoded, self.pictures.labels, parts, folder, self.report, self._watch)
        fitted = self._fit(self._config, material)
        draft = _draft(self._family, self._config, split_config, self.pictures)
        with tempfile.TemporaryDirectory(dir=self._cache) as made:
            directory = Path(made) / "model"
            calibrated = _calibrated(draft, fitted, material, self.pictures, directory)
            refitted = fitted.refit(material)
            if refitted is not fitted:
                fitted, calibrated = refitted, calibrated.publish(directory, refitted.files())
            recogniser = Recogniser.load(directory, threads=2)
            yield _Learnt(calibrated, fitted, material, self.pictures, directory, recogniser)

    def forget(self) -> None:
        """Remove what was kept to take the training up."""
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)


def _left_out(training: _Training, split_config: SplitConfig, groups: Sequence[tuple[str, ...]]) -> Judged:
    """Everybody's pictures, each judged by a network that learnt nothing of the person."""
    judged, rows = [], []
    for number, people in enumerate(groups, start=1):
        training.report(f"fold {number} of {len(groups)}: without {', '.join(people)}")
        with training.learn(replace(split_config, method="signer", test_signers=people)) as learnt:
            judged.append(learnt.judge_test())
            rows.append(learnt.material.split.test)
    everybody = training.pictures.where(np.concatenate(rows), f"signers left out ({len(groups)} folds)")
    return joined(judged, everybody)


def _warn(sentences: Sequence[str], report: Report) -> None:
    for sentence in sentences:
        report(f"warning: {sentence}")


def _sizes(parts: Split) -> str:
    return f"{len(parts.training)} to learn from, {len(parts.validation)} to validate, {len(parts.test)} to test"


def _absent(pictures: PictureSet) -> list[str]:
    absent = [NAMES[label] for label in absent_classes(pictures)]
    return [f"There are no pictures of {', '.join(absent)}: the model can never answer these."] if absent else []


def _key(pictures: PictureSet, config: PictureConfig, split_config: SplitConfig) -> str:
    """Of all that a training depends on."""
    by_picture = [one.tolist() for one in (pictures.labels, pictures.signers, pictures.groups)]
    weights = config.weights_file if isinstance(config, TransferConfig) else None
    weights_print = checksum(weights) if weights and weights.is_file() else ""
    depends = [_VERSION, pictures.sha256, by_picture, asdict(config), weights_print, asdict(split_config)]
    return hashlib.sha256(json.dumps(depends).encode()).hexdigest()[:16]


def _draft(family: str, config: PictureConfig, split_config: SplitConfig, pictures: PictureSet) -> Artifact:
    return Artifact(
        name=f"{family}-{pictures.name}",
        family=family,
        landmarks_share=0.0,
        temperature=1.0,
        unsure_below=0.0,
        config=asdict(config),
        data={
            "name": pictures.name,
            "sha256": pictures.fingerprint,
            "photos": len(pictures),
            "split": asdict(split_config),
        },
        metrics={},
        carried={},
        made_with={
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
        },
    )


def _calibrated(draft: Artifact, fitted: Fitted, material: Material, pictures: PictureSet, folder: Path) -> Artifact:
    """Written to ``folder``, with the temperature and the threshold that the validation pictures suggest."""
    files = fitted.files()
    network = load_network(draft.publish(folder, files), folder, threads=2)
    rows, decoded = material.split.validation, material.pictures
    logits = np.array([network.logits(decoded.read(rows[place : place + 1])[0]) for place in range(len(rows))])
    answers = Answers(pictures.labels[rows], pictures.signers[rows], logits, np.ones(len(rows), bool))
    calibration = calibration_of(answers, PICTURE_FAMILIES[draft.family].least_temperature or LEAST_TEMPERATURE)
    unsure_below = max(calibration["unsure_below"], _LEAST_SURE)
    calibrated = replace(draft, temperature=calibration["temperature"], unsure_below=unsure_below)
    return calibrated.publish(folder, files)


def _told(
    draft: Artifact,
    fitted: Fitted,
    material: Material,
    pictures: PictureSet,
    judged: Sequence[Judged],
    warnings: Sequence[str],
) -> Told:
    epochs = [epoch for stage in fitted.history.values() for epoch in stage]
    about = {
        "family": draft.family,
        "data": f"{pictures.name}, {len(pictures)} pictures, SHA-256 {pictures.fingerprint}",
        "split": f"{material.split.method}: {_sizes(material.split)}",
        "near-duplicates": f"{material.split.leaked} of the test pictures have one among those learnt from",
        "epochs": str(len(epochs)),
        "training": f"{sum(one.seconds for one in epochs):.0f} s, {sum(one.cpu_seconds for one in epochs):.0f} s of "
        "processor",
        "waiting for data": f"{_waiting(fitted):.1%} of the steps' time",
        "temperature": f"{draft.temperature:g}",
        "unsure below": f"{draft.unsure_below:.2f}",
        "seed": str(draft.config["seed"]),
    }
    return Told(draft.name, about, judged, warnings, fitted.history, fitted.notes(), fitted.drawings(material))


def _waiting(fitted: Fitted) -> float:
    epochs = [epoch for stage in fitted.history.values() for epoch in stage]
    return sum(one.waiting_share * one.seconds for one in epochs) / max(sum(one.seconds for one in epochs), 1e-9)


def _publish(draft: Artifact, told: Told, fitted: Fitted, output: Path, written: Path) -> Artifact:
    metrics = metrics_of(told)
    networks = {name: (written / name).read_bytes() for name in draft.files}
    finished = replace(draft, metrics=in_short(metrics, served_bytes(draft, written), _waiting(fitted)))
    files = networks | {name: text.encode() for name, text in rendered(told, metrics).items()}
    return finished.publish(output, files | {CARD: picture_card(finished, metrics).encode()})


def in_short(metrics: dict[str, Any], size_bytes: int, waiting_share: float) -> dict[str, Any]:
    """What the site shows beside a model: of the test part, and, where there are any, of the unseen signers."""
    test, *unseen = metrics["sets"]
    epochs = [epoch for stage in metrics["history"].values() for epoch in stage]
    strangers = unseen[0] if unseen else None
    return {
        "accuracy_in_room": test["accuracy"]["mean"],
        "macro_f1_in_room": test["averages"]["f1"]["macro"],
        "accuracy_unseen": _over_signers(strangers) if strangers else None,
        "macro_f1_unseen": strangers["averages"]["f1"]["macro"] if strangers else None,
        "calibration_error": test["calibration_error"],
        "calibration_error_unseen": strangers["calibration_error"] if strangers else None,
        "milliseconds": test["milliseconds"]["median"],
        "size_bytes": size_bytes,
        "training_seconds": round(sum(epoch["seconds"] for epoch in epochs), 1),
        "training_cpu_seconds": round(sum(epoch["cpu_seconds"] for epoch in epochs), 1),
        "waiting_share": round(waiting_share, 4),
        "classes": {label: row["recall"] for label, row in test["classes"].items() if row["recall"] is not None},
        "classes_unseen": {
            label: row["recall"] for label, row in (strangers or {"classes": {}})["classes"].items() if row["pictures"]
        },
        "most_confused": test["most_confused"][:12],
    }


def _over_signers(figures: dict[str, Any]) -> float:
    return float((figures["accuracy_over_signers"] or figures["accuracy"])["mean"])
