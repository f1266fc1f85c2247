"""What the prediction worker costs: ``python -m benchmarks.worker_footprint [PHOTO]``.

Starts a Redis and a worker of its own in a temporary folder and prints the seconds from the worker's start to its first
answer, and the memory of its processes after fifty pictures. PSS divides what processes share between them; RSS counts
it in each. Without a photo it sends noise, in which the recogniser looks everywhere for a hand.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django
import psutil
from PIL import Image

PICTURES = 50


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        os.environ |= {"LOCAL_DIR": place, "MEDIA_ROOT": place, "DJANGO_SETTINGS_MODULE": "aslsite.settings"}
        django.setup()
        from aslsite import broker

        options = ["--port", "0", "--unixsocket", f"{place}/redis.sock", "--loglevel", "warning"]
        command = [str(broker.embedded_server()), *options]
        redis = subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        try:
            while not broker.is_reachable():
                time.sleep(0.05)
            print(json.dumps(measure(), indent=1))
        finally:
            redis.kill()


def measure() -> dict[str, object]:
    from django.core.management import call_command

    from accounts.models import User
    from recognition import services
    from worker import registry

    call_command("migrate", verbosity=0)
    if registry.register_shipped() is None:
        sys.exit("No model is shipped: nothing to measure.")
    owner = User.objects.create_user("somebody")
    data = Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else noise()
    first = services.request_prediction(owner=owner, data=data)
    start = time.monotonic()
    worker = psutil.Popen(
        [sys.executable, "-m", "worker", "predictions"],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "worker.settings"},
    )
    try:
        state = services.wait_for_result(prediction=first, seconds=60).state
        seconds = time.monotonic() - start
        for _ in range(PICTURES):
            services.wait_for_result(prediction=services.request_prediction(owner=owner, data=data), seconds=60)
        memory = [process.memory_full_info() for process in (worker, *worker.children())]
    finally:
        worker.terminate()
        worker.wait()
    return {
        "first_answer": state,
        "seconds_to_first_answer": round(seconds, 2),
        "pss_mb": [round(m.pss / 1e6, 1) for m in memory],
        "rss_mb": [round(m.rss / 1e6, 1) for m in memory],
        "pss_mb_total": round(sum(m.pss for m in memory) / 1e6, 1),
        "rss_mb_total": round(sum(m.rss for m in memory) / 1e6, 1),
    }


def noise() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


if __name__ == "__main__":
    main()
