"""Watches over the processes that a worker forks: one that hangs, and so does not die, is killed and replaced.

A thread of each child counts up in memory that it shares with its parent, whatever its tasks do, so that a step that
takes long is no silence. What follows is what follows a child's death by itself: its message comes again, and the
sweeper returns its row.
"""

import logging
import mmap
import os
import signal
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
LOOK_SECONDS = 5.0
LOOKS_OF_PATIENCE = 12
"""So many looks, not seconds: if the whole worker was halted, its children are not blamed for it. A minute, longer than
the sweeper waits for a row's sign of life: what comes back until then costs nothing more than that."""

_COUNT = struct.Struct("=Q")
_counts = mmap.mmap(-1, mmap.PAGESIZE)  # made before any fork, and so seen by all; room for more children than may be


def begin_beating(index: int) -> None:
    """In a child, the ``index``-th of its worker, after the fork."""

    def beat() -> None:
        count = 0
        while True:
            count += 1
            _COUNT.pack_into(_counts, index * _COUNT.size, count)
            time.sleep(BEAT_SECONDS)

    threading.Thread(target=beat, daemon=True, name="beating").start()


class Watch:
    """Of one worker over its children: billiard's processes, known by ``index`` and ``pid``."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, int]] = {}
        """For each pid: its last count, and for how many looks that has not changed."""

    def look(self, children: Iterable[Any]) -> None:
        """Kill those that have been silent for too long."""
        seen = {}
        for child in children:
            if child.pid is None:  # it is just being forked
                continue
            (count,) = _COUNT.unpack_from(_counts, child.index * _COUNT.size)
            before, looks = self._seen.get(child.pid, (count, -1))
            looks = looks + 1 if count == before else 0
            seen[child.pid] = (count, looks)
            if looks >= LOOKS_OF_PATIENCE:
                logger.error("Process %d gives no sign of life: it is killed, and another takes its place", child.pid)
                with suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)  # a halted one hears nothing else
        self._seen = seen


def watch_over(children: Callable[[], Iterable[Any]]) -> None:
    """In a worker, before it forks: look from a thread, until it ends, at those whom ``children`` finds."""

    def keep_looking() -> None:
        watch = Watch()
        while True:
            time.sleep(LOOK_SECONDS)
            watch.look(children())

    threading.Thread(target=keep_looking, daemon=True, name="watching").start()
