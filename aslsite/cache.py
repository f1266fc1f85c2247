"""What web processes count together: failed log-ins, requests of REST clients. Kept in the queue's Redis."""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

ASK_AGAIN_AFTER_SECONDS = 2.0


class JsonSerializer:
    """Values as JSON: what lies in a shared place is read as data, never as code. Integers stay bare for INCR."""

    def dumps(self, value: Any) -> str:
        return json.dumps(value)

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)


def _or_here(name: str) -> Callable[..., Any]:
    def method(self: "SharedCache", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= SharedCache.away_until:
            try:
                return getattr(super(SharedCache, self), name)(*args, **kwargs)
            except redis.RedisError as error:
                SharedCache.away_until = time.monotonic() + ASK_AGAIN_AFTER_SECONDS
                logger.warning("The shared cache cannot be reached (%s): each process counts for itself", error)
        return getattr(self.here, name)(*args, **kwargs)

    return method


class SharedCache(RedisCache):
    """Django's cache in Redis, which goes on in this process's memory while Redis is away.

    So nobody is locked out, and limits still hold for each process. Its keys share a database with the queue.
    """

    away_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "serializer": JsonSerializer,
            "socket_connect_timeout": 0.5,
            "socket_timeout": 0.5,
            "retry": Retry(NoBackoff(), 0),
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self.here = LocMemCache("while-redis-is-away", {**params, "OPTIONS": {}})

    add = _or_here("add")
    get = _or_here("get")
    set = _or_here("set")
    touch = _or_here("touch")
    delete = _or_here("delete")
    has_key = _or_here("has_key")
    incr = _or_here("incr")
    get_many = _or_here("get_many")
    set_many = _or_here("set_many")
    delete_many = _or_here("delete_many")

    def clear(self) -> None:
        """Refused: Django's own would empty the database, and with it the queue."""
        raise NotImplementedError("Keys of this cache expire by themselves; the queue lives beside them.")
