"""The Celery application. Tasks are found in ``worker.tasks``; JSON only, primary keys only."""

import os
import warnings
from typing import Any

from billiard.process import current_process
from celery import Celery, Task
from celery.signals import worker_process_init

from aslsite import leash

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aslsite.settings")

# In a container root is the rule; and messages here are JSON, which is what the warning is about.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")


class _Task(Task):  # type: ignore[type-arg]
    Request = "worker.consumer:ReconnectingRequest"


app = Celery("aslsite", task_cls=_Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["worker"])

_main_pid = os.getpid()  # of the worker: what it forks inherits the figure


@worker_process_init.connect
def begin_process(**signal: Any) -> None:
    """In each process that a worker forks: die with the worker; show it that one lives; load the model before the
    first picture comes."""
    leash.tie(_main_pid)
    from django.conf import settings
    from django.db import connections

    from worker import children, registry

    children.begin_beating(current_process().index)  # type: ignore[attr-defined]  # billiard's has one in its pool
    if settings.PREDICTION_QUEUE in app.amqp.queues.consume_from:
        registry.warm_up()
        connections.close_all()  # Celery's own handler comes next, and would close the socket under our feet


__all__ = ["app"]
