"""Ties a process to its parent, so that none is left behind when the parent is killed outright.

As a command, ``python -m aslsite.leash [--signal NAME] COMMAND...`` ties itself and becomes the command. Linux sends
the signal when the parent *thread* that forked us ends, so a leash belongs on children of a main thread only. Elsewhere
than on Linux it does nothing. Imports nothing heavy: every process of `make run` passes through here.
"""

import ctypes
import os
import signal
import sys

PARENT_VARIABLE = "ASL_LEASH_PARENT"
_PR_SET_PDEATHSIG = 1


def tie(parent_pid: int, signum: signal.Signals = signal.SIGKILL) -> None:
    """Be sent ``signum`` when the parent ends; at once if it has ended already."""
    if not sys.platform.startswith("linux"):
        return
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent_pid:  # it ended between the fork and the line above
        os.kill(os.getpid(), signum)


def main(arguments: list[str]) -> None:
    signum = signal.SIGKILL
    if arguments[0] == "--signal":
        signum = signal.Signals[f"SIG{arguments[1]}"]
        arguments = arguments[2:]
    tie(int(os.environ.get(PARENT_VARIABLE) or os.getppid()), signum)
    os.execvp(arguments[0], arguments)  # noqa: S606 - the command is ours


if __name__ == "__main__":
    main(sys.argv[1:])
