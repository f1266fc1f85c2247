"""The cache that web processes share, and what becomes of it without Redis."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from aslsite.cache import SharedCache
from worker.tests.servers import ROOT, RedisServer

PROGRAM = """
import django; django.setup()
from types import SimpleNamespace
from recognition.api.throttles import ClientThrottle
request = SimpleNamespace(user=SimpleNamespace(pk=7, is_authenticated=True))
print(sum(ClientThrottle().allow_request(request, None) for _ in range(60)))
"""


@pytest.fixture
def redis_server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    settings.REDIS_URL = server.url
    server.start()
    yield server
    server.kill()


@pytest.fixture
def shared(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> SharedCache:
    monkeypatch.setattr(SharedCache, "away_until", 0.0)
    return SharedCache(redis_server.url, {})


def test_processes_that_ask_at_once_get_what_one_would(redis_server: RedisServer, tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "aslsite.settings",
        "LOCAL_DIR": str(tmp_path),
        "REDIS_URL": redis_server.url,
        "API_USER_RATE": "100/day",
    }
    processes = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    allowed = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(allowed) == 100
    assert max(allowed) <= 60


def test_values_come_back_as_they_were(shared: SharedCache) -> None:
    shared.set("times", [1.5, 2.5], timeout=60)
    assert shared.get("times") == [1.5, 2.5]
    assert shared.add("times", [], timeout=60) is False
    assert shared.add("count", 4, timeout=60) is True
    assert shared.incr("count") == 5
    assert shared.get_many(["times", "count", "none"]) == {"times": [1.5, 2.5], "count": 5}
    shared.delete("times")
    assert shared.get("times", "nothing") == "nothing"


def test_while_redis_is_away_each_process_counts_for_itself(shared: SharedCache, redis_server: RedisServer) -> None:
    shared.set("count", 1, timeout=60)
    redis_server.kill()
    begun = time.monotonic()
    assert shared.add("here", 0, timeout=60) is True
    assert [shared.incr("here") for _ in range(100)] == list(range(1, 101))
    assert shared.get("count") is None
    assert time.monotonic() - begun < 1
    redis_server.start()
    SharedCache.away_until = 0.0
    assert shared.add("here", 0, timeout=60) is True


def test_it_cannot_empty_the_queues_database(shared: SharedCache) -> None:
    with pytest.raises(NotImplementedError):
        shared.clear()
