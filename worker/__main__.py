"""``python -m worker predictions`` or ``training``: the Celery worker of that queue.

Celery's own command line would do the same, but costs every worker 15 MB and a moment for a prompt it never shows.
"""

import os
import socket
import sys
from typing import Any

from django.conf import settings

from aslsite.celery import app
from worker import children


def main(queue: str) -> int:
    """Work until told to stop; returns the exit code."""
    os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # they load every URL; the site's start has run them
    worker = app.Worker(
        hostname=f"{queue}@{socket.gethostname()}",
        queues=[queue],
        # A training's process ends with it and gives its memory back: TensorFlow keeps half a gigabyte.
        max_tasks_per_child=1 if queue == settings.TRAINING_QUEUE else None,
        concurrency=settings.PREDICTION_PROCESSES if queue == settings.PREDICTION_QUEUE else 1,
        pool="prefork",
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    children.watch_over(lambda: _children_of(worker))
    worker.start()
    return int(worker.exitcode or 0)


def _children_of(worker: Any) -> list[Any]:
    pool = getattr(getattr(worker, "pool", None), "_pool", None)  # billiard's in Celery's; none before and after
    return list(pool._pool) if pool else []


if __name__ == "__main__":
    known = (settings.PREDICTION_QUEUE, settings.TRAINING_QUEUE)
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        sys.exit(f"Say which queue to work on: python -m worker {' | '.join(known)}")
    sys.exit(main(sys.argv[1]))
