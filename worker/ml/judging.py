"""Asks networks about people who were left out of their training, and chooses by that how they are brought together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

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
from worker.ml.hand_table import Change, HandTable, find_changed_hands
from worker.ml.naming import Votes, answers, vote
from worker.ml.progress import Report
from worker.ml.report import Corrupted
from worker.ml.signers import VAULT
from worker.ml.trainer import Trainer

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
