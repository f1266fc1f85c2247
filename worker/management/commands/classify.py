"""`manage.py classify PATH...`: what pictures show, by the shipped model. Needs no web, broker or database."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from worker.ml.artifact import ArtifactError
from worker.ml.classify import Format, classify_paths


class Command(BaseCommand):
    help = "Says which letter each picture shows. Exit code 1 if any file could not be read, 2 for a wrong call."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="pictures, or folders of them")
        parser.add_argument(
            "--format", choices=["text", "jsonl"], default="text", help="for people, or one JSON a line"
        )

    def handle(self, *, paths: list[Path], format: Format, **options: Any) -> None:
        try:
            code = classify_paths(paths, format=format, threads=settings.PREDICTION_THREADS)
        except ArtifactError as error:
            raise CommandError(str(error), returncode=2) from error
        sys.exit(code)
