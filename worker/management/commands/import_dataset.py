"""`manage.py import_dataset PATH`: pictures from a folder or a zip file as a set of the site. Needs no web or queue."""

import re
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from worker.ml.config import OWN_PICTURES
from worker.ml.import_summary import summary
from worker.ml.importing import import_pictures
from worker.ml.manifest import ManifestError
from worker.ml.refusal import Refusal


class Command(BaseCommand):
    help = "Imports pictures: <CLASS>/* or <signer>/<CLASS>/*. Stopped, the same command goes on where it was."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="a folder, or a zip file of one")
        parser.add_argument("--name", help="of the set; that of the folder or file unless given")
        parser.add_argument("--signer", help="who signs where no folder says so")

    def handle(self, *, path: Path, name: str | None, signer: str | None, **options: Any) -> None:
        name = name or re.sub(r"[^a-z0-9_-]+", "-", path.resolve().stem.casefold()).strip("-")
        try:
            datasets = Path(settings.MEDIA_ROOT) / "datasets"
            imported = import_pictures(path, datasets, name, sys.stderr, signer=signer, limits=OWN_PICTURES)
        except (ManifestError, Refusal) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. The same command goes on where it was.", returncode=130) from error
        self.stdout.write(summary(name, imported))
