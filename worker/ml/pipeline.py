"""From data to an artefact: leave one signer out in turn, calibrate on what that says, train on everybody, publish."""

import json
import platform
from dataclasses import asdict, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from worker.ml.artifact import CARD, Artifact, checksum
from worker.ml.card import model_card
from worker.ml.config import LandmarksConfig
from worker.ml.corpus import Corpus
from worker.ml.evaluation import Answers, evaluated_persons, fit_temperature, is_evaluated, summarise
from worker.ml.export import logits_in_batches, to_keras, to_litert
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, carried_file
from worker.ml.inference import KERAS_FILE, LETTER_FILE
from worker.ml.labels import INDEX, NOTHING
from worker.ml.models.landmarks import FAMILY
from worker.ml.training import Report, train

EMPTY_ROOMS: Final = "rooms"
"""The session of photos without a hand. It is left out in turn like a person, and reported apart."""


def leave_one_signer_out(corpus: Corpus, config: LandmarksConfig, report: Report) -> Answers:
    """Answers for every evaluated photo by a model trained without that photo's person."""
    parts = []
    persons = [*evaluated_persons(corpus.photos), EMPTY_ROOMS]
    for number, person in enumerate(persons, start=1):
        model = train(corpus.examples(without=person), config, lambda text: None)
        answers = corpus.answers(corpus.photos_of(person), partial(logits_in_batches, model))
        parts.append(answers)
        report(
            f"without {person} ({number} of {len(persons)}): {answers.is_right().mean():.3f} of {len(answers.labels)}"
        )
    return _joined(parts)


def evaluate(corpus: Corpus, config: LandmarksConfig, report: Report) -> tuple[dict[str, Any], float]:
    """The metrics of leave-one-signer-out, and the temperature that they are calibrated by."""
    answers = leave_one_signer_out(corpus, config, report)
    signers = answers.where(np.array([is_evaluated(str(name)) for name in answers.sessions]))
    rooms = answers.where(answers.sessions == EMPTY_ROOMS)
    temperature = fit_temperature(signers)
    metrics = summarise(signers, temperature)
    if len(rooms.labels):
        metrics["empty_rooms_called_nothing"] = round(float((rooms.predicted() == INDEX[NOTHING]).mean()), 4)
    return metrics, temperature


def train_artifact(corpus: Corpus, config: LandmarksConfig, output: Path, report: Report) -> Artifact:
    """Evaluate, train on everybody, and publish to ``output``."""
    metrics, temperature = evaluate(corpus, config, report)
    report("training on everybody")
    model = train(corpus.examples(), config, report)
    draft = Artifact(
        name=f"{FAMILY}-{corpus.fingerprint[:8]}-{config.seed}",
        family=FAMILY,
        temperature=temperature,
        config=json.loads(json.dumps(asdict(config))),
        data={
            "sha256": corpus.fingerprint,
            "photos": len(corpus.photos),
            "sets": [len(one.labels) for one in corpus.sets],
            "folds": len(evaluated_persons(corpus.photos)),
        },
        metrics=metrics,
        carried={name: checksum(carried_file(name)) for name in (PALM_FILE, LANDMARK_FILE)},
        made_with={name: version(name) for name in ("tensorflow-cpu", "keras", "numpy")}
        | {"python": platform.python_version()},
    )
    files = {LETTER_FILE: to_litert(model), KERAS_FILE: to_keras(model), CARD: model_card(draft).encode()}
    return draft.publish(output, files)


def quick(config: LandmarksConfig) -> LandmarksConfig:
    """The same family in seconds, to see that everything runs; its figures mean nothing."""
    return replace(config, members=1, steps=20, batch=64, hidden=(32,))


def _joined(parts: list[Answers]) -> Answers:
    return Answers(
        labels=np.concatenate([part.labels for part in parts]),
        sessions=np.concatenate([part.sessions for part in parts]),
        logits=np.concatenate([part.logits for part in parts]),
        is_found=np.concatenate([part.is_found for part in parts]),
    )
