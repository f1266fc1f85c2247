"""Whom a worker takes for hanging. That such a one is replaced is shown with real processes in ``test_queue``."""

import os
import signal
from types import SimpleNamespace

import pytest

from worker import children

PID = 4_000_001  # nobody's: it is only asked for


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    pids: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, signum: pids.append(pid if signum == signal.SIGKILL else 0))
    monkeypatch.setattr(children, "_counts", bytearray(64))
    return pids


def beat(index: int) -> None:
    children._counts[index * children._COUNT.size] += 1


def test_a_silent_child_is_killed_and_one_that_beats_is_not(killed: list[int]) -> None:
    silent, living = SimpleNamespace(pid=PID, index=0), SimpleNamespace(pid=PID + 1, index=1)
    watch = children.Watch()
    for _ in range(children.LOOKS_OF_PATIENCE):
        watch.look([silent, living])
        beat(1)
    assert killed == []
    watch.look([silent, living])
    assert killed == [PID]


def test_whoever_takes_the_place_of_another_begins_anew(killed: list[int]) -> None:
    watch = children.Watch()
    for pid in (PID, PID + 1):
        for _ in range(children.LOOKS_OF_PATIENCE):
            watch.look([SimpleNamespace(pid=pid, index=0)])
    watch.look([SimpleNamespace(pid=None, index=0)])
    assert killed == []
