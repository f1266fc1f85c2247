"""`manage.py register_model DIRECTORY`: a trained artefact becomes a candidate, which is not served until promoted."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from worker import registry
from worker.ml.artifact import ArtifactError


class Command(BaseCommand):
    help = "Makes a trained artefact one of the site's model versions, as a candidate. It is verified and copied."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIRECTORY", help="folder of the artefact")

    def handle(self, *, directory: Path, **options: Any) -> None:
        try:
            version = registry.register(directory)
        except ArtifactError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The artefact cannot be kept: {error.strerror}. Nothing was registered.") from error
        self.stdout.write(f"{version.name}: {version.get_state_display().lower()}")
