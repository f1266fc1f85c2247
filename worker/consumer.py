"""Celery's consumer, which comes back within two seconds when the broker does.

Its own one waits longer after every vain attempt, half a minute in the end, and gives up after a hundred. And its
requests only log that a message could not be acknowledged: with one message at a time, the worker then waits for that
one for ever, where the connection from which it takes the next ones outlived the broker's stall.
"""

import logging
from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer
from celery.worker.request import Request
from celery.worker.state import maybe_shutdown
from kombu import Connection
from kombu.asynchronous import get_event_loop

logger = logging.getLogger(__name__)


class PersistentConsumer(Consumer):
    def ensure_connected(self, conn: Connection) -> Connection:
        told = False

        def tell(error: Exception, interval: float) -> None:
            nonlocal told
            if not told:
                logger.error("The queue cannot be reached (%s); trying until it can", error)
                told = True

        patience: dict[str, Any] = {"max_retries": None, "interval_start": 0.2, "interval_step": 0.3, "interval_max": 2}
        connection = conn.ensure_connection(tell, callback=maybe_shutdown, **patience)
        if told:
            logger.warning("The queue is back")
        self.first_connection_attempt = False
        return connection


class ReconnectingRequest(Request):
    """Has the consumer connect anew if its message can be neither acknowledged nor rejected: the queue has it again
    then, and whoever gets it finds its row claimed."""

    def acknowledge(self) -> None:
        self._settle(lambda: self._on_ack(logger, ()))  # type: ignore[attr-defined]

    def reject(self, requeue: bool = False) -> None:
        self._settle(lambda: self._on_reject(logger, (), requeue))  # type: ignore[attr-defined]

    def _settle(self, settle: Callable[[], None]) -> None:
        if self.acknowledged:
            return
        self.acknowledged = True
        try:
            settle()
        except tuple(self.connection_errors) as error:
            loop = get_event_loop()
            if loop is None:
                raise
            loop.call_soon(_raise, error)  # raised here, the pool would log it, and that would be all


def _raise(error: Exception) -> None:
    raise error
