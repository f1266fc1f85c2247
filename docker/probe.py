"""The containers' health checks: ``python docker/probe.py web | predictions | training``. Exit code 0: it works."""

import os
import socket
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen


def web_answers() -> bool:
    """As the proxy asks: behind HTTPS, by a name that the site answers to."""
    address = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}/readyz"
    try:
        with urlopen(
            Request(address, headers={"Host": "localhost", "X-Forwarded-Proto": "https"}), timeout=4
        ) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def worker_answers(queue: str) -> bool:
    """The Celery worker of this machine, asked through the broker."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from aslsite.celery import app

    name = f"{queue}@{socket.gethostname()}"
    return bool(app.control.inspect(destination=[name], timeout=5).ping())


if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) == 2 else ""
    if asked not in ("web", "predictions", "training"):
        sys.exit(__doc__)
    sys.exit(0 if (web_answers() if asked == "web" else worker_answers(asked)) else 1)
