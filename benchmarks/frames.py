"""Frames read by the server, apart from the browsers: ``python -m benchmarks.frames FOLDER_OF_HANDS``

Starts the site in a temporary folder. One person and four, each over a connection of their own, send the frames of a
film of words (``benchmarks/following.py``) to ``POST /api/v1/frames/`` for ten seconds, as the live page does: the next
when the last is answered, after the same rest. Prints frames a second, of the slowest, and the median from a frame sent
to its answer. ``benchmarks/live.py`` measures the page itself, whose browsers take most of two cores.
"""

import http.client
import json
import random
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, cycle
from pathlib import Path
from typing import Final

from benchmarks.following import film
from benchmarks.http_latency import posted, served
from benchmarks.word_films import REPORTING, SEED

SECONDS: Final = 10
PEOPLE: Final = (1, 4)
WORD: Final = "HELLO"
# As static/js/live/server_reader.js rests.
QUICK_SECONDS: Final = 0.1
SHARE_LEFT: Final = 0.6
LONGEST_REST_SECONDS: Final = 0.15


def main(folder: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    frames = [frame for frame, _ in film(folder, REPORTING[-1], [WORD], chance)][::2]
    with served() as port:
        from accounts.models import ApiToken, User

        people = [User.objects.create_user(f"person{number}") for number in range(max(PEOPLE))]
        tokens = [ApiToken.issue(owner=person, name="benchmark")[1] for person in people]
        found = {}
        for count in PEOPLE:
            with ThreadPoolExecutor(count) as threads:
                times = list(threads.map(partial(answered, port, frames), tokens[:count]))
            found[f"{count} people"] = {
                "frames_a_second": min(map(len, times)) / SECONDS,
                "median_milliseconds": round(1000 * statistics.median(chain.from_iterable(times)), 1),
            }
    print(json.dumps(found, indent=1))


def answered(port: int, frames: list[bytes], token: str) -> list[float]:
    """Seconds that each answer took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    for frame in cycle(frames):
        start = time.perf_counter()
        if start >= end:
            return times
        status, said = posted(connection, "/api/v1/frames/", token, frame, {})
        if status != 200:
            sys.exit(f"{status}: {said}")
        times.append(time.perf_counter() - start)
        time.sleep(min(LONGEST_REST_SECONDS, times[-1] * SHARE_LEFT) if times[-1] > QUICK_SECONDS else 0)
    return times


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else sys.exit(__doc__))
