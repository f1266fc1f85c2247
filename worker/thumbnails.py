"""Small copies of pictures for lists, made in the queue so that no page waits for them."""

import io
import logging

from django.conf import settings
from PIL import Image, ImageOps

from recognition.models import Prediction
from worker.ml import images
from worker.ml.config import ImageLimits

logger = logging.getLogger(__name__)

SIDE = 144
"""Pixels: twice the size at which lists show it, for fine screens."""


def make_thumbnail(prediction: Prediction) -> None:
    """Give the prediction its small copy, if it has none. A list does without it, so nothing fails for want of one."""
    if prediction.thumbnail:
        return
    try:
        # From the storage, not by the field: what is gone meanwhile is no file then, rather than a value error.
        with prediction.image.storage.open(str(prediction.image.name)) as file:
            prediction.keep_thumbnail(small_copy(file.read()))
    except FileNotFoundError:
        return  # deleted while it was read
    except (OSError, images.ImageError):
        logger.warning("Prediction %s has no small copy", prediction.pk, exc_info=True)


def small_copy(data: bytes) -> bytes:
    """The middle of a picture as a square WebP of ``SIDE`` pixels."""
    limits = ImageLimits(max_bytes=settings.MAX_UPLOAD_BYTES * 4, longest_side=SIDE * 4, shortest_side=1)
    square = ImageOps.fit(images.decode(data, limits), (SIDE, SIDE), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    square.save(buffer, "WEBP", quality=78)
    return buffer.getvalue()
