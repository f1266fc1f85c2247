"""Two artefacts asked about the same hands: the ground on which a person decides which one serves."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from worker.ml.artifact import Artifact
from worker.ml.config import OWN_PICTURES
from worker.ml.datasets import LandmarkSet
from worker.ml.hands.geometry import Picture
from worker.ml.hands.networks import LandmarkNetwork, Landmarks
from worker.ml.images import ImageError, decode_file
from worker.ml.inference import LETTER_FILE, HandNetwork, LetterNamer, Recogniser
from worker.ml.labels import LABELS
from worker.ml.lessons import Lesson
from worker.ml.pictures.dataset import PictureSet

MOST_JUDGED: Final = 600
"""Hands of a set; more are thinned evenly, so that a comparison takes a minute at most."""

Table = dict[str, Any]


def compare_on_pictures(name: str, old: Path, new: Path, lessons: Sequence[Lesson], beat: Callable[[], None]) -> Table:
    """Both artefacts' answers for hands whose landmarks are known, with the pictures where an artefact reads them."""
    namers = [LetterNamer(Artifact.load(directory), directory) for directory in (old, new)]
    rows = []
    for lesson, picture in pictures_of(lessons, beat):
        hand = hand_of(lesson)
        said = [LABELS[int(namer.logits(picture, hand).argmax())] for namer in namers]
        rows.append((lesson.signer, lesson.label, said[0], said[1]))
    return table_of(name, rows)


def compare_on_files(name: str, old: Path, new: Path, pictures: PictureSet, beat: Callable[[], None]) -> Table:
    """Both artefacts' answers for whole pictures, whatever their families: an unfound hand is answered, too."""
    recognisers = [Recogniser.load(directory, threads=1) for directory in (old, new)]
    rows = []
    for number in _thinned(range(len(pictures))):
        beat()
        try:
            data = pictures.paths[number].read_bytes()
            said = [recogniser.recognise(data, OWN_PICTURES).label for recogniser in recognisers]
        except (OSError, ImageError):
            continue
        rows.append((str(pictures.signers[number]), LABELS[pictures.labels[number]], said[0], said[1]))
    return table_of(name, rows)


def compare_on_sets(name: str, old: Path, new: Path, sets: Sequence[LandmarkSet], beat: Callable[[], None]) -> Table:
    """Both artefacts' landmark networks alone, on landmarks without pictures."""
    networks = [HandNetwork(directory / LETTER_FILE) for directory in (old, new)]
    rows = []
    for one in sets:
        for number in _thinned(range(len(one.labels))):
            beat()
            said = [LABELS[int(network.logits(one.points[number]).argmax())] for network in networks]
            rows.append((str(one.sessions[number]), LABELS[one.labels[number]], said[0], said[1]))
    return table_of(name, rows)


def table_of(name: str, rows: Sequence[tuple[str, str, str, str]]) -> Table:
    """Accuracies of rows (signer, class, old answer, new answer): mean over signers, and class by class."""
    by_signer: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    by_class: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for signer, label, old, new in rows:
        by_signer[signer].append((old == label, new == label))
        by_class[label].append((old == label, new == label))
    means = np.mean([np.mean(right, axis=0) for right in by_signer.values()], axis=0) if rows else np.zeros(2)
    classes = {
        label: {"hands": len(right), "old": float(old), "new": float(new)}
        for label in LABELS
        if (right := by_class.get(label))
        for old, new in [np.mean(right, axis=0)]
    }
    return {
        "name": name,
        "hands": len(rows),
        "signers": len(by_signer),
        "old": float(means[0]),
        "new": float(means[1]),
        "classes": classes,
    }


def pictures_of(lessons: Sequence[Lesson], beat: Callable[[], None]) -> Iterator[tuple[Lesson, Picture]]:
    """Each lesson with its picture, thinned to :data:`MOST_JUDGED`; without those that were deleted meanwhile."""
    for lesson in _thinned(lessons):
        beat()
        try:
            picture = Picture(decode_file(lesson.picture))
        except (OSError, ImageError):
            continue
        yield lesson, picture


def hand_of(lesson: Lesson) -> Landmarks:
    """The hand as serving would have found it, in pixels."""
    points = np.array(lesson.landmarks, np.float32) * np.array([lesson.width, lesson.height, lesson.width], np.float32)
    return Landmarks(points, 1.0, "left" if lesson.is_left else "right", LandmarkNetwork.region_of(points))


def _thinned(items: Sequence[Any]) -> Sequence[Any]:
    if len(items) <= MOST_JUDGED:
        return items
    return [items[place] for place in np.linspace(0, len(items) - 1, MOST_JUDGED).astype(int)]
