"""What may stand in a name that other people read."""

import re

from django.core.exceptions import ValidationError

# Control characters, those that turn the direction of what follows, line separators, and halves of a broken pair.
CONTROL_CHARACTERS = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def refuse_control_characters(value: str) -> None:
    if CONTROL_CHARACTERS.search(value):
        raise ValidationError("Use letters, digits, spaces and signs only: this has characters that cannot be seen.")
