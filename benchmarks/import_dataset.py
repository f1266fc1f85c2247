"""What an import costs: seconds, memory, and how often it takes what merely reading and hashing the files takes.

    python -m benchmarks.import_dataset --pictures 87000

makes that many small pictures, all different and a tenth of them near-duplicates, imports them twice, and loads the
manifest. Everything lies in a folder of its own, which is removed at the end.
"""

import argparse
import hashlib
import io
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from worker.ml.importing import import_pictures
from worker.ml.labels import LABELS
from worker.ml.manifest import Manifest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=87_000)
    parser.add_argument("--side", type=int, default=48, help="of a picture, in pixels")
    parser.add_argument("--import", dest="folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder is not None:
        _import(options.folder)
        return
    with tempfile.TemporaryDirectory(prefix="import-benchmark-") as place:
        folder = Path(place)
        _make(folder / "pictures", options.pictures, options.side)
        started, cpu = time.monotonic(), time.process_time()
        size = sum(_read_and_hash(path) for path in sorted((folder / "pictures").rglob("*.jpg")))
        read, read_cpu = time.monotonic() - started, time.process_time() - cpu
        print(
            f"{options.pictures} pictures, {size / 1e6:.0f} MB: read and hashed in {read:.1f} s, {read_cpu:.1f} s CPU"
        )
        for words in ("first import", "second import"):
            # In a process of its own, whose peak of memory is the import's.
            done = subprocess.run(  # noqa: S603 - ourselves
                [sys.executable, "-m", "benchmarks.import_dataset", "--import", place], capture_output=True, text=True
            )
            print(f"{words}: {done.stdout.strip() or done.stderr}")


def _make(root: Path, count: int, side: int) -> None:
    """Coarse random shapes; each tenth picture is the one before it, a little lighter."""
    rng = np.random.default_rng(20261124)
    cells = np.zeros((6, 6, 3), np.uint8)
    for number in range(count):
        cells = np.minimum(cells, 254) + 1 if number % 10 == 9 else rng.integers(0, 254, (6, 6, 3)).astype(np.uint8)
        folder = root / LABELS[number % len(LABELS)] if number % 10 != 9 else root / LABELS[(number - 1) % len(LABELS)]
        folder.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        Image.fromarray(cells).resize((side, side), Image.Resampling.BILINEAR).save(buffer, "JPEG", quality=85)
        (folder / f"{number:06}.jpg").write_bytes(buffer.getvalue())


def _read_and_hash(path: Path) -> int:
    data = path.read_bytes()
    hashlib.sha256(data).hexdigest()
    return len(data)


def _import(folder: Path) -> None:
    started = time.monotonic()
    done = import_pictures(folder / "pictures", folder / "datasets", "benchmark", io.StringIO())
    seconds, cpu = time.monotonic() - started, time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.monotonic()
    groups = len({entry.group for entry in Manifest.load(folder / "datasets" / "benchmark").entries})
    print(
        f"{done.added} added, {done.stored} stored, {groups} groups in {seconds:.1f} s, {cpu:.1f} s CPU; peak memory "
        f"{peak:.0f} MB; the manifest is loaded in {time.monotonic() - started:.2f} s"
    )


if __name__ == "__main__":
    main()
