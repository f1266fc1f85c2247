"""`manage.py sweep`: rows whose worker or message was lost go on. `make run` keeps one running with `--every 5`."""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from worker.ml.full_disk import is_full
from worker.sweeper import sweep

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Queues predictions again whose worker or message was lost; gives up on those that were lost too often."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, metavar="SECONDS", help="Go on for ever, with this pause.")

    def handle(self, *, every: float | None, **options: Any) -> None:
        if every is None:
            sweep()
            return
        while True:
            try:
                sweep()
            except Error as error:
                if is_full(error):  # which lasts, and whose traceback would help nobody
                    logger.error("The disk of the database is full; the next round is in %g s", every)
                else:
                    logger.exception("The database did not answer; the next round is in %g s", every)
            time.sleep(every)
            close_old_connections()
