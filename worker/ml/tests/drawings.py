"""Small drawn pictures in folders of classes, for tests that train: what a class shows can be learnt in seconds."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from worker.ml.labels import INDEX


def draw(label: str, number: int, size: tuple[int, int] = (40, 40)) -> Image.Image:
    """A light square, whose place and colour are the class's, on noise of the picture's own."""
    random = np.random.default_rng([INDEX[label], number])
    pixels = random.integers(0, 90, (size[1], size[0], 3), np.uint8)
    row, column = divmod(INDEX[label] % 9, 3)
    down, across = size[1] // 3, size[0] // 3
    pixels[row * down : (row + 1) * down, column * across : (column + 1) * across, INDEX[label] % 3] = 255
    return Image.fromarray(pixels)


def fill(folder: Path, counts: Mapping[str, int], first: int = 0) -> Path:
    """``folder``/<CLASS>/<number>.png, the numbers from ``first`` on, which make them others; returns the folder."""
    for label, count in counts.items():
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(first, first + count):
            draw(label, number).save(folder / label / f"{number}.png")
    return folder
