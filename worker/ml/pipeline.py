"""From data to an artefact: judge on signers who are left out, train on everybody, publish."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from worker.ml.artifact import CARD, Artifact, checksum
from worker.ml.card import model_card
from worker.ml.config import RecogniserConfig
from worker.ml.corpus import Corpus
from worker.ml.export import to_keras, to_litert
from worker.ml.hand_table import VERSION as TABLE_VERSION
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, carried_file
from worker.ml.inference import CROP_FILE, KERAS_FILE, LETTER_FILE
from worker.ml.judging import Judge, Judgement, folds_of
from worker.ml.kept_pixels import PIXELS_BY, KeptPixels
from worker.ml.naming import Networks
from worker.ml.progress import Report
from worker.ml.report import Evaluated, full_metrics, rendered
from worker.ml.serving_cost import record_cost
from worker.ml.signers import VAULT
from worker.ml.trainer import VERSION as TRAINER_VERSION
from worker.ml.trainer import Trainer

Metrics = Mapping[str, Any]


def measure(judge: Judge, judgement: Judgement, *, opens_vault: bool, again: int, about: Mapping[str, str]) -> Metrics:
    """Every figure of the protocol; ``again`` photos of each class and session are looked at corrupted."""
    evaluated = Evaluated(
        signers=judgement.signers,
        names=judge.names(judgement),
        rooms=judgement.rooms,
        corrupted=judge.corrupted(judgement, judge.sample(judgement, again)),
        vault=judge.vault(judgement) if opens_vault and len(judge.vault_photos) else None,
        about=about,
    )
    metrics = full_metrics(evaluated, judgement.temperature, judgement.unsure_below)
    return metrics | {"parts": judge.parts(judgement)}


def evaluate(
    corpus: Corpus, config: RecogniserConfig, cache: Path, report: Report, *, opens_vault: bool, again: int
) -> Metrics:
    """Judge on signers left out in turn; with ``opens_vault`` on the vault's too."""
    judge = Judge(corpus, config, Trainer(corpus, config, cache, report), report)
    return measure(judge, judge.judge(), opens_vault=opens_vault, again=again, about=about(corpus, config))


def train_artifact(
    corpus: Corpus,
    config: RecogniserConfig,
    output: Path,
    cache: Path,
    report: Report,
    *,
    opens_vault: bool,
    again: int,
    kept: KeptPixels | None = None,
) -> Artifact:
    """Judge on signers left out in turn, train on everybody, publish to ``output``, measure what serving costs.

    With ``kept`` pixels, ``config`` has none: landmarks are judged and trained by themselves, and served with these.
    """
    trainer = Trainer(corpus, config, cache, report)
    judge = Judge(corpus, config, trainer, report)
    judgement = judge.judge()
    metrics = measure(judge, judgement, opens_vault=opens_vault, again=again, about=about(corpus, config))
    report("training on everybody")
    networks, made_elsewhere = trainer.networks(), trainer.pixels_learnt_with()
    publish(
        networks,
        judgement,
        metrics,
        corpus,
        config,
        len(judge.folds),
        output,
        made_with={PIXELS_BY: made_elsewhere} if made_elsewhere else {},
        kept=kept,
    )
    return record_cost(output, [corpus.photos[photo].path for photo in judgement.photos])


def lend_pixels(corpus: Corpus, config: RecogniserConfig, cache: Path, report: Report) -> Path:
    """Write the lessons in pixels of all trainings of ``train_artifact`` for another machine; returns their folder."""
    groups = [*(fold | VAULT for fold in folds_of(corpus, config.folds)), VAULT, frozenset[str]()]
    return Trainer(corpus, config, cache, report).lend_pixels(groups)


def about(corpus: Corpus, config: RecogniserConfig) -> dict[str, str]:
    """What a report's figures are of, in words."""
    return {
        "preset": family_of(config),
        "seeds": f"landmarks {config.landmarks.seed}" + (f", pixels {config.crops.seed}" if config.crops else ""),
        "data": f"{len(corpus.photos)} photos, SHA-256 {corpus.fingerprint}",
        "folds": f"{len(folds_of(corpus, config.folds))} groups of whole people; the vault in none of them",
    }


