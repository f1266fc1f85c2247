"""Offers pictures for review: answers that their owners judged, or of which the model was not sure, by consent."""

import logging

from django.db.models import Q
from PIL import Image

from accounts.models import Consent
from recognition.models import Prediction, Sample
from worker.ml.perceptual_hash import difference_hash

logger = logging.getLogger(__name__)

ALIKE_BITS = 6
"""Of 64: pictures of one person whose hashes differ in no more are taken for one scene."""


def collect_samples(limit: int = 200) -> int:
    """Make samples of what is not offered yet; returns how many. May run twice at once."""
    consenting = Consent.objects.in_force().filter(person__is_active=True).values("person")
    offered = (
        Prediction.objects.present()
        .filter(owner__in=consenting, state=Prediction.State.SUCCEEDED, sample=None)
        .filter(Q(correction__isnull=False) | Q(is_unsure=True))
        .order_by("created_at")
    )
    return sum(_offer(prediction) for prediction in offered[:limit])


def _offer(prediction: Prediction) -> bool:
    try:
        with prediction.image.open("rb") as file:
            seen = f"{difference_hash(Image.open(file)):016x}"
    except OSError:
        seen = f"{0:016x}"  # its file is gone; the reviewer sees that and rejects it
        logger.warning("Prediction %s has no picture to review", prediction.pk)
    sample, is_new = Sample.objects.get_or_create(prediction=prediction, defaults={"perceptual_hash": seen})
    if is_new:
        Sample.objects.filter(pk=sample.pk).update(group=_group_of(sample))
    return is_new


def _group_of(sample: Sample) -> int:
    others = Sample.objects.filter(prediction__owner=sample.prediction.owner_id).exclude(pk=sample.pk)
    bits = int(sample.perceptual_hash, 16)
    for group, seen in others.exclude(group=0).order_by("pk").values_list("group", "perceptual_hash").iterator():
        if (bits ^ int(seen, 16)).bit_count() <= ALIKE_BITS:
            return group
    return sample.pk
