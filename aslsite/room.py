"""Whether there is room on the disks that requests write to: for watchers, who are told before somebody complains."""

import shutil
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

REMEMBERED_SECONDS = 60.0

_refused_at: float | None = None


def is_short() -> bool:
    """Whether a disk of ours lacks the room for one picture of the largest size, or one was found full lately.

    That of an outside database cannot be seen from here, nor can quotas: they show when something was refused.
    """
    if _refused_at is not None and time.monotonic() - _refused_at < REMEMBERED_SECONDS:
        return True
    return any(shutil.disk_usage(place).free < settings.MAX_UPLOAD_BYTES for place in _places() if place.exists())


def note_refusal() -> None:
    """This process has just refused something for want of room."""
    global _refused_at
    _refused_at = time.monotonic()


def _places() -> list[Path]:
    """Pictures, larger uploads while they arrive, and the database if it is a file."""
    places = [Path(settings.MEDIA_ROOT), Path(tempfile.gettempdir())]
    if connection.vendor == "sqlite":
        places.append(Path(connection.settings_dict["NAME"]).parent)
    return places
