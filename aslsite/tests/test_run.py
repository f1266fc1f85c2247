"""`make run` for real: it starts, restarts what dies, says what is in its way, and leaves no process behind."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from pytest_django.fixtures import Settings

from aslsite import launch
from aslsite.tests.running import COMMAND, ROOT, SECONDS_TO_START, Run, free_port, is_alive, wait_until

SECONDS_TO_STOP = 15  # it takes seven at most by supervisord.conf; a busy machine is no hang


PREPARE = (
    "import os; os.umask(0o077); from aslsite import launch;"
    "launch.read_settings(); launch.make_folders(); launch.prepare_database(); launch.prepare_static_files()"
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LOCAL_DIR as the first start leaves it: half of a start's time, which the others need not take."""
    place = tmp_path_factory.mktemp("prepared")
    local = {"LOCAL_DIR": str(place / "local"), "MEDIA_ROOT": str(place / "media")}
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "aslsite.settings"} | local
    subprocess.run([sys.executable, "-c", PREPARE], cwd=ROOT, env=environment, check=True, capture_output=True)
    return place / "local"


@pytest.fixture
def start(tmp_path: Path, prepared: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(place: str = "a place with spaces", *, is_first: bool = False, **extra: str) -> Run:
        folder = tmp_path / place
        folder.mkdir(exist_ok=True)
        if not is_first and not (folder / "local").exists():
            shutil.copytree(prepared, folder / "local")
        runs.append(Run(folder, **extra))
        return runs[-1]

    yield start
    for run in runs:
        run.kill()


def test_ctrl_c_stops_all_of_it(start: Callable[..., Run]) -> None:
    run = start()
    run.wait_until_ready()
    processes = run.processes()
    assert len(processes) == 9  # manager, Redis, two workers with a child each, sweeper, gunicorn with a child
    os.killpg(run.manager.pid, signal.SIGINT)  # what a terminal does
    assert run.end(processes) < SECONDS_TO_STOP
    assert "Traceback" not in run.text()
    assert "SIGKILL" not in run.text()  # nobody was busy, so each had the time to say goodbye


def test_a_closed_terminal_stops_all_of_it(start: Callable[..., Run]) -> None:
    run = start()
    run.wait_until_ready()
    processes = run.processes()
    run.manager.send_signal(signal.SIGHUP)
    assert run.end(processes) < SECONDS_TO_STOP


def test_a_killed_manager_takes_everything_with_it(start: Callable[..., Run]) -> None:
    run = start()
    run.wait_until_ready()
    processes = run.processes()
    run.manager.kill()
    run.manager.wait()
    assert run.end(processes) < SECONDS_TO_STOP


def test_a_killed_make_takes_everything_with_it(tmp_path: Path, prepared: Path) -> None:
    """What stands between a person and the manager may be killed too."""
    shutil.copytree(prepared, tmp_path / "local")
    program = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); input()"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "aslsite.settings",
        "LOCAL_DIR": str(tmp_path / "local"),
        "MEDIA_ROOT": str(tmp_path / "media"),
        "PORT": str(free_port()),
    }
    make = subprocess.Popen(
        [sys.executable, "-c", program, *COMMAND],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert make.stdout is not None
    manager = psutil.Process(int(make.stdout.readline()))
    wait_until(lambda: len(manager.children(recursive=True)) == 8, SECONDS_TO_START, lambda: "not started")
    processes = [manager, *manager.children(recursive=True)]
    make.kill()
    make.communicate()
    wait_until(lambda: not any(is_alive(p) for p in processes), SECONDS_TO_STOP, lambda: str(processes))


def test_whatever_dies_is_started_again(start: Callable[..., Run]) -> None:
    run = start()
    run.wait_until_ready()
    for words in ("redis-server", "worker predictions", "worker training", "sweep", "gunicorn"):
        victim = run.child(words)
        assert victim is not None, words
        victim.kill()
        wait_until(partial(run.has_another, words, victim), 20, run.text)
    run.wait_until_ready()
    run.manager.send_signal(signal.SIGTERM)
    assert run.end(run.processes()) < SECONDS_TO_STOP


def test_the_password_is_shown_on_the_first_start_only_and_works(start: Callable[..., Run]) -> None:
    run = start(is_first=True)
    run.wait_until_ready()
    shown = re.search(r"with the password\s+(\S+)", run.text())
    assert shown is not None
    check = (
        "import django; django.setup(); from django.contrib.auth import authenticate as a;"
        f"u = a(username='admin', password={shown[1]!r}); print(u.is_superuser)"
    )
    said = subprocess.run([sys.executable, "-c", check], cwd=ROOT, env=run.environment, capture_output=True, text=True)
    assert said.stdout.strip() == "True", said.stderr
    run.manager.send_signal(signal.SIGTERM)
    run.end(run.processes())
    run.output.unlink()
    again = start()
    again.wait_until_ready()
    assert "password" not in again.text()
    assert f"http://127.0.0.1:{again.port}/" in again.text()


def test_a_second_run_says_what_is_in_its_way_and_disturbs_nothing(start: Callable[..., Run]) -> None:
    first = start("first")
    first.wait_until_ready()
    same_port = start("second", PORT=str(first.port))
    assert same_port.manager.wait(60) == 1
    assert same_port.text().startswith(f"Port {first.port} is already taken on 127.0.0.1: set PORT")
    same_folder = start("first")
    assert same_folder.manager.wait(60) == 1
    assert "Another run uses" in same_folder.text()
    other = start("third")
    other.wait_until_ready()
    os.killpg(other.manager.pid, signal.SIGINT)
    other.end(other.processes())
    assert first.is_ready()
    assert len(first.processes()) == 9


def test_while_an_outside_queue_is_away_the_site_is_up_says_so_and_still_stops(start: Callable[..., Run]) -> None:
    run = start(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    wait_until(partial(run.answers, "healthz"), SECONDS_TO_START, run.text)
    assert not run.is_ready()
    wait_until(lambda: run.text().count("The queue cannot be reached") == 2, 20, run.text)  # by each of both workers
    processes = run.processes()
    assert run.child("redis-server") is None
    os.killpg(run.manager.pid, signal.SIGINT)
    assert run.end(processes) < SECONDS_TO_STOP


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://nobody@127.0.0.1:1/none", "The database of DATABASE_URL cannot be used:"),
        ("sqlite:////proc/none.sqlite3", "The database of DATABASE_URL cannot be used: unable to open database file."),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_a_sentence(start: Callable[..., Run], url: str, words: str) -> None:
    run = start(DATABASE_URL=url)
    assert run.manager.wait(60) == 1
    assert run.text().startswith(words)
    assert len(run.text().splitlines()) == 1


def test_a_disk_without_room_for_the_static_files_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    def full(*_arguments: Any, **_options: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    settings.LOCAL_DIR = tmp_path
    monkeypatch.setattr("django.core.management.call_command", full)
    with pytest.raises(launch.CannotStart, match=r"The disk of .* is full: make room, then start again") as told:
        launch.prepare_static_files()
    assert told.value.code == 1


def test_what_it_writes_is_for_its_owner_only_and_what_passes_the_queue_is_not_written(
    start: Callable[..., Run], tmp_path: Path
) -> None:
    local = tmp_path / "p" / "local"  # a longer path would put the socket elsewhere
    (local / "redis").mkdir(mode=0o700, parents=True)
    (local / "redis" / "appendonly.aof").write_text("of the time when Redis wrote to disk")
    run = start("p", is_first=True)
    run.wait_until_ready()
    with redis.Redis(unix_socket_path=str(local / "redis.sock")) as queue:
        queue.set("a frame", "somebody's picture")
    written = [path for path in local.iterdir() if path.name != "static"]
    assert {"db.sqlite3", "secret_key", "redis.sock", "redis"} <= {path.name for path in written}
    assert [path for path in written if path.stat().st_mode & 0o077] == []
    run.manager.send_signal(signal.SIGTERM)
    assert run.end(run.processes()) < SECONDS_TO_STOP
    assert list((local / "redis").iterdir()) == []
