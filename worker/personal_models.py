"""Makes a person's adaptation of the active model, and applies it to their pictures."""

import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

from celery.exceptions import SoftTimeLimitExceeded

from recognition.models import ModelVersion, PersonalModel, Prediction
from worker import registry
from worker.ml.images import ImageError
from worker.ml.recognition import Hand

if TYPE_CHECKING:
    from worker.ml.inference import Recogniser
    from worker.ml.personal import Adaptation, Sight

logger = logging.getLogger(__name__)

MOST_OF_A_LETTER: Final = 10
"""The newest samples of each letter are learnt from: more bring little, and others wait meanwhile."""

NO_HANDS: Final = (
    "The model that this site uses now reads pictures as a whole and looks for no hands, so it cannot be adapted. "
    "It is tried again as soon as another one is in use."
)
TOO_SLOW: Final = "Learning from your pictures took too long and was stopped. Try again later."
OUR_FAULT: Final = "It could not be made because of a fault on our side, which was noted. Try again later."


def carry_out(personal: PersonalModel) -> None:
    """RUNNING -> READY or FAILED."""
    from worker.ml.personal import TooFewSamples

    version: ModelVersion | None = None
    try:
        version, recogniser = registry.active()
        if not recogniser.finds_hands:
            personal.fail(NO_HANDS, base=version)
            return
        _learn(personal, version, recogniser)
    except (TooFewSamples, registry.NoModelError) as error:
        personal.fail(str(error), base=version)
    except SoftTimeLimitExceeded:
        personal.fail(TOO_SLOW, base=version)
    except Exception:
        logger.exception("Personal model %s failed", personal.pk)
        personal.fail(OUR_FAULT, base=version)


def adaptation_of(prediction: Prediction, version: ModelVersion) -> "Adaptation | None":
    """What its owner's personal model adds to answers of ``version``; None if nothing does."""
    stored = PersonalModel.objects.parameters_for(owner=prediction.owner_id, version=version)
    if not stored:
        return None
    from worker.ml.personal import Adaptation, UnreadableAdaptation

    try:
        return Adaptation.from_bytes(stored)
    except UnreadableAdaptation:  # of a format before this one, say: better an answer as everybody gets it than none
        logger.exception("The personal model of user %s is left out", prediction.owner_id)
        return None


def _learn(personal: PersonalModel, version: ModelVersion, recogniser: "Recogniser") -> None:
    from worker.ml.personal import personalise

    seen = [(one, sight) for one in _samples(personal) if (sight := _look(recogniser, one))]
    learnt = personalise([sight for _, sight in seen], [one.correction.label for one, _ in seen])
    personal.succeed(
        base=version,
        parameters=learnt.adaptation.to_bytes() if learnt.adaptation else b"",
        figures=learnt.figures(),
        learnt_from=[one for one, _ in seen],
    )


def _samples(personal: PersonalModel) -> list[Prediction]:
    """The newest of each letter, in the order in which they were taken."""
    counts: Counter[str] = Counter()
    chosen = []
    for one in Prediction.objects.told_by(personal.owner_id).select_related("correction").iterator(chunk_size=500):
        counts[one.correction.label] += 1
        if counts[one.correction.label] <= MOST_OF_A_LETTER:
            chosen.append(one)
    return chosen[::-1]


def _look(recogniser: "Recogniser", prediction: Prediction) -> "Sight | None":
    """None for a picture without a hand, or whose file is gone or broken: the others still teach."""
    if prediction.hand is None:
        return None
    try:
        with prediction.image.open("rb") as file:
            return recogniser.look_again(file.read(), Hand.from_dict(prediction.hand))
    except (OSError, ImageError):
        logger.warning("Prediction %s has no picture to learn from", prediction.pk)
        return None
