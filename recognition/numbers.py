"""Numbers that come as text, in an address or a form that anybody can write."""

import re
from typing import Final

_NUMBER: Final = re.compile("[0-9]{1,18}")  # no longer than a database's key


def number_of(text: str) -> int | None:
    """The key that ``text`` names in plain digits; None for whatever else stands there."""
    return int(text) if _NUMBER.fullmatch(text) else None
