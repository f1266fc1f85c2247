"""PostgreSQL and a Redis of one's own, by DATABASE_URL and REDIS_URL alone. Skipped where no such server answers."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from worker.tests.servers import ROOT, RedisServer, Worker

POSTGRES = "postgres://root@127.0.0.1:5432"
REDIS = "redis://127.0.0.1:6379/13"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A new database on the server at the usual port."""
    name = f"asl_test_{os.getpid()}"
    try:
        server = psycopg.connect(f"{POSTGRES}/test", autocommit=True, connect_timeout=2)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL at 127.0.0.1:5432 for root: {str(error).splitlines()[0]}")
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{POSTGRES}/{name}"
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A numbered database of the server at the usual port, if it is empty; it is left so."""
    client = redis.Redis.from_url(REDIS, socket_connect_timeout=2)
    try:
        taken = client.dbsize()
    except redis.RedisError as error:
        pytest.skip(f"no Redis at 127.0.0.1:6379: {error}")
    if taken:
        pytest.skip("the Redis database 13 is in use")
    yield REDIS
    client.delete(*client.scan_iter())


def round_trip(place: Path, **environment: str) -> dict[str, object]:
    """Start a worker, send pictures through it, and return what became of them."""
    whole = os.environ | {
        "DJANGO_SETTINGS_MODULE": "aslsite.settings",
        "LOCAL_DIR": str(place / "local"),
        "MEDIA_ROOT": str(place / "media"),
        **environment,
    }
    worker = Worker(whole)
    worker.start()
    try:
        said = subprocess.run(
            [sys.executable, "-m", "worker.tests.roundtrip"],
            cwd=ROOT, env=whole, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    finally:
        worker.kill()
    assert said.returncode == 0, said.stderr
    return dict(json.loads(said.stdout))


def expected(database: str) -> dict[str, object]:
    return {
        "database": database,
        "states": ["succeeded"] * 5,
        "labels": ["B"] * 5,
        "attempts": [1] * 5,
        "name": "手.jpg",
    }


def test_postgresql(postgres_url: str, redis_server: RedisServer, tmp_path: Path) -> None:
    said = round_trip(tmp_path, DATABASE_URL=postgres_url, REDIS_URL=redis_server.url)
    assert said == expected("postgresql")


def test_an_outside_redis(redis_url: str, tmp_path: Path) -> None:
    assert round_trip(tmp_path, REDIS_URL=redis_url) == expected("sqlite")


def test_both(postgres_url: str, redis_url: str, tmp_path: Path) -> None:
    assert round_trip(tmp_path, DATABASE_URL=postgres_url, REDIS_URL=redis_url) == expected("postgresql")
