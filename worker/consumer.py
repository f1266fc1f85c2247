"""Celery's consumer, which comes back within two seconds when the broker does.

Its own one waits longer after every vain attempt, half a minute in the end, and gives up after a hundred.
"""

import logging
from typing import Any

from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from kombu import Connection

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
