"""A stand-in for the recogniser, whose behaviour the picture's width chooses."""

import os
import signal
import time
from dataclasses import replace

from recognition.models import ModelVersion
from worker.ml import images
from worker.ml.images import ImageError
from worker.ml.recognition import Candidate, Film, Recognition

POISON_WIDTH = 101  # kills the process that reads it
SLOW_WIDTH = 102  # takes two seconds
ENDLESS_WIDTH = 103  # takes longer than any limit
STUCK_WIDTH = 104  # so does this, and it does not hear the soft limit
UNREADABLE_WIDTH = 105
FAULTY_WIDTH = 106
UNSURE_WIDTH = 107


class StubRecogniser:
    def recognise(self, data: bytes, *, film: Film | None = None) -> Recognition:
        width, _ = images.decode(data).size
        if width == POISON_WIDTH:
            os.kill(os.getpid(), signal.SIGKILL)
        if width == SLOW_WIDTH:
            time.sleep(2)
        if width == STUCK_WIDTH:
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        if width in (ENDLESS_WIDTH, STUCK_WIDTH):
            time.sleep(60)
        if width == UNREADABLE_WIDTH:
            raise ImageError("truncated", "The picture is damaged.")
        if width == FAULTY_WIDTH:
            raise RuntimeError("a fault of ours")
        top = (Candidate("B", 0.9), Candidate("D", 0.05))
        answer = Recognition(label="B", confidence=0.9, top=top, hand=None, milliseconds={"total": 1.0})
        return replace(answer, is_unsure=width == UNSURE_WIDTH)


def active() -> tuple[ModelVersion, StubRecogniser]:
    """In place of ``worker.registry.active``."""
    version, _ = ModelVersion.objects.get_or_create(
        name="stub", defaults={"family": "stub", "fingerprint": "0" * 64, "state": ModelVersion.State.ACTIVE}
    )
    return version, StubRecogniser()
