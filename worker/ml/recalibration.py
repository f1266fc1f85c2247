"""How sure a retrained artefact may call itself: temperature and threshold, fitted anew on those who are held out, and
both once more for its landmarks alone, which the live page asks.

Accuracy does not depend on either, so that those who are held out may serve for this and for judging.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from worker.ml.artifact import Artifact
from worker.ml.comparison import hand_of, pictures_of
from worker.ml.evaluation import Answers, calibration_of
from worker.ml.hands.geometry import Floats
from worker.ml.hands.normalise import normalise
from worker.ml.inference import LETTER_FILE, HandNetwork, LetterNamer
from worker.ml.labels import INDEX
from worker.ml.lessons import Lesson

FEWEST_HANDS: Final = 300
FEWEST_SIGNERS: Final = 5
"""With fewer, chance would move the threshold more than the retraining did: the base's values are kept."""


class _Asked(NamedTuple):
    """Answers about the same hands by the whole artefact, and by its landmarks' network alone."""

    whole: Answers
    landmarks: Answers


def recalibrate(directory: Path, held_out: Sequence[Lesson], beat: Callable[[], None]) -> Artifact:
    """Fit them on the hands of people whom the artefact in ``directory`` did not learn from, and publish it anew.

    Its metrics say under ``calibration`` what was fitted on whom, or why it was not. ``beat`` is called for each hand
    and may raise. Raises ``OSError`` if the disk is full; the artefact then is as it was.
    """
    artifact = Artifact.load(directory)
    told: dict[str, Any] = {"hands": len(held_out), "people": len({lesson.signer for lesson in held_out})}
    calibration: dict[str, Any] = {
        name: getattr(artifact, name) for name in ("temperature", "unsure_below", "landmarks_alone")
    }
    is_enough = told["hands"] >= FEWEST_HANDS and told["people"] >= FEWEST_SIGNERS
    answers = _answers(artifact, directory, held_out, beat) if is_enough else None
    if answers is not None and len(answers.whole) >= FEWEST_HANDS:
        calibration = _fitted(artifact, answers)
        told |= {"hands": len(answers.whole), "fitted": "on people whom it did not learn from"}
    else:
        told["fitted"] = f"no, the base's are kept: {FEWEST_HANDS} hands of {FEWEST_SIGNERS} people would be needed"
    told |= _in_words(calibration)
    fitted = replace(artifact, **calibration, metrics={**artifact.metrics, "calibration": told})
    return fitted.publish(directory, {name: (directory / name).read_bytes() for name in artifact.files})


def _fitted(artifact: Artifact, answers: _Asked) -> dict[str, Any]:
    """What of the artefact is fitted. Where it reads landmarks alone, both are the whole's."""
    reads_pixels = artifact.landmarks_share < 1
    return {
        **calibration_of(answers.whole),
        "landmarks_alone": calibration_of(answers.landmarks) if reads_pixels else None,
    }


def _in_words(calibration: Mapping[str, Any]) -> dict[str, float]:
    told = {"temperature": calibration["temperature"], "unsure below": calibration["unsure_below"]}
    if calibration["landmarks_alone"]:
        told |= {
            "temperature of landmarks alone": calibration["landmarks_alone"]["temperature"],
            "unsure below, by landmarks alone": calibration["landmarks_alone"]["unsure_below"],
        }
    return told


def _answers(artifact: Artifact, directory: Path, lessons: Sequence[Lesson], beat: Callable[[], None]) -> _Asked | None:
    """What the artefact's networks say of hands that were found, as serving would ask them; None without pictures."""
    namer, network = LetterNamer(artifact, directory), HandNetwork(directory / LETTER_FILE)
    asked, whole, landmarks = [], [], []
    for lesson, picture in pictures_of(lessons, beat):
        hand = hand_of(lesson)
        asked.append(lesson)
        whole.append(namer.logits(picture, hand))
        landmarks.append(network.logits(normalise(hand.points, is_left=lesson.is_left)))
    if not asked:
        return None
    return _Asked(_as_answers(asked, whole), _as_answers(asked, landmarks))


def _as_answers(lessons: Sequence[Lesson], logits: Sequence[Floats]) -> Answers:
    return Answers(
        labels=np.array([INDEX[one.label] for one in lessons], np.int64),
        sessions=np.array([one.signer for one in lessons], np.str_),
        logits=np.stack(logits),
        is_found=np.ones(len(lessons), np.bool_),
    )
