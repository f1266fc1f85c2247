"""Whole pictures at a network's size: one piece of code for training and serving."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

Pixels = npt.NDArray[np.uint8]


def squared(image: Image.Image, side: int) -> Pixels:
    """An upright RGB picture as colours (side, side, 3); what is no square gets black borders, as stretching would
    change the hand."""
    return np.asarray(ImageOps.pad(image, (side, side), method=Image.Resampling.BILINEAR, color="black"))


def jpeg(pixels: Pixels) -> bytes:
    """Colours (h, w, 3) as a small file for a page."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
