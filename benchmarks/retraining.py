"""Retraining while pictures are answered: ``python -m benchmarks.retraining DATA [--kills N]``

``DATA`` has ``landmarks/*.npz`` and ``hands/<signer>/<CLASS>/*.jpg``. Starts the site on a free port in a temporary
folder, with all landmark sets but one as its base set, and 480 pictures of 12 people whose hands are from that one.

Prints, as JSON: milliseconds of a picture sent with ``Prefer: wait``, four a second, before, during and after a
training, and their ratio; the seconds from the wish to the candidate, and from its promotion to its first answer (a
request that fails ends the benchmark). Then the training worker is killed (SIGKILL, with its children) at a random
moment of each of N shorter trainings: whether each was taken up again and done, and its accuracy on held-out hands
beside that of undisturbed ones with other seeds.
"""

import argparse
import http.client
import itertools
import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import django
import numpy as np

from aslsite.tests.running import Run, wait_until
from benchmarks.http_latency import send

if TYPE_CHECKING:
    from accounts.models import User
    from recognition.models import DatasetVersion, TrainingRun

SEED: Final = 20261127
USERS_SET: Final = "fingerspelling5_E"
PEOPLE: Final = 12
PICTURES_EACH: Final = 40
SECONDS_A_PICTURE: Final = 0.25
QUIET_PICTURES: Final = 200
SHORT: Final = {"epochs": 4, "steps": 60}
UNDISTURBED: Final = 3
TRAINING_WORKER: Final = "training"


def main(data: Path, kills: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        site = Run(place, TRAINING_LANDMARKS=str(base_set(data, place)))
        try:
            site.wait_until_ready()
            os.environ |= site.environment
            django.setup()
            print(json.dumps(Bench(site, data, random.Random(SEED)).everything(kills), indent=1))  # noqa: S311
        finally:
            site.kill()


def base_set(data: Path, place: Path) -> Path:
    """A folder of links to all landmark sets but the one that plays the site's people."""
    folder = place / "landmarks"
    folder.mkdir()
    for path in sorted((data / "landmarks").glob("*.npz")):
        if path.stem != USERS_SET:
            (folder / path.name).symlink_to(path.resolve())
    return folder


class Bench:
    def __init__(self, site: Run, data: Path, chance: random.Random) -> None:
        from accounts.models import ApiToken, User

        self.site, self.chance = site, chance
        self.staff = User.objects.get(username="admin")
        _, self.token = ApiToken.issue(owner=self.staff, name="benchmark")
        files = sorted((data / "hands").glob("*/[A-Y]/*.jpg"))
        self.photos = [path.read_bytes() for path in chance.sample(files, 50)]
        self.data = data_version(data / "landmarks" / f"{USERS_SET}.npz", self.staff)

    def everything(self, kills: int) -> dict[str, Any]:
        found: dict[str, Any] = {"seed": SEED, "load_before": os.getloadavg()[0]}
        before = list(self.answered(lambda sent: sent < QUIET_PICTURES))
        run = self.asked_for()
        during = list(self.answered(lambda _sent: not has_ended(run)))
        found["click_to_candidate_s"] = round(seconds_between(run.created_at, run.finished_at), 1)
        after = list(self.answered(lambda sent: sent < QUIET_PICTURES))
        quiet, busy = percentile(before + after), percentile(during)
        found |= {"p95_before_ms": percentile(before), "p95_after_ms": percentile(after), "p95_during_ms": busy}
        found |= {"ratio": round(busy / quiet, 2), "median_during_ms": round(statistics.median(during))}
        found |= {"median_quiet_ms": round(statistics.median(before + after)), "pictures_during": len(during)}
        return found | self.promoted(run) | self.killed(kills) | {"load_after": os.getloadavg()[0]}

    def answered(self, go_on: Callable[[int], bool]) -> Iterator[float]:
        """Milliseconds of each picture, from its being sent to its letter."""
        connection, sent = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=60), 0
        while go_on(sent):
            start = time.perf_counter()
            send(connection, self.token, self.photos[sent % len(self.photos)])
            taken = time.perf_counter() - start
            sent += 1
            yield taken * 1000
            time.sleep(max(0.0, SECONDS_A_PICTURE - taken))

    def asked_for(self, **changes: int) -> "TrainingRun":
        from recognition.retraining import request_training
        from worker.ml.lessons import RetrainingConfig

        return request_training(data=self.data, by=self.staff, config=replace(RetrainingConfig(), **changes))

    def promoted(self, run: "TrainingRun") -> dict[str, Any]:
        from recognition.models import ModelVersion, Prediction
        from recognition.promotion import promote_version

        candidate, active = run.model_version, ModelVersion.objects.active().get()
        if candidate is None:
            sys.exit(f"The training {run.get_state_display()}: {run.error}")
        promote_version(version=candidate, by=self.staff, instead_of=active.pk, reason="A benchmark.")
        start = time.perf_counter()
        answers = self.answered(lambda _sent: not Prediction.objects.filter(model_version=candidate).exists())
        sent = len(list(answers))  # one that failed would have ended the benchmark
        return {"promotion_to_first_answer_s": round(time.perf_counter() - start, 2), "pictures_meanwhile": sent}

    def killed(self, kills: int) -> dict[str, Any]:
        """Short trainings, undisturbed and killed once each."""
        if not kills:
            return {}
        calm = [self.done(self.asked_for(seed=seed, **SHORT)) for seed in range(UNDISTURBED)]
        seconds = statistics.mean(seconds_between(run.claimed_at, run.finished_at) for run in calm)
        hit: list[dict[str, Any]] = []
        seeds = itertools.count(100)
        while len(hit) < kills:
            run = self.asked_for(seed=next(seeds), **SHORT)
            wait_until(partial(has_begun, run), 120, self.site.text)
            time.sleep(self.chance.uniform(0, seconds))
            if has_ended(run):
                continue  # it was quicker, and nothing of it is left to kill
            epoch = run.epoch
            self.kill_training_worker()
            hit.append({"killed_in_epoch": epoch, **told(self.done(run))})
        return {"undisturbed_s": round(seconds), "undisturbed": [told(run) for run in calm], "killed": hit}

    def kill_training_worker(self) -> None:
        worker = self.site.child(TRAINING_WORKER)
        for process in (worker, *worker.children(recursive=True)) if worker else ():
            process.kill()

    def done(self, run: "TrainingRun") -> "TrainingRun":
        wait_until(lambda: has_ended(run), 1200, self.site.text)
        return run


