"""`manage.py explore DATASET`: what a set of pictures is like, as an HTML report. Needs no web or queue."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from worker.ml.exploration_page import write_exploration
from worker.ml.exploring import explore
from worker.ml.importing import scan_folder
from worker.ml.manifest import MANIFEST_NAME, Manifest, ManifestError
from worker.ml.refusal import Refusal


class Command(BaseCommand):
    help = "Writes a report on a set of pictures: balance, sizes, light, duplicates, suspicious labels."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", metavar="DATASET", help="the name of an imported set, or a folder of pictures")
        parser.add_argument("--report", type=Path, help="folder for the report; .local/explore/<name> unless given")

    def handle(self, *, dataset: str, report: Path | None, **options: Any) -> None:
        name = Path(dataset).resolve().name
        try:
            explored = explore(_manifest(dataset), sys.stderr)
            place = write_exploration(explored, name, report or settings.LOCAL_DIR / "explore" / name)
        except (ManifestError, Refusal) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The report cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Wrote {place}")


def _manifest(dataset: str) -> Manifest:
    """That of an imported set by its name, of a set's folder, or of a folder of pictures, which is read for it."""
    imported = Path(settings.MEDIA_ROOT) / "datasets" / dataset
    for folder in (imported, Path(dataset)):
        if (folder / MANIFEST_NAME).is_file():
            return Manifest.load(folder)
    return scan_folder(Path(dataset), sys.stderr)
