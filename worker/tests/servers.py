"""A Redis and workers of our own, started for tests and killed in all the ways in which they die outside."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from aslsite import broker

ROOT = Path(__file__).resolve().parents[2]


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Ask until ``condition`` is true; fail the test after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so after {seconds:g} s"
        time.sleep(0.02)


class RedisServer:
    """The embedded redis-server, but writing what it holds to disk, as an operator's own may."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "r.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = "--port 0 --unixsocketperm 700 --appendonly yes --appendfsync always --loglevel warning"
        places = ["--dir", str(self.folder), "--unixsocket", str(self.socket)]
        command = [str(broker.embedded_server()), *options.split(), *places]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "aslsite.leash", *command], cwd=ROOT, stdout=subprocess.DEVNULL
        )
        wait_until(broker.is_reachable)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Meanwhile its connections stay open and nobody is answered, as on a machine that swaps."""
        assert self._process is not None
        server = psutil.Process(self._process.pid)
        processes = [server, *server.children(recursive=True)]
        for process in processes:
            process.suspend()
        yield
        for process in processes:
            process.resume()

    def forget(self) -> None:
        """Lose what was on disk, as a Redis without persistence does."""
        for file in self.folder.glob("*.aof"):
            file.unlink()


class Worker:
    """`python -m worker QUEUE` with the stub in the recogniser's place."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._process: psutil.Popen | None = None

    def start(self) -> None:
        self._process = psutil.Popen(
            [sys.executable, "-m", "aslsite.leash", sys.executable, "-m", "worker.tests.stub_worker", "predictions"],
            cwd=ROOT,
            env=os.environ | self._environment,
        )

    def children(self) -> list[psutil.Process]:
        return self._process.children() if self._process else []

    def kill(self) -> None:
        """The whole worker, without a word."""
        if self._process and self._process.is_running():
            self._process.kill()
            self._process.wait()
