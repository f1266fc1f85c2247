"""What augmentation does to pictures, on a page: to be looked at before hours are spent on training with it."""

from pathlib import Path
from typing import Final

import keras
import numpy as np
import tensorflow as tf

from worker.ml.config import PixelAugmentation
from worker.ml.images import decode_file
from worker.ml.labels import LABELS, NAMES
from worker.ml.page_parts import document, gallery, picture, table
from worker.ml.pictures.batches import augment_pictures
from worker.ml.pictures.dataset import PictureSet
from worker.ml.pictures.squares import Pixels, jpeg, squared

_COPIES: Final = 5


def preview(pictures: PictureSet, side: int, settings: PixelAugmentation, seed: int) -> str:
    """An HTML page with a picture of each class, and beside it changed copies as training would draw them."""
    keras.utils.set_random_seed(seed)
    rows = [int(np.flatnonzero(pictures.labels == label)[0]) for label in np.unique(pictures.labels)]
    shown = []
    for row in rows:
        pixels, name = _read(pictures.paths[row], side), NAMES[LABELS[pictures.labels[row]]]
        copies = np.repeat(pixels[None], _COPIES, axis=0).astype(np.float32)
        changed = np.asarray(augment_pictures(tf.constant(copies), settings)).round().astype(np.uint8)
        parts = [picture(jpeg(pixels), f"{name}, as it is")]
        parts += [picture(jpeg(one), f"{name}, changed, {place}") for place, one in enumerate(changed, start=1)]
        shown.append((f'<span class="pair">{"".join(parts)}</span>', name))
    values = [[name, f"{getattr(settings, name):g}"] for name in settings.__slots__]
    return document(
        "Augmentation",
        f"How training changes the pictures of {pictures.name}",
        f"<p>Of each class a picture at {side} by {side} pixels, then {_COPIES} changed copies.</p>",
        [
            ("copies", "Pictures", gallery(shown)),
            ("settings", "Settings", table("Settings", ["setting", "value"], values)),
        ],
    )


def _read(path: Path, side: int) -> Pixels:
    return squared(decode_file(path), side)