def data_version(path: Path, staff: "User") -> "DatasetVersion":
    """What reviewers accepted of pictures of 12 people, whose hands are drawn from a landmark set."""
    from accounts.models import Consent, User
    from recognition.models import Dataset
    from recognition.retraining import freeze_dataset

    chance = np.random.default_rng(SEED)
    with np.load(path, allow_pickle=False) as stored:
        rows = chance.choice(len(stored["label"]), PEOPLE * PICTURES_EACH, replace=False)
        hands, labels = stored["xyz"][rows].astype(float), stored["label"][rows]
    for number, (hand, label) in enumerate(zip(hands, labels, strict=True)):
        person, is_new = User.objects.get_or_create(username=f"person{number % PEOPLE}")
        if is_new:
            Consent.give(person=person)
        accept(person, hand.tolist(), str(label), number)
    return freeze_dataset(dataset=Dataset.objects.create(name="Benchmark"), by=staff)


def accept(person: "User", hand: list[list[float]], label: str, number: int) -> None:
    from django.core.files.base import ContentFile
    from django.utils import timezone

    from recognition.models import ModelVersion, Prediction, Sample
    from recognition.specimens import specimen_hand
    from recognition.tests.samples import drawn

    prediction = Prediction(owner=person, state="succeeded", label=label, confidence=0.9, original_name="hand.jpg")
    prediction.image_width, prediction.image_height, prediction.top = 64, 48, [{"label": label, "confidence": 0.9}]
    prediction.hand = specimen_hand("A") | {"landmarks": hand}
    prediction.finished_at, prediction.model_version = timezone.now(), ModelVersion.objects.active().first()
    prediction.image.save("", ContentFile(drawn(number)), save=False)
    prediction.save(force_insert=True)
    Sample.objects.create(
        prediction=prediction, state=Sample.State.ACCEPTED, label=label, perceptual_hash="0" * 16, group=number
    )


def refreshed(run: "TrainingRun") -> "TrainingRun":
    run.refresh_from_db()
    return run


def has_begun(run: "TrainingRun") -> bool:
    return refreshed(run).claimed_at is not None


def has_ended(run: "TrainingRun") -> bool:
    return refreshed(run).is_finished


def told(run: "TrainingRun") -> dict[str, Any]:
    accuracy = run.history[-1]["accuracy"] if run.history else None
    return {"state": run.state, "error": run.error, "attempts": run.attempts, "accuracy": accuracy}


def seconds_between(start: datetime | None, end: datetime | None) -> float:
    return (end - start).total_seconds() if start and end else math.nan


def percentile(values: Sequence[float]) -> int:
    return round(statistics.quantiles(values, n=20)[-1])


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--kills", type=int, default=0)
    given = arguments.parse_args()
    main(given.data, given.kills)
