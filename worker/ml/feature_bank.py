"""What the frozen blocks of the ``crops`` network see in changed copies of every crop, once for all trainings."""

from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from worker.ml.augment_pixels import augment_crops
from worker.ml.config import CropsConfig
from worker.ml.hand_table import CROP_MARGIN
from worker.ml.hands.crop import Pixels, righted
from worker.ml.progress import Report

Halves = npt.NDArray[np.float16]

_BATCH: Final = 64


def fill_bank(
    crops: Pixels, is_left: npt.NDArray[np.bool_], stem: keras.Model, config: CropsConfig, path: Path, report: Report
) -> Halves:
    """Features (copies, n, h, w, channels) of crops (n, kept, kept, 4), kept in the file ``path`` (.npy).

    Crops come in another order for every copy, so that the surroundings that they lend each other differ.
    """

    @tf.function  # type: ignore[untyped-decorator]
    def features_of(batch: Any) -> Any:
        return stem(augment_crops(batch, config.side, CROP_MARGIN, config.augmentation), training=False)

    path.parent.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(config.seed)
    random = np.random.default_rng(config.seed)
    shape = (config.copies, len(crops), *stem.output.shape[1:])
    bank = np.lib.format.open_memmap(path, "w+", np.float16, shape)
    for copy in range(config.copies):
        order = random.permutation(len(crops))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            bank[copy, rows] = features_of(tf.constant(righted(crops[rows], is_left[rows])))
        report(f"pixels: {copy + 1} of {config.copies} changed copies")
    return bank
