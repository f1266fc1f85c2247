"""supervisord in the foreground, for `make run`: ``python -m aslsite.supervise`` after :mod:`aslsite.launch`.

Its own command differs in two ways: it starts anew when the terminal is closed (SIGHUP), where we stop; and it warns of
running as root, which in a container is as it should be.
"""

import signal
from pathlib import Path
from typing import Any

from supervisor.options import ServerOptions
from supervisor.supervisord import go

CONFIGURATION = Path(__file__).with_name("supervisord.conf")


class _Options(ServerOptions):  # type: ignore[misc]  # supervisor has no types
    def set_uid_or_exit(self) -> None:
        """Stay who we are."""

    def setsignals(self) -> None:
        super().setsignals()
        signal.signal(signal.SIGHUP, self._stop)

    def _stop(self, signum: int, frame: Any) -> None:
        self.signal_receiver.receive(signal.SIGTERM, frame)


def main() -> None:
    options = _Options()
    options.realize(["--configuration", str(CONFIGURATION)], doc=__doc__)
    options.first = True
    options.test = False
    go(options)


if __name__ == "__main__":
    main()
