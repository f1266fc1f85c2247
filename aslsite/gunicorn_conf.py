"""gunicorn: a few processes of many threads, as a request that waits for its result holds a thread."""

import os
from typing import Any

from aslsite import leash, settings

wsgi_app = "aslsite.wsgi"
bind = f"[{settings.HOST}]:{settings.PORT}" if ":" in settings.HOST else f"{settings.HOST}:{settings.PORT}"
workers = settings.WEB_PROCESSES
worker_class = "gthread"
threads = settings.WEB_THREADS
timeout = 60
graceful_timeout = 2
keepalive = 5
limit_request_line = 8190  # the longest that it can be: forms answer what is too long for them in words
loglevel = "warning"
control_socket_disable = True

_arbiter_pid = os.getpid()


def when_ready(server: Any) -> None:
    print(f"Ready: http://{bind}/ (Ctrl-C stops it)", flush=True)


def post_fork(server: Any, worker: Any) -> None:
    leash.tie(_arbiter_pid)
