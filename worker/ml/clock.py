"""Wall-clock time by stage."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


class Clock:
    """Wall-clock milliseconds by stage; a stage that is entered again goes on."""

    def __init__(self) -> None:
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._stages[name] = self._stages.get(name, 0.0) + (time.perf_counter() - start) * 1000

    def each(self, name: str, items: Iterator[Item]) -> Iterator[Item]:
        """The items, of which each takes its time to come."""
        while True:
            with self.stage(name):
                item = next(items, None)
            if item is None:
                return
            yield item

    def milliseconds(self) -> dict[str, float]:
        rounded = {name: round(value, 2) for name, value in self._stages.items()}
        return {**rounded, "total": round(sum(self._stages.values()), 2)}
