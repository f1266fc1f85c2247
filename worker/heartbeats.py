"""Signs of life of work that takes minutes, from a thread: some steps take longer than the sweeper's patience."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, connection
from django.db.models import QuerySet
from django.utils import timezone

logger = logging.getLogger(__name__)

BEAT_SECONDS = 3.0


@contextmanager
def beating(held: "QuerySet[Any]") -> Iterator[None]:
    """While this lasts, the row that ``held`` finds is told that its worker lives; it finds none once that is dead."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_SECONDS):
            try:
                held.update(heartbeat_at=timezone.now())
            except Error:
                logger.warning("No sign of life could be given: the database cannot be reached")
        connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
