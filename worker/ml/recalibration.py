"""How sure a retrained artefact may call itself: temperature and threshold, fitted anew on those who are held out.

Accuracy does not depend on either, so that those who are held out may serve for this and for judging.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from worker.ml.artifact import Artifact
from worker.ml.comparison import hand_of, pictures_of
from worker.ml.evaluation import Answers, calibration_of
from worker.ml.inference import LetterNamer
from worker.ml.labels import INDEX
from worker.ml.lessons import Lesson

FEWEST_HANDS: Final = 300
FEWEST_SIGNERS: Final = 5
"""With fewer, chance would move the threshold more than the retraining did: the base's values are kept."""


def recalibrate(directory: Path, held_out: Sequence[Lesson], beat: Callable[[], None]) -> Artifact:
    """Fit both on the hands of people whom the artefact in ``directory`` did not learn from, and publish it anew.

    Its metrics say under ``calibration`` what was fitted on whom, or why it was not. ``beat`` is called for each hand
    and may raise. Raises ``OSError`` if the disk is full; the artefact then is as it was.
    """
    artifact = Artifact.load(directory)
    told: dict[str, Any] = {"hands": len(held_out), "people": len({lesson.signer for lesson in held_out})}
    calibration = {"temperature": artifact.temperature, "unsure_below": artifact.unsure_below}
    is_enough = told["hands"] >= FEWEST_HANDS and told["people"] >= FEWEST_SIGNERS
    answers = _answers(artifact, directory, held_out, beat) if is_enough else None
    if answers is not None and len(answers) >= FEWEST_HANDS:
        calibration = calibration_of(answers)
        told |= {"hands": len(answers), "fitted": "on people whom it did not learn from"}
    else:
        told["fitted"] = f"no, the base's are kept: {FEWEST_HANDS} hands of {FEWEST_SIGNERS} people would be needed"
    told |= {"temperature": calibration["temperature"], "unsure below": calibration["unsure_below"]}
    fitted = replace(
        artifact,
        temperature=calibration["temperature"],
        unsure_below=calibration["unsure_below"],
        metrics={**artifact.metrics, "calibration": told},
    )
    return fitted.publish(directory, {name: (directory / name).read_bytes() for name in artifact.files})


def _answers(
    artifact: Artifact, directory: Path, lessons: Sequence[Lesson], beat: Callable[[], None]
) -> Answers | None:
    """What the artefact's networks say of hands that were found, as serving would ask them; None without pictures."""
    namer = LetterNamer(artifact, directory)
    asked = [(one, namer.logits(picture, hand_of(one))) for one, picture in pictures_of(lessons, beat)]
    if not asked:
        return None
    return Answers(
        labels=np.array([INDEX[one.label] for one, _ in asked], np.int64),
        sessions=np.array([one.signer for one, _ in asked], np.str_),
        logits=np.stack([logits for _, logits in asked]),
        is_found=np.ones(len(asked), np.bool_),
    )
