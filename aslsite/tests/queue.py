"""Points Celery's publishers of this process at another broker, as tests need it."""

from typing import Any

from kombu import pools

from aslsite.celery import app


def send_to(url: str) -> None:
    celery: Any = app  # it keeps no public way to forget its connections
    celery.conf.broker_url = celery.conf.broker_write_url = celery.conf.broker_read_url = url
    pools.reset()
    celery._pool = None
    celery.amqp._producer_pool = None