def recipe_print(config: RecogniserConfig) -> str:
    """SHA-256 of all that makes a network besides the data: another recipe gives another version another name."""
    recipe = [TRAINER_VERSION, TABLE_VERSION, asdict(config)]
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()


def family_of(config: RecogniserConfig) -> str:
    return "landmarks" if config.crops is None else "fusion"


def publish(
    networks: Networks,
    judgement: Judgement,
    metrics: Metrics,
    corpus: Corpus,
    config: RecogniserConfig,
    folds: int,
    output: Path,
    *,
    made_with: Mapping[str, str],
    kept: KeptPixels | None = None,
) -> Artifact:
    """Export the networks, with ``kept`` pixels if there are any, and write them with all that was measured to
    ``output``.

    ``made_with`` are names and versions of what took part besides what runs here.
    """
    files = {LETTER_FILE: to_litert(networks.landmarks), KERAS_FILE: to_keras(networks.landmarks)}
    if networks.crops is not None:
        files[CROP_FILE] = to_litert(networks.crops)
    family = family_of(config)
    draft = Artifact(
        name=f"{family}-{corpus.fingerprint[:8]}-{recipe_print(config)[:8]}",
        family=family,
        landmarks_share=judgement.landmarks_share,
        temperature=judgement.temperature,
        unsure_below=judgement.unsure_below,
        landmarks_alone=judgement.landmarks_alone if networks.crops is not None or kept is not None else None,
        config=json.loads(json.dumps(asdict(config))),
        data={
            "sha256": corpus.fingerprint,
            "photos": len(corpus.photos),
            "sets": [len(one.labels) for one in corpus.sets],
            "folds": folds,
        },
        metrics=in_short(metrics),
        carried={name: checksum(carried_file(name)) for name in (PALM_FILE, LANDMARK_FILE)},
        made_with={
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
            **made_with,
        },
    )
    if kept is not None:
        draft = kept.joined(draft)
        files[CROP_FILE] = kept.network
    report = {name: text.encode() for name, text in rendered(metrics).items()}
    return draft.publish(output, files | report | {CARD: model_card(draft).encode()})


def in_short(metrics: Metrics) -> dict[str, Any]:
    """What the manifest keeps of a report: its figures, and those tables that a page shows. The rest lies beside it."""
    signers, corruptions = metrics["signers"], metrics["corruptions"]
    short = _figures_in_short(signers) | {
        "mirrored_agreement": metrics["mirrored"]["agreement"]["mean"],
        "corrupted_photos": corruptions["photos"],
        "corruption_mean_drop": corruptions["mean_drop"]["mean"],
        "corruptions": {
            name: {"hand_found": row["hand_found"], "accuracy": row["accuracy"]["mean"], "drop": row["drop"]["mean"]}
            for name, row in corruptions["table"].items()
        },
        "parts": metrics["parts"],
        **{name: signers[name] for name in ("sessions", "signers", "classes")},
        "most_confused": signers["most_confused"][:12],
    }
    if "rooms" in metrics:
        short["empty_rooms_called_nothing"] = metrics["rooms"]["called_nothing"]
    if "vault" in metrics:
        short |= {f"vault_{name}": value for name, value in _figures_in_short(metrics["vault"]).items()}
        short["vault_persons"] = len(metrics["vault"]["signers"])
        short["vault_sessions"] = metrics["vault"]["sessions"]
    return short


def _figures_in_short(figures: Metrics) -> dict[str, Any]:
    groups, sure, throughout = (figures[name] for name in ("accuracy_of_groups", "sure", "wrong_throughout"))
    return {
        **{name: value for name, value in figures.items() if not isinstance(value, dict | list)},
        **{
            f"accuracy_of_{name}": groups[name]["over_sessions"]["mean"]
            for name in ("letters", "static_letters")
            if name in groups
        },
        "signs": throughout["signs"],
        "signs_wrong_throughout": len(throughout["listed"]),
        "errors_in_these_signs": throughout["share_of_errors"],
        "sure_share": sure["share"]["mean"],
        "sure_accuracy": sure["accuracy"]["mean"] if sure["accuracy"] else None,
    }
