"""Any artefact, of whatever family, judged on any labelled pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker.ml.artifact import Artifact
from worker.ml.datasets import person_of
from worker.ml.inference import Recogniser
from worker.ml.pictures.dataset import PictureSet, unread
from worker.ml.pictures.judging import judge
from worker.ml.pictures.report import Told, metrics_of, rendered
from worker.ml.pictures.unseen import in_short, people_in_both
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
    seen = [sentence for one in sets for sentence in _seen(one, artifact)]
    for sentence in seen:
        report(f"warning: {sentence}")
    told = Told(artifact.name, about, judged, [*seen, *(sentence for one in sets for sentence in unread(one))])
    metrics = metrics_of(told)
    write_files(rendered(told, metrics), folder)
    return metrics


def _seen(pictures: PictureSet, artifact: Artifact) -> list[str]:
    """That the model learnt from these pictures, or from people who are in them: by what its metrics tell of sessions,
    all of which it learnt from once it had been judged on them."""
    if pictures.fingerprint == artifact.data.get("sha256"):
        return [f"The model learnt from most of {pictures.name}: what it says of these pictures is no test."]
    sessions = [*artifact.metrics.get("sessions", ()), *artifact.metrics.get("vault_sessions", ())]
    learnt = {person_of(session) for session in sessions}
    known = people_in_both(pictures, learnt)
    if not known:
        return []
    return [
        f"The model learnt from people who are in {pictures.name} ({in_short(known)}): what it says of their pictures "
        "is no test. Leave them out by --without."
    ]
