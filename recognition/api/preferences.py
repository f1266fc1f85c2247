"""The ``Prefer`` header (RFC 7240), of which ``wait`` is understood."""

import re
from collections.abc import Iterator

# Possessive (`++`, `*+`) throughout: what does not fit could else be divided in ways that double with each sign.
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"  # noqa: S105 - RFC 9110's grammar
_VALUE = rf'(?:{_TOKEN}|"(?:[^"\\]|\\.)*+")'
_SPACE = r"[ \t]*+"
_PAIR = rf"{_TOKEN}(?:{_SPACE}={_SPACE}{_VALUE}?+)?+"
_PREFERENCE = re.compile(
    rf"(?P<name>{_TOKEN})(?:{_SPACE}={_SPACE}(?P<value>{_VALUE})?+)?+(?:{_SPACE};{_SPACE}(?:{_PAIR})?+)*+"
)
_ITEM = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')  # a comma inside quotes separates nothing


def preferred_wait_seconds(header: str, *, most: int) -> int | None:
    """The seconds of ``wait``, at most ``most``; None if it is not asked for.

    As the RFC says, names know no case, the first instance of a preference counts, and what is malformed or unknown is
    ignored.
    """
    for name, value in _preferences(header):
        if name == "wait":
            return min(int(value), most) if re.fullmatch(r"[0-9]{1,9}", value) else None
    return None


def _preferences(header: str) -> Iterator[tuple[str, str]]:
    for item in _ITEM.findall(header):
        match = _PREFERENCE.fullmatch(item.strip(" \t"))
        if match:
            yield match["name"].lower(), (match["value"] or "").strip('"')
