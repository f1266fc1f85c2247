"""`manage.py train`: a training run from a shell, by the same queue as the page's."""

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from recognition.models import Dataset, TrainingRun
from recognition.retraining import Refused, freeze_dataset, request_training
from worker.ml.recipes import FAMILIES, LANDMARKS, recipe_of

_POLL_SECONDS = 1.0


class Command(BaseCommand):
    help = "Freezes a version of a data set, queues a training on it and follows that. Exit code 1 if it fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", help="the data set's name")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who asks for it")
        parser.add_argument("--preset", choices=FAMILIES, default=LANDMARKS, help="what learns")
        parser.add_argument("--epochs", type=int, help="the preset's own number unless given")
        parser.add_argument("--no-wait", action="store_true", help="say its number and end")

    def handle(self, *, dataset: str, by: str, preset: str, epochs: int | None, no_wait: bool, **options: Any) -> None:
        found, person = Dataset.objects.filter(name=dataset).first(), User.objects.filter(username=by).first()
        if found is None or person is None:
            raise CommandError(f"There is no {'user ' + by if found else 'data set ' + dataset}.")
        if epochs is not None and not 1 <= epochs <= 100:
            raise CommandError("--epochs is from 1 to 100.")
        try:
            version = freeze_dataset(dataset=found, by=person)
            run = request_training(data=version, by=person, config=recipe_of(preset, epochs=epochs))
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Training {run.pk} on {version}: {run.get_state_display()}. {run.note}")
        if not no_wait:
            self._follow(run)

    def _follow(self, run: TrainingRun) -> None:
        told = 0
        while True:
            run.refresh_from_db()
            lines = run.log.splitlines()
            for line in lines[told:]:
                self.stdout.write(line)
            told = max(told, len(lines))
            if run.is_finished:
                break
            time.sleep(_POLL_SECONDS)
        self.stdout.write(f"{run.get_state_display()}. {run.error or run.model_version or ''}")
        if run.state != TrainingRun.State.SUCCEEDED:
            sys.exit(1)
