"""The queue and its workers, for staff: how much waits, for how long, and who works on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from kombu.exceptions import OperationalError

from aslsite import broker
from aslsite.celery import app
from recognition.models import Prediction

if TYPE_CHECKING:
    from recognition.admin.prediction import PredictionAdmin

SECONDS_FOR_WORKERS = 1.0


@dataclass(frozen=True)
class Worker:
    """One Celery worker that answered, with what it works on."""

    name: str
    queues: list[str]
    processes: int
    busy: int
    done: int


@dataclass(frozen=True)
class Unfinished:
    """Rows of one state that are on their way."""

    state: str
    count: int
    oldest: datetime | None

    @property
    def waiting_seconds(self) -> int:
        return int((timezone.now() - self.oldest).total_seconds()) if self.oldest else 0


def queue_page(request: HttpRequest, model_admin: "PredictionAdmin") -> HttpResponse:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    lengths = _queue_lengths()
    context = {
        **admin.site.each_context(request),
        "title": "Queue and workers",
        "opts": Prediction._meta,
        "queues": lengths,
        "workers": _workers() if lengths else [],
        "unfinished": _unfinished(),
        "patience_seconds": SECONDS_FOR_WORKERS,
    }
    return render(request, "admin/recognition/queue.html", context)


def _queue_lengths() -> dict[str, int] | None:
    """Messages that no worker has taken yet; None while the broker is away."""
    try:
        return {name: broker.waiting_messages(name) for name in (settings.PREDICTION_QUEUE, settings.TRAINING_QUEUE)}
    except broker.Unreachable:
        return None


def _workers() -> list[Worker]:
    """Who answers within a second. A worker that is starting, or stuck, does not."""
    everybody = app.control.inspect(timeout=SECONDS_FOR_WORKERS)
    try:
        statistics: dict[str, Any] = everybody.stats() or {}
        if not statistics:
            return []
        named = app.control.inspect(destination=list(statistics), timeout=SECONDS_FOR_WORKERS)  # waits for these only
        queues: dict[str, Any] = named.active_queues() or {}
        active: dict[str, Any] = named.active() or {}
    except (OperationalError, OSError, broker.Unreachable):
        return []
    return [
        Worker(
            name=name,
            queues=[queue["name"] for queue in queues.get(name, [])],
            processes=len(said.get("pool", {}).get("processes", [])),
            busy=len(active.get(name, [])),
            done=sum(said.get("total", {}).values()),
        )
        for name, said in sorted(statistics.items())
    ]


def _unfinished() -> list[Unfinished]:
    rows = (
        Prediction.objects.present()
        .filter(state__in=[Prediction.State.QUEUED, Prediction.State.RUNNING])
        .order_by()
        .values_list("state")
        .annotate(Count("pk"), Min("enqueued_at"), Min("claimed_at"))
    )
    found = {state: (count, sent, claimed) for state, count, sent, claimed in rows}
    queued, queued_since, _ = found.get(Prediction.State.QUEUED, (0, None, None))
    running, _, running_since = found.get(Prediction.State.RUNNING, (0, None, None))
    return [
        Unfinished(Prediction.State.QUEUED.label, queued, queued_since),
        Unfinished(Prediction.State.RUNNING.label, running, running_since),
    ]
