"""How work that takes long tells of itself: a function that takes a line of text for whoever waits."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TextIO

Report = Callable[[str], None]

_CELLS: Final = 30
_BAR_EVERY_SECONDS: Final = 0.2
_LINE_EVERY_SECONDS: Final = 10.0


def to_stderr(text: str) -> None:
    """A line for who waits before a shell, whose output is the result's."""
    print(text, file=sys.stderr, flush=True)


@dataclass(slots=True)
class Progress:
    """So many of so many ``things``: a bar that is drawn over itself on a terminal, elsewhere a line now and then."""

    out: TextIO
    things: str
    total: int
    done: int = 0
    _started: float = field(default_factory=time.monotonic)
    _shown_at: float = 0.0

    def advance(self, count: int = 1) -> None:
        self.done += count
        now = time.monotonic()
        pause = _BAR_EVERY_SECONDS if self.out.isatty() else _LINE_EVERY_SECONDS
        if now - max(self._shown_at, self._started) >= pause:
            self._shown_at = now
            self._show(now)

    def finish(self) -> None:
        """Show where it ended, and leave the bar's line."""
        self._show(time.monotonic())
        if self.out.isatty():
            self.out.write("\n")
            self.out.flush()

    def _show(self, now: float) -> None:
        share = self.done / self.total if self.total else 1.0
        words = f"{self.done:,} of {self.total:,} {self.things}{self._left(share, now)}"
        if self.out.isatty():
            bar = "#" * round(share * _CELLS)
            self.out.write(f"\r[{bar:<{_CELLS}}] {words}\x1b[K")
        else:
            self.out.write(words + "\n")
        self.out.flush()

    def _left(self, share: float, now: float) -> str:
        if not 0 < share < 1:
            return ""
        seconds = (now - self._started) * (1 - share) / share
        return f", {seconds / 60:.0f} min left" if seconds >= 90 else f", {seconds:.0f} s left"
