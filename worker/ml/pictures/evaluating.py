"""Any artefact, of whatever family, judged on any labelled pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker.ml.inference import Recogniser
from worker.ml.pictures.dataset import PictureSet
from worker.ml.pictures.judging import judge
from worker.ml.pictures.report import Told, metrics_of, rendered
from worker.ml.progress import Report
from worker.ml.report import write_files


def evaluate_artifact(directory: Path, sets: Sequence[PictureSet], folder: Path, report: Report) -> dict[str, Any]:
    """Write a report on the artefact in ``directory``, a column a set, to ``folder``; returns its figures.

    Raises :class:`~worker.ml.artifact.ArtifactError`.
    """
    recogniser = Recogniser.load(directory, threads=2)
    artifact = recogniser.artifact
    about = {
        "family": artifact.family,
        "fingerprint": artifact.fingerprint,
        "made": artifact.created_at,
        "learnt from": f"SHA-256 {artifact.data.get('sha256', 'unknown')}",
        "size of its files": f"{sum((directory / name).stat().st_size for name in artifact.files) / 1e6:.1f} MB",
    }
    judged = [judge(recogniser, one, report) for one in sets]
    warnings = [_seen(one) for one in sets if one.fingerprint == artifact.data.get("sha256")]
    told = Told(artifact.name, about, judged, warnings)
    metrics = metrics_of(told)
    write_files(rendered(told, metrics), folder)
    return metrics


def _seen(pictures: PictureSet) -> str:
    return f"The model learnt from most of {pictures.name}: what it says of these pictures is no test."
