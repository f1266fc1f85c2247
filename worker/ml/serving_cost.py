"""What serving an artefact costs: the time that a picture takes, and the bytes that are loaded."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from worker.ml.artifact import CARD, Artifact
from worker.ml.card import model_card
from worker.ml.config import OWN_PICTURES
from worker.ml.hands.networks import carried_file
from worker.ml.images import ImageError
from worker.ml.inference import Recogniser

THREADS: Final = 2
"""LiteRT's, as the prediction worker has by default."""

MOST_TIMED: Final = 200
"""Pictures that are timed; more are thinned evenly."""

ROUNDS: Final = 3

_SERVED: Final = frozenset({".tflite", ".npz"})
"""Networks and forests. A ``.keras`` file is for further training."""


_NOTHING: Final = "There are no pictures that the time of an answer could be measured with."


class NothingToTime(ValueError):
    """No picture that could be timed."""


def served_bytes(artifact: Artifact, directory: Path) -> int:
    """Of the files that serving loads: the artefact's own, and the hand networks that another package carries."""
    own = [directory / name for name in artifact.files if Path(name).suffix in _SERVED]
    return sum(path.stat().st_size for path in (*own, *(carried_file(name) for name in artifact.carried)))


def cost_of(directory: Path, pictures: Sequence[Path], beat: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Median and 95th percentile of the milliseconds from a file's bytes to the answer, and the bytes served.

    A picture that is gone by now is passed over. ``beat`` is called for each and may raise. Raises
    :class:`NothingToTime`, and what ``Recogniser.load`` raises.
    """
    recogniser = Recogniser.load(directory, threads=THREADS)
    count = min(MOST_TIMED, len(pictures))
    chosen = [pictures[len(pictures) * number // count] for number in range(count)]
    taken = []
    for path in chosen:
        beat()
        with suppress(OSError, ImageError):
            taken.append(_least(recogniser, path.read_bytes()))
    if not taken:
        raise NothingToTime(_NOTHING)
    return {
        "milliseconds": round(float(np.median(taken)), 2),
        "milliseconds_p95": round(float(np.percentile(taken, 95)), 2),
        "pictures_timed": len(taken),
        "size_bytes": served_bytes(recogniser.artifact, directory),
    }


def _least(recogniser: Recogniser, data: bytes) -> float:
    """Of some times of the same picture the least: other work on the machine, and a cold start, can only add."""
    return min(recogniser.recognise(data, OWN_PICTURES).milliseconds["total"] for _ in range(ROUNDS))


def record_cost(directory: Path, pictures: Sequence[Path], beat: Callable[[], None] = lambda: None) -> Artifact:
    """Measure what the artefact costs and publish it anew with these figures, in its card too where that tells figures.

    Raises as :func:`cost_of` does; the artefact then is as it was.
    """
    artifact = Artifact.load(directory)
    measured = replace(artifact, metrics={**artifact.metrics, **cost_of(directory, pictures, beat)})
    files = {name: (directory / name).read_bytes() for name in artifact.files}
    if "sessions" in measured.metrics:  # a retrained one's card tells none, whole pictures' has its own rows of them
        files[CARD] = model_card(measured).encode()
    return measured.publish(directory, files)
