"""What a camera's last frame showed, kept in the shared cache for seconds, so that its hand can be followed.

A hand is followed for a second at most, and then looked for anew, since another may have come. While there is none,
each frame is searched in one of several further ways, which take turns.
"""

import time
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache

from worker.ml.recognition import Film, Hand

FOLLOWED_SECONDS: Final = 1


class Camera:
    """The frames of one person."""

    def __init__(self, name: str) -> None:
        self._place = f"camera:{name}"
        seen: dict[str, Any] = cache.get(self._place) or {"hand": None, "until": 0.0, "missed": 0}
        is_followed = seen["hand"] is not None and time.time() < seen["until"]
        self.film = Film(Hand.from_dict(seen["hand"]) if is_followed else None, seen["missed"])
        self._until = seen["until"] if is_followed else time.time() + FOLLOWED_SECONDS

    def saw(self, hand: dict[str, Any] | None) -> None:
        """Keep what the frame after :attr:`film` showed, a ``Recognition``'s hand as a dict."""
        missed = 0 if hand else self.film.missed + 1
        seen = {"hand": hand, "until": self._until, "missed": missed}
        cache.set(self._place, seen, timeout=settings.FRAME_SECONDS)
