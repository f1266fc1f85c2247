"""Wall-clock time by stage."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Wall-clock milliseconds by stage."""

    def __init__(self) -> None:
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._stages[name] = (time.perf_counter() - start) * 1000

    def milliseconds(self) -> dict[str, float]:
        rounded = {name: round(value, 2) for name, value in self._stages.items()}
        return {**rounded, "total": round(sum(self._stages.values()), 2)}
