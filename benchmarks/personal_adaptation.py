"""What a personal model brings: ``python -m benchmarks.personal_adaptation --data ../shared/data``

Each signer is read by the networks of a preset that learnt from nobody of their group and of the vault (the vault's by
networks that learnt from everybody else), as in ``worker.ml evaluate``, but on the hands found first. Samples are drawn
from the first third of what the signer recorded of each letter, and the last half is the test: neighbours in a
recording look alike, and a sample beside the test would be half of the answer. Missed hands are wrong, before and
after. Sessions of one person count as one signer. Constants were chosen on the signers outside the vault and on the
recordings in ``AGAIN``.

Also: as many pictures as a short history has, with letters at random; ten letters shown, and what becomes of the
others; the same person in another recording; how often sure answers are right; rooms without a hand. A model is used as
the site would: not where it does not help, and never from one sample a letter; that row alone is of models that nobody
could judge. Prints Markdown. Networks and hands are kept in the cache.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from worker.ml.artifact import SHIPPED, Artifact
from worker.ml.calibration import softmax
from worker.ml.config import PRESETS
from worker.ml.corpus import Corpus, load_corpus
from worker.ml.datasets import person_of
from worker.ml.evaluation import calibration_of, is_evaluated
from worker.ml.fusion import fuse, signing_hand
from worker.ml.hands.geometry import Floats
from worker.ml.hands.normalise import normalise
from worker.ml.judging import folds_of
from worker.ml.labels import INDEX, LABELS, NOTHING
from worker.ml.naming import Votes, answers, vote
from worker.ml.personal import Adaptation, Sight, TooFewSamples, personalise
from worker.ml.progress import to_stderr
from worker.ml.signers import VAULT, is_in_vault
from worker.ml.trainer import Trainer

SEEDS: Final = 5
SAMPLES: Final = (1, 2, 3, 5)
SHOWN: Final = 10
HISTORIES: Final = (20, 40, 80)
FIRST: Final = 1 / 3
LAST: Final = 1 / 2
AGAIN: Final = (
    ("adi3220__pink", "adi3220__grey"),
    ("adi3220__grey", "adi3220__pink"),
    ("kept_train", "kept_test"),
)
"""Recordings of one person: where the samples are from, and the test."""

Indices = npt.NDArray[np.int64]
Only = Literal["all", "shown", "unshown"]
Draw = Callable[[np.random.Generator, Sequence[Indices]], Indices]


@dataclass(frozen=True, slots=True)
class Seen:
    """Every photo (photos,) as its networks saw it: normalised landmarks, probabilities, whether a hand was found."""

    shapes: Floats
    probabilities: Floats
    is_found: npt.NDArray[np.bool_]

    def sight(self, photo: int) -> Sight:
        return Sight(self.shapes[photo], self.probabilities[photo])


@dataclass(slots=True)
class Tally:
    """Means over draws for each recording."""

    before: dict[str, list[float]] = field(default_factory=dict)
    after: dict[str, list[float]] = field(default_factory=dict)
    sure: list[tuple[float, float, float, float]] = field(default_factory=list)
    used: list[bool] = field(default_factory=list)

    def by_signer(self) -> dict[str, tuple[float, float]]:
        """Error before and after of each signer, the mean of their sessions."""
        persons: dict[str, list[tuple[float, float]]] = {}
        for session in self.before:
            pair = (float(np.mean(self.before[session])), float(np.mean(self.after[session])))
            persons.setdefault(person_of(session), []).append(pair)
        return {name: (float(np.mean(pairs, 0)[0]), float(np.mean(pairs, 0)[1])) for name, pairs in persons.items()}


class Experiment:
    def __init__(self, corpus: Corpus, seen: Seen, unsure_below: float) -> None:
        self._corpus, self._seen, self._unsure_below = corpus, seen, unsure_below

    def run(self, pairs: Sequence[tuple[str, str]], draw: Draw, *, only: Only = "all") -> Tally:
        """Samples by ``draw`` from the first third of each class of one session, judged on the last half of another:
        all of it, or only the classes that were shown, or not."""
        tally = Tally()
        for source, target in pairs:
            for seed in range(SEEDS):
                chosen = draw(np.random.default_rng(seed), self._heads(source))
                self._once(tally, source, target, chosen, only)
        return tally

    def rooms(self, draw: Draw, folds: Sequence[frozenset[str]]) -> tuple[float, float]:
        """Shares of photos without a hand that are called ``nothing``, before and after, by models of the same fold."""
        fold = next(fold for fold in folds if "rooms" in fold)
        photos = np.flatnonzero(self._corpus.sessions == "rooms")
        shares = []
        for session in sessions_of(self._corpus):
            if person_of(session) in fold:
                chosen = draw(np.random.default_rng(0), self._heads(session))
                shares.append(self._right(photos, chosen)[:2])
        before, after = np.mean([[was.mean(), now.mean()] for was, now in shares], axis=0)
        return float(before), float(after)

    def _once(self, tally: Tally, source: str, target: str, chosen: Indices, only: Only) -> None:
        test = np.concatenate([rows[int(np.ceil(len(rows) * (1 - LAST))) :] for rows in self._classes(target)])
        if only != "all":
            is_shown = np.isin(self._corpus.labels[test], self._corpus.labels[chosen])
            test = test[is_shown == (only == "shown")]
        was, now, was_sure, now_sure, is_used = self._right(test, chosen)
        tally.before.setdefault(target, []).append(1 - was.mean())
        tally.after.setdefault(target, []).append(1 - now.mean())
        tally.sure.append((was_sure.mean(), was[was_sure].mean(), now_sure.mean(), now[now_sure].mean()))
        tally.used.append(bool(is_used))

    def _right(self, test: Indices, chosen: Indices) -> tuple[npt.NDArray[np.bool_], ...]:
        """Right before and after, sure before and after (each (test,)), and whether the model is used."""
        labels, seen = self._corpus.labels, self._seen
        sights, words = [seen.sight(photo) for photo in chosen], [LABELS[labels[photo]] for photo in chosen]
        try:
            learnt = personalise(sights, words).adaptation
        except TooFewSamples:  # one of each: nobody could say whether it helps
            learnt = Adaptation.fit(sights, words) if len(set(words)) == len(words) else None
        before = seen.probabilities[test]
        after = before.copy()
        if learnt is not None:
            for row, photo in enumerate(test):
                after[row] = learnt.adapt(seen.sight(photo)) if seen.is_found[photo] else before[row]
        found = seen.is_found[test]
        truth = np.where(found, labels[test], np.where(labels[test] == INDEX[NOTHING], labels[test], -1))
        right = [said.argmax(axis=1) == truth for said in (before, after)]
        sure = [said.max(axis=1) >= self._unsure_below for said in (before, after)]
        return (*right, *sure, np.array(learnt is not None))

    def _heads(self, session: str) -> list[Indices]:
        """Of each class the photos of the first third in which a hand is found."""
        heads = [rows[: max(1, round(len(rows) * FIRST))] for rows in self._classes(session)]
        return [head[self._seen.is_found[head]] for head in heads]

    def _classes(self, session: str) -> list[Indices]:
        """The photos of each class but ``nothing``, in the order of the recording."""
        corpus = self._corpus
        rows = np.flatnonzero((corpus.sessions == session) & (corpus.labels != INDEX[NOTHING]))
        names = np.array([corpus.photos[row].path.name for row in rows])
        rows = rows[np.argsort(names, kind="stable")]
        return [rows[corpus.labels[rows] == label] for label in np.unique(corpus.labels[rows])]


def a_letter(count: int) -> Draw:
    """``count`` samples of each class, round after round."""

    def draw(random: np.random.Generator, heads: Sequence[Indices]) -> Indices:
        drawn = [random.permutation(head)[:count] for head in heads]
        return np.array([rows[place] for place in range(count) for rows in drawn if place < len(rows)], np.int64)

    return draw


def a_letter_of_some(count: int) -> Draw:
    """``count`` samples of each of ten classes."""

    def draw(random: np.random.Generator, heads: Sequence[Indices]) -> Indices:
        some = random.permutation(len(heads))[:SHOWN]
        return a_letter(count)(random, [heads[place] for place in some])

    return draw


def at_random(count: int) -> Draw:
    """``count`` samples of any class, as a history would have them."""

    def draw(random: np.random.Generator, heads: Sequence[Indices]) -> Indices:
        everything = np.concatenate(heads)
        return random.permutation(everything)[:count]

    return draw


def sessions_of(corpus: Corpus) -> list[str]:
    return [str(name) for name in np.unique(corpus.sessions) if is_evaluated(str(name)) and name != "rooms"]


def look(corpus: Corpus, preset: str, cache: Path) -> tuple[Seen, float, list[frozenset[str]]]:
    """Every person by networks that did not learn from them, and below which confidence an answer is unsure."""
    config = PRESETS[preset]
    trainer = Trainer(corpus, config, cache, to_stderr)
    folds = folds_of(corpus, config.folds)
    parts = [vote(trainer.networks(without=fold | VAULT), corpus.hands, corpus.photos_of(fold)) for fold in folds]
    judged = np.flatnonzero([is_evaluated(str(name)) and not is_in_vault(str(name)) for name in corpus.sessions])
    share = 1.0 if config.crops is None else Artifact.read(SHIPPED).landmarks_share
    said = answers(Votes.joined(parts), corpus.hands, judged, corpus.labels, corpus.sessions, share)
    calibration = calibration_of(said)
    parts.append(vote(trainer.networks(without=VAULT), corpus.hands, corpus.photos_of(VAULT)))
    seen = _chosen(corpus, Votes.joined(parts), share, calibration["temperature"])
    return seen, calibration["unsure_below"], folds


def _chosen(corpus: Corpus, votes: Votes, share: float, temperature: float) -> Seen:
    """The hand that signs in each photo, as serving would choose it."""
    hands, count = corpus.hands, len(corpus.photos)
    fused = fuse(votes.landmarks, votes.pixels, share)
    shapes, probabilities = np.zeros((count, 63), np.float32), np.zeros((count, len(LABELS)), np.float32)
    probabilities[:, INDEX[NOTHING]] = 1
    is_found = np.zeros(count, bool)
    order = np.argsort(votes.photo, kind="stable")
    believed = {photo: np.flatnonzero(hands.is_believed & (hands.photo == photo)) for photo in np.unique(votes.photo)}
    for rows in np.split(order, np.flatnonzero(np.diff(votes.photo[order])) + 1):
        photo, place = votes.photo[rows[0]], signing_hand(fused[rows], votes.presence[rows])
        hand = believed[photo][place]
        shapes[photo] = normalise(hands.points[hand], is_left=hands.is_left[hand]).reshape(-1)
        probabilities[photo] = softmax(fused[rows[place]], temperature)
        is_found[photo] = True
    return Seen(shapes, probabilities, is_found)


def summary(name: str, tally: Tally) -> str:
    pairs = np.array(list(tally.by_signer().values()))
    before, after = pairs.mean(axis=0)
    had_any = pairs[pairs[:, 0] > 0]  # who had no error has no ratio
    ratio = (had_any[:, 1] / had_any[:, 0]).mean()
    worse = (pairs[:, 1] > pairs[:, 0] + 1e-9).sum()
    sure = np.nanmean(tally.sure, axis=0)
    return (
        f"| {name} | {before:.3f} | {after:.3f} | {after / before:.2f} | {ratio:.2f} | {worse} of {len(pairs)} "
        f"| {(pairs[:, 1] - pairs[:, 0]).max():+.3f} | {np.mean(tally.used):.0%} | {sure[0]:.2f} → {sure[2]:.2f} "
        f"| {sure[1]:.3f} → {sure[3]:.3f} |"
    )


def main(data: Path, cache: Path, preset: str) -> None:
    corpus = load_corpus(data, cache, to_stderr)
    seen, unsure_below, folds = look(corpus, preset, cache)
    experiment = Experiment(corpus, seen, unsure_below)
    sessions = sessions_of(corpus)
    groups = {
        "others": [(name, name) for name in sessions if not is_in_vault(name)],
        "vault": [(name, name) for name in sessions if is_in_vault(name)],
    }
    print(f"{preset}, data {corpus.fingerprint[:12]}, {SEEDS} draws, unsure below {unsure_below:.2f}\n")
    print("| samples | before | after | ratio of means | mean ratio | worse | worst | used | sure | right if sure |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for group, pairs in groups.items():
        for count in SAMPLES:
            print(summary(f"{group}: {count} a letter", experiment.run(pairs, a_letter(count))))
        for count in HISTORIES:
            print(summary(f"{group}: {count} at random", experiment.run(pairs, at_random(count))))
        parts: tuple[Only, ...] = ("shown", "unshown")
        for only in parts:
            name = f"{group}: 3 a letter of {SHOWN}, {'the letters shown' if only == 'shown' else 'the others'}"
            print(summary(name, experiment.run(pairs, a_letter_of_some(3), only=only)))
    for source, target in AGAIN:
        print(summary(f"{source}, then {target}: 3 a letter", experiment.run([(source, target)], a_letter(3))))
    three = experiment.run([*groups["others"], *groups["vault"]], a_letter(3))
    print("\n| signer, 3 samples a letter | error before | after |\n|---|---|---|")
    for name, (before, after) in sorted(three.by_signer().items(), key=lambda row: -row[1][0]):
        print(f"| {name}{' (vault)' if name in VAULT else ''} | {before:.3f} | {after:.3f} |")
    before, after = experiment.rooms(a_letter(3), folds)
    print(f"\nRooms without a hand called nothing: {before:.3f} before, {after:.3f} after")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path(".local/cache"))
    parser.add_argument("--preset", choices=["landmarks", "fusion"], default="landmarks")
    options = parser.parse_args()
    main(options.data, options.cache, options.preset)
