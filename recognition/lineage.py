"""Where a model version comes from: the versions before it, the trainings between, and whose pictures were in those."""

from dataclasses import dataclass

from django.db.models import Count, F, Q

from recognition.models import DatasetVersion, ModelVersion, TrainingRun
from worker.ml.lessons import is_held_out


@dataclass(frozen=True)
class Learnt:
    """What a data set version holds, in pictures. The first three are of those that are still here."""

    corrected: int
    """Their owner said another class than the model."""
    confirmed: int
    unsaid: int
    """Of which the model was not sure, and of which their owner said nothing; reviewers named them."""
    imported: int
    left: int
    held_out: int
    """Of any of these, those of people whom nothing is learnt from: they judge."""


@dataclass(frozen=True)
class Step:
    """A version, with the training that made it and what it learnt from; None for one that came otherwise."""

    version: ModelVersion
    run: TrainingRun | None
    learnt: Learnt | None


def lineage_of(version: ModelVersion) -> list[Step]:
    """From the version itself back to the one that was not retrained here."""
    steps: list[Step] = []
    following: ModelVersion | None = version
    while following is not None and all(following.pk != step.version.pk for step in steps):
        run = following.made_by
        steps.append(Step(following, run, learnt_from(run.data) if run else None))
        following = following.base
    return steps


def learnt_from(data: DatasetVersion) -> Learnt:
    said, guessed = "prediction__correction__label", F("prediction__label")
    counts = data.samples.usable().aggregate(
        here=Count("pk"),
        confirmed=Count("pk", filter=Q(**{said: guessed})),
        unsaid=Count("pk", filter=Q(prediction__correction=None)),
    )
    here, confirmed, unsaid = counts["here"], counts["confirmed"], counts["unsaid"]
    return Learnt(
        corrected=here - confirmed - unsaid,
        confirmed=confirmed,
        unsaid=unsaid,
        imported=data.imported,
        left=data.pictures - data.imported - here,
        held_out=sum(sum(counts.values()) for signer, counts in data.by_signer.items() if is_held_out(signer)),
    )
