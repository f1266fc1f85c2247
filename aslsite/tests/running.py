"""The site as `make run` starts it, for tests that need the real thing."""

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import psutil

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "aslsite.leash", "--signal", "TERM", sys.executable, "-m", "aslsite.launch"]
SECONDS_TO_START = 120


class Run:
    """One run of the site on a free port, with its own folders."""

    def __init__(self, place: Path, **extra: str) -> None:
        self.port = free_port()
        self.place = place
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "aslsite.settings",
            "LOCAL_DIR": str(place / "local"),
            "MEDIA_ROOT": str(place / "media"),
            "PORT": str(self.port),
            **extra,
        }
        self.output = place / "output"
        with self.output.open("ab") as output:
            self.manager = psutil.Popen(
                COMMAND, cwd=ROOT, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )

    def text(self) -> str:
        return self.output.read_text()

    def is_ready(self) -> bool:
        return self.answers("readyz")

    def answers(self, path: str) -> bool:
        assert self.manager.poll() is None, self.text()
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def wait_until_ready(self) -> None:
        wait_until(self.is_ready, SECONDS_TO_START, self.text)

    def processes(self) -> list[psutil.Process]:
        return [self.manager, *self.manager.children(recursive=True)]

    def child(self, words: str) -> psutil.Process | None:
        found = [p for p in self.manager.children() if is_alive(p) and words in " ".join(p.cmdline())]
        return found[0] if found else None

    def has_another(self, words: str, earlier: psutil.Process) -> bool:
        now = self.child(words)
        return now is not None and now.pid != earlier.pid

    def kill(self) -> None:
        """Whatever is left of it, at once."""
        for process in self.processes() if is_alive(self.manager) else []:
            process.kill()
        self.manager.wait()

    def end(self, processes: list[psutil.Process]) -> float:
        """Wait until all are gone; returns how long it took."""
        start = time.monotonic()
        wait_until(lambda: not any(is_alive(p) for p in processes), 20, lambda: f"{self.text()}\n{processes}")
        return time.monotonic() - start


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], object], seconds: float, explain: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
