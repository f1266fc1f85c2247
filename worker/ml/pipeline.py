"""From data to an artefact: leave signers out in turn, calibrate on what that says, train on everybody, publish."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import Image

from worker.ml.artifact import CARD, Artifact, checksum
from worker.ml.card import model_card
from worker.ml.config import RecogniserConfig
from worker.ml.corpus import Corpus
from worker.ml.corruptions import SUITE, Corruption
from worker.ml.datasets import EMPTY_ROOMS
from worker.ml.evaluation import (
    Answers,
    Averages,
    calibration_of,
    evaluated_persons,
    fit_temperature,
    is_evaluated,
)
from worker.ml.export import to_keras, to_litert
from worker.ml.hand_table import VERSION as TABLE_VERSION
from worker.ml.hand_table import Change, HandTable, find_changed_hands
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, carried_file
from worker.ml.inference import CROP_FILE, KERAS_FILE, LETTER_FILE
from worker.ml.kept_pixels import KeptPixels
from worker.ml.naming import Networks, Votes, answers, vote
from worker.ml.progress import Report
from worker.ml.report import Corrupted, Evaluated, full_metrics, rendered
from worker.ml.serving_cost import record_cost
from worker.ml.signers import VAULT
from worker.ml.trainer import VERSION as TRAINER_VERSION
from worker.ml.trainer import Trainer

Metrics = Mapping[str, Any]
Indices = npt.NDArray[np.int64]

_SHARES: Final = np.round(np.linspace(0, 1, 21), 2)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a preset's networks are brought together, and what they said of people they never saw.

    ``landmarks_share`` and ``temperature`` make probabilities of their votes; answers whose confidence is lower than
    ``unsure_below`` are unsure. ``landmarks_alone`` has these two for the votes of landmarks by themselves on the hands
    that were found first. All are chosen on the training signers, whose ``photos`` (n,), indices into the corpus, got
    the answers ``signers``; the vault has no say. ``first_votes`` are those on the hands that were found first in all
    photos of the folds, by which the share is chosen; ``votes`` those as served, where a search goes on until a hand
    signs.
    """

    landmarks_share: float
    temperature: float
    unsure_below: float
    landmarks_alone: Mapping[str, float]
    photos: Indices
    first_votes: Votes
    votes: Votes
    signers: Answers
    rooms: Answers


