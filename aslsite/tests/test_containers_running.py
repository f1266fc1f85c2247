"""The services of docker/compose.yaml run here as they would in containers: their commands, environment and probes.

Only the addresses differ: PostgreSQL and Redis are those of this machine. Skipped where there are none.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest
import redis
from psycopg import sql

from aslsite.tests.containers import ROOT, command_of, compose, stages
from aslsite.tests.running import free_port, wait_until
from recognition.tests.conftest import encoded

POSTGRES, DATABASE = "postgres://root@127.0.0.1:5432", f"asl_containers_{os.getpid()}"
REDIS = "redis://127.0.0.1:6379/14"
SECONDS_TO_START = 60
TOKEN = (
    "import django; django.setup(); from accounts.models import ApiToken, User;"
    "print(ApiToken.issue(owner=User.objects.get(username='admin'), name='test')[1])"
)


class Services:
    """The compose file's services as processes of ours."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.port = free_port()
        self.content = compose(SECRET_KEY="k" * 50, POSTGRES_PASSWORD="p")["services"]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, name: str) -> dict[str, str]:
        service = self.content[name]
        stage = stages()[service["build"]["target"]]
        image = dict(
            word.split("=", 1)
            for one in (stages()["base"], stage)
            for line in one.values("ENV")
            for word in line.split()
        )
        own = {key: str(value) for key, value in service["environment"].items()}
        here = {
            "DATABASE_URL": f"{POSTGRES}/{DATABASE}",
            "REDIS_URL": REDIS,
            "LOCAL_DIR": str(self.place / "local"),
            "MEDIA_ROOT": str(self.place / "media"),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "PATH": os.environ["PATH"],
            "HOME": str(self.place),
        }
        return image | own | here

    def run(self, name: str, command: list[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._here(command), cwd=ROOT, env=self.environment(name), capture_output=True, text=True, timeout=120
        )

    def start(self, name: str) -> None:
        service = self.content[name]
        command = service.get("command") or command_of(stages()[service["build"]["target"]])
        with (self.place / name).open("wb") as output:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "aslsite.leash", *self._here(command)],
                cwd=ROOT, env=self.environment(name), stdout=output, stderr=output,
            )  # fmt: skip

    def is_healthy(self, name: str) -> bool:
        service = self.content[name]
        if "healthcheck" in service:
            probe = service["healthcheck"]["test"][1:]
        else:
            (value,) = stages()[service["build"]["target"]].values("HEALTHCHECK")
            probe = json.loads(value.partition("CMD ")[2])
        assert self.processes[name].poll() is None, self.said(name)
        return self.run(name, probe).returncode == 0

    def said(self, name: str) -> str:
        return (self.place / name).read_text()

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @staticmethod
    def _here(command: list[str]) -> list[str]:
        assert command[0] == "python"
        return [sys.executable, *map(str, command[1:])]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    try:
        server = psycopg.connect(f"{POSTGRES}/test", autocommit=True, connect_timeout=2)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL at 127.0.0.1:5432 for root: {str(error).splitlines()[0]}")
    queue = redis.Redis.from_url(REDIS, socket_connect_timeout=2)
    try:
        taken = queue.dbsize()
    except redis.RedisError as error:
        pytest.skip(f"no Redis at 127.0.0.1:6379: {error}")
    if taken:
        pytest.skip("the Redis database 14 is in use")
    services = Services(tmp_path)
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        try:
            yield services
        finally:
            services.stop()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
            queue.flushdb()


def send_picture(services: Services, token: str) -> tuple[int, dict[str, Any]]:
    """Through a proxy that speaks HTTPS, as Caddy does."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n' + encoded() + b"\r\n--b--\r\n"
    )
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "multipart/form-data; boundary=b",
        "Prefer": "wait=15",
        "Host": "localhost",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "203.0.113.7",
    }
    with urlopen(Request(f"http://127.0.0.1:{services.port}/api/v1/predictions/", body, headers), timeout=30) as answer:
        return answer.status, json.load(answer)


def test_services_start_answer_their_probes_and_read_a_picture(services: Services) -> None:
    prepared = services.run("prepare", services.content["prepare"]["command"])
    assert prepared.returncode == 0, prepared.stderr
    assert "sign in as  admin" in prepared.stdout
    collected = services.run("web", ["python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0"])
    assert collected.returncode == 0, collected.stderr
    for name in ("web", "predictions", "training", "sweeper"):
        services.start(name)
    for name in ("web", "predictions", "training"):
        wait_until(partial(services.is_healthy, name), SECONDS_TO_START, partial(services.said, name))
    token = services.run("web", ["python", "-c", TOKEN]).stdout.strip()
    status, prediction = send_picture(services, token)
    assert (status, prediction["state"] in ("succeeded", "failed")) == (201, True)  # it fails where no model is shipped
    assert prediction["url"].startswith("https://localhost/")
    begun = time.monotonic()
    services.stop()
    assert time.monotonic() - begun < 10
    assert services.run("web", ["python", "docker/probe.py", "web"]).returncode == 1
    assert "Traceback" not in "".join(services.said(name) for name in services.processes)
