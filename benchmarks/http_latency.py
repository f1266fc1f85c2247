"""Photo in, result out over HTTP, against the recogniser alone: ``python -m benchmarks.http_latency PHOTO...``

Starts the site on a free port in a temporary folder, sends each photo by ``POST /api/v1/predictions/`` with ``Prefer:
wait=10`` over one connection, and reads the same photos in this process, in turn. Prints medians in milliseconds and
their ratio.
"""

import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

ROUNDS = 60


def main(photos: list[Path]) -> None:
    with served() as port:
        print(json.dumps(measure(photos, port), indent=1))


@contextmanager
def served() -> Iterator[int]:
    """The site in a temporary folder, whose settings this process has too; its port."""
    with tempfile.TemporaryDirectory() as place, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        os.environ |= {
            "LOCAL_DIR": place,
            "MEDIA_ROOT": f"{place}/media",
            "DJANGO_SETTINGS_MODULE": "aslsite.settings",
            "PORT": str(port),
        }
        site = subprocess.Popen([sys.executable, "-m", "aslsite.launch"], start_new_session=True)
        try:
            wait_until_ready(port)
            django.setup()
            yield port
        finally:
            site.send_signal(signal.SIGTERM)
            site.wait()


def wait_until_ready(port: int) -> None:
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("The site did not start within a minute.")


def measure(photos: list[Path], port: int) -> dict[str, float]:
    from django.conf import settings

    from accounts.models import ApiToken, User
    from worker.ml.inference import Recogniser

    _, token = ApiToken.issue(owner=User.objects.get(username="admin"), name="benchmark")
    recogniser = Recogniser.load(threads=settings.PREDICTION_THREADS)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    alone, over_http = [], []
    for number in range(ROUNDS + 5):
        data = photos[number % len(photos)].read_bytes()
        start = time.perf_counter()
        recogniser.recognise(data)
        between = time.perf_counter()
        send(connection, token, data)
        end = time.perf_counter()
        if number >= 5:  # the first ones warm both up
            alone.append((between - start) * 1000)
            over_http.append((end - between) * 1000)
    return {
        "recognise_ms": round(statistics.median(alone), 1),
        "http_ms": round(statistics.median(over_http), 1),
        "ratio": round(statistics.median(over_http) / statistics.median(alone), 2),
    }


def send(connection: http.client.HTTPConnection, token: str, data: bytes) -> None:
    status, said = posted(connection, "/api/v1/predictions/", token, data, {"Prefer": "wait=10"})
    if status != 201 or said["state"] != "succeeded":
        sys.exit(f"{status}: {said}")


def posted(
    connection: http.client.HTTPConnection, path: str, token: str, data: bytes, headers: dict[str, str]
) -> tuple[int, Any]:
    """Status and answer to a picture."""
    edge = "----photo"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="image"; filename="photo.jpg"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
    kind = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={edge}"}
    connection.request("POST", path, body, kind | headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or sys.exit(__doc__))
