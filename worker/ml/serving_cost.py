"""What serving an artefact costs: the time that a picture takes, and the bytes that are loaded."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from worker.ml.artifact import CARD, Artifact
from worker.ml.card import model_card
from worker.ml.hands.networks import carried_file
from worker.ml.images import ImageError
from worker.ml.inference import Recogniser

THREADS: Final = 2
"""LiteRT's, as the prediction worker has by default."""

MOST_TIMED: Final = 200
"""Pictures that are timed; more are thinned evenly."""

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

    Each picture is read once, after a first one that is not counted; one that is gone by now is passed over. ``beat``
    is called for each and may raise. Raises :class:`NothingToTime`, and what ``Recogniser.load`` raises.
    """
    if not pictures:
        raise NothingToTime(_NOTHING)
    recogniser = Recogniser.load(directory, threads=THREADS)
    count = min(MOST_TIMED, len(pictures))
    chosen = [pictures[len(pictures) * number // count] for number in range(count)]
    taken: list[float] = []
    for path in (chosen[0], *chosen):
        beat()
        with suppress(OSError, ImageError):
            taken.append(recogniser.recognise(path.read_bytes()).milliseconds["total"])
    if len(taken) < 2:
        raise NothingToTime(_NOTHING)
    taken = taken[1:]
    return {
        "milliseconds": round(float(np.median(taken)), 2),
        "milliseconds_p95": round(float(np.percentile(taken, 95)), 2),
        "pictures_timed": len(taken),
        "size_bytes": served_bytes(recogniser.artifact, directory),
    }


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