class Judge:
    """Asks networks about people who were left out of their training."""

    def __init__(self, corpus: Corpus, config: RecogniserConfig, trainer: Trainer, report: Report) -> None:
        self._corpus, self._config, self._trainer, self._report = corpus, config, trainer, report
        self._sessions, self._labels = corpus.sessions, corpus.labels
        self.folds = folds_of(corpus, config.folds)

    def judge(self) -> Judgement:
        """Leave the training signers out in turn, and choose how their votes are brought together."""
        photos = self._corpus.photos_of([person for fold in self.folds for person in fold])
        sessions = self._sessions[photos]
        signers = photos[[is_evaluated(str(name)) for name in sessions]]
        rooms = photos[sessions == EMPTY_ROOMS]
        first = self._votes(self._corpus.hands, self._everything, self.folds)
        share = self._choose_share(first, signers)
        votes = self._searched_on(first, self._everything, self._as_they_are, share, self.folds)
        said = self._answers(votes, signers, share)
        # Of landmarks alone the live page asks in the browser, where the next picture takes the search's place.
        alone = calibration_of(self._answers(first, signers, 1.0))
        return Judgement(
            landmarks_share=share,
            **calibration_of(said),
            landmarks_alone=alone,
            photos=signers,
            first_votes=first,
            votes=votes,
            signers=said,
            rooms=self._answers(votes, rooms, share),
        )

    def corrupted(self, judgement: Judgement, photos: Indices, suite: Sequence[Corruption] = SUITE) -> Corrupted:
        """Answers for photos as they are and under each corruption, by networks that never saw the person."""
        share = judgement.landmarks_share
        hands = [self._corpus.hands.surest(photo) for photo in photos]
        changes = [
            partial(corruption, hand=hand, seed=int(photo))
            for corruption in suite
            for photo, hand in zip(photos, hands, strict=True)
        ]
        again = np.tile(photos, len(suite))
        self._report(f"{len(again)} corrupted photos")
        table = find_changed_hands([self._corpus.photos[photo] for photo in again], changes, self._report)
        first = self._votes(table, again, self.folds)
        votes = self._searched_on(first, again, changes, share, self.folds)
        said = answers(votes, table, np.arange(len(again)), self._labels[again], self._sessions[again], share)
        clean = self._answers(judgement.votes, photos, share)
        numbers = np.repeat(np.arange(len(suite)), len(photos))
        return Corrupted(clean, {one.name: said.where(numbers == number) for number, one in enumerate(suite)})

    @property
    def vault_photos(self) -> Indices:
        return self._corpus.photos_of(VAULT)

    def vault(self, judgement: Judgement) -> Answers:
        """Answers for the people of the vault, by networks that saw everybody else."""
        share = judgement.landmarks_share
        first = self._votes(self._corpus.hands, self._everything, [VAULT])
        votes = self._searched_on(first, self._everything, self._as_they_are, share, [VAULT])
        return self._answers(votes, self.vault_photos, share)

    def sample(self, judgement: Judgement, a_class: int) -> Indices:
        """Some of the judged photos of each class of each session, spread over the recording."""
        photos = judgement.photos
        _, group = np.unique(
            [f"{self._sessions[photo]}/{self._labels[photo]}" for photo in photos], return_inverse=True
        )
        chosen = []
        for one in np.unique(group):
            members = photos[group == one]
            chosen.append(members[np.linspace(0, len(members) - 1, min(a_class, len(members))).round().astype(int)])
        return np.concatenate(chosen)

    def parts(self, judgement: Judgement) -> dict[str, float]:
        """Accuracy over sessions by each network alone and by both, on the hands found first; and as served."""
        shares = {"landmarks alone": 1.0}
        if self._config.crops is not None:
            shares |= {"pixels alone": 0.0, "both": judgement.landmarks_share}
        photos = judgement.photos
        said = {name: self._answers(judgement.first_votes, photos, share) for name, share in shares.items()}
        said["searched on until a hand signs"] = judgement.signers
        averages = Averages(self._sessions[photos])
        return {name: averages.over_sessions(one.is_right()).mean for name, one in said.items()}

    def names(self, judgement: Judgement) -> list[str]:
        """What the judged photos are called: session, class and file."""
        return ["/".join(self._corpus.photos[photo].path.parts[-3:]) for photo in judgement.photos]

    @property
    def _everything(self) -> Indices:
        return np.arange(len(self._corpus.photos))

    @property
    def _as_they_are(self) -> list[Change]:
        return [Image.Image.copy] * len(self._corpus.photos)

    def _votes(self, table: HandTable, photos: Indices, groups: Sequence[frozenset[str]]) -> Votes:
        """Votes on the people of some groups in a table of ``photos`` (n,), indices into the corpus: on each group by
        networks that never saw it."""
        persons = self._corpus.persons[photos]
        parts = []
        for number, group in enumerate(groups, start=1):
            self._report(f"group {number} of {len(groups)}: without {', '.join(sorted(group))}")
            networks = self._trainer.networks(without=group | VAULT)
            parts.append(vote(networks, table, np.flatnonzero(np.isin(persons, list(group)))))
        return Votes.joined(parts)

    def _searched_on(
        self, first: Votes, photos: Indices, changes: Sequence[Change], share: float, groups: Sequence[frozenset[str]]
    ) -> Votes:
        """The votes on the ``first`` hands of ``photos``, and where none signs, on all that serving would look at."""
        undecided = first.undecided(share)
        self._report(f"the search goes on in {len(undecided)} of {len(np.unique(first.photo))} photos")
        if not len(undecided):
            return first
        table = find_changed_hands(
            [self._corpus.photos[photo] for photo in photos[undecided]],
            [changes[place] for place in undecided],
            self._report,
            to_the_end=True,
        )
        more = self._votes(table, photos[undecided], groups)
        return Votes.joined([first.of(~np.isin(first.photo, undecided)), replace(more, photo=undecided[more.photo])])

    def _choose_share(self, votes: Votes, photos: Indices) -> float:
        """The weight of the landmarks by which the true classes are likeliest."""
        if self._config.crops is None:
            return 1.0

        def loss(share: float) -> float:
            said = self._answers(votes, photos, share)
            return likelihood_loss(said, fit_temperature(said))

        return float(min(_SHARES, key=loss))

    def _answers(self, votes: Votes, photos: Indices, share: float) -> Answers:
        return answers(votes, self._corpus.hands, photos, self._labels, self._sessions, share)


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
        made_with={"pixels by": made_elsewhere} if made_elsewhere else {},
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


def likelihood_loss(said: Answers, temperature: float) -> float:
    """Mean negative log-likelihood of the true classes; sessions count alike."""
    _, session, counts = np.unique(said.sessions, return_inverse=True, return_counts=True)
    likelihood = said.probabilities(temperature)[np.arange(len(said)), said.labels]
    losses = -np.log(np.maximum(likelihood, 1e-9)) / counts[session]
    return float(losses.sum() / len(counts))


def folds_of(corpus: Corpus, count: int) -> list[frozenset[str]]:
    """Whole people in groups that hold about as many photos each, without the vault. The rooms are like a person."""
    persons = [*evaluated_persons(corpus.photos), EMPTY_ROOMS]  # reported apart
    sizes = {person: len(corpus.photos_of([person])) for person in persons if person not in VAULT}
    folds: list[set[str]] = [set() for _ in range(min(count, len(sizes)))]
    for person in sorted(sizes, key=lambda one: (-sizes[one], one)):
        min(folds, key=lambda fold: sum(sizes[one] for one in fold)).add(person)
    return [frozenset(fold) for fold in folds]
