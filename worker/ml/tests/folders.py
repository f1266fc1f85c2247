"""Folders and zip files of small pictures, no two alike unless asked for."""

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image


def picture(seed: int = 0, size: tuple[int, int] = (48, 40), kind: str = "JPEG") -> bytes:
    """Coarse random shapes, so that hashes and small copies of two seeds differ."""
    cells = np.random.default_rng(seed).integers(0, 255, (6, 6, 3)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(cells).resize(size, Image.Resampling.BILINEAR).save(buffer, kind, quality=90)
    return buffer.getvalue()


@cache
def of_a_telephone() -> bytes:
    """64 megapixels, more than the site takes."""
    buffer = io.BytesIO()
    Image.new("L", (8000, 8001), 120).save(buffer, "JPEG")
    return buffer.getvalue()


def brighter(data: bytes, by: int = 1) -> bytes:
    """The same picture, a little lighter: other bytes, and a near-duplicate."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(data)).point(lambda value: min(255, value + by)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def write(root: Path, files: Mapping[str, bytes]) -> Path:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path
