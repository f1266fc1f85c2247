"""Typed readers of environment variables.

Every reader either returns a value of the promised type or raises :class:`EnvironmentValueError` with one sentence that
names the variable, what it held and what it may hold. An empty variable counts as not set, as Compose and systemd
pass "unset" that way.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}
_HOST_PATTERN = re.compile(r"\*|\.?[a-z0-9-]+(\.[a-z0-9-]+)*\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)

SQLITE = ("sqlite:////absolute/path", r"sqlite:////.+")
POSTGRES = ("postgres://user:password@host:port/name", r"postgres(ql)?://.*[^/].*")
REDIS = ("redis://host:port/number", r"rediss?://[^/]+(/[0-9]*)?(\?.*)?")
SMTP = ("smtp+tls://user:password@host:587", r"(smtp|smtps|smtp\+tls)://[^/]+/?")
CONSOLE = ("console://", r"console://")
REDIS_SOCKET = ("unix:///absolute/path", r"unix:///.+")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class EnvironmentValueError(ImproperlyConfigured):
    """A variable holds something that it may not hold. A password in its value is not repeated."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        shown = re.sub(r"://[^/]*@", "://...@", value)
        super().__init__(f"{name} is {shown!r}, but must be {expected}. Correct it in the environment or in .env.")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise EnvironmentValueError(name, value, "one of 1, 0, true, false, yes, no, on, off")


def integer(name: str, default: int, *, least: int, most: int) -> int:
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise EnvironmentValueError(name, value, f"a whole number from {least} to {most}")
    return number


def fraction(name: str, default: float) -> float:
    value = text(name)
    if not value:
        return default
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise EnvironmentValueError(name, value, "a number from 0 to 1")
    return number


def choice(name: str, default: str, choices: Sequence[str]) -> str:
    value = text(name, default)
    if value not in choices:
        raise EnvironmentValueError(name, value, "one of " + ", ".join(choices))
    return value


def url(name: str, default: str, *, shapes: Sequence[tuple[str, str]]) -> str:
    """A URL of one of ``shapes``: each an example for the operator and the pattern that it stands for."""
    value = text(name, default)
    try:
        sound = any(re.fullmatch(pattern, value) for _, pattern in shapes)
        _ = urlsplit(value).port  # raises on a port that is no number
    except ValueError:
        sound = False
    if not sound:
        raise EnvironmentValueError(name, value, "a URL like " + " or ".join(example for example, _ in shapes))
    return value


def rate(name: str, default: str) -> tuple[int, int]:
    """``600/minute`` as (600, 60): how many, and in how many seconds."""
    value = text(name, default)
    number, _, unit = value.partition("/")
    if unit not in _SECONDS or not number.isascii() or not number.isdigit() or not 1 <= int(number[:12]) <= 10**9:
        raise EnvironmentValueError(name, value, "a number of at least 1 per second, minute, hour or day: 600/minute")
    return int(number), _SECONDS[unit]


def names(name: str, default: str) -> list[str]:
    """A comma-separated list without empty items."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def hosts(name: str, default: str) -> list[str]:
    """Host names as ``ALLOWED_HOSTS`` takes them: ``.example.org`` stands for its subdomains too, ``*`` for all."""
    values = names(name, default)
    wrong = [value for value in values if not _HOST_PATTERN.fullmatch(value)]
    if wrong or not values:
        raise EnvironmentValueError(
            name, wrong[0] if wrong else text(name), "host names like asl.example.org, comma-separated, without port"
        )
    return values


def origins(name: str) -> list[str]:
    values = names(name, "")
    for value in values:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
            raise EnvironmentValueError(name, value, "a comma-separated list of origins like https://asl.example.org")
    return values


def folder(name: str, default: Path) -> Path:
    """An absolute folder; relative values count from the current one. It need not exist yet, but may not be a file."""
    value = text(name)
    path = Path(value).expanduser().resolve() if value else default
    if path.exists() and not path.is_dir():
        raise EnvironmentValueError(name, value, "a folder")
    return path
