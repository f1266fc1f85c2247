"""Carries out the training of a family that reads whole pictures: the data version's pictures to an artefact.

People who are held out are never learnt from, as for the landmark network: they are judged as people it never saw.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.text import slugify

from recognition.models import TrainingRun
from worker.ml import lessons
from worker.ml.manifest import Manifest
from worker.ml.pictures.config import parse
from worker.watching import PictureWatch, RunWatch

if TYPE_CHECKING:
    from worker.ml.pictures.dataset import PictureSet

HELD_OUT_PEOPLE = "people who are held out"


def train(run: TrainingRun, output: Path, watch: RunWatch) -> None:
    """Publish the artefact to ``output``. Raises ``DatasetError``, ``ConfigError`` and whatever the watch raises."""
    from worker.ml.datasets import DatasetError
    from worker.ml.pictures.splits import SplitConfig
    from worker.ml.pictures.training import train_pictures

    config = parse(run.preset, run.config)
    learnt, judged = _pictures_of(run)
    if len(judged) and not len(learnt):
        raise DatasetError(
            f"All pictures of {learnt.name} are of people who are held out for judging, and nothing is learnt from "
            "these. Accept pictures of others, then make a new version."
        )
    train_pictures(
        learnt,
        config,
        SplitConfig(seed=config.seed),
        output,
        run.work_folder,
        watch.say,
        [judged] if len(judged) else [],
        watch=PictureWatch(watch),
    )


def compared(name: str, run: TrainingRun, old: Path, new: Path, beat: Callable[[], None]) -> dict[str, Any]:
    """Both artefacts on the pictures of the people who are held out."""
    from worker.ml.comparison import compare_on_files

    _, judged = _pictures_of(run)
    return compare_on_files(name, old, new, judged, beat)


def _pictures_of(run: TrainingRun) -> "tuple[PictureSet, PictureSet]":
    """Of the people who are learnt from, and of those who are held out."""
    from worker.ml.pictures.dataset import PictureSet

    name = f"{slugify(run.data.dataset.name)}-{run.data.number}"
    pictures = PictureSet.of(Manifest.load(run.data.manifest_path), name)
    return pictures.parted_by(lambda signer: not lessons.is_held_out(signer), HELD_OUT_PEOPLE)
