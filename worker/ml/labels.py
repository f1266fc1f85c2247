"""The 29 classes of the Kaggle "ASL Alphabet" data: their order in every network's output, and their names in words.

Nothing else in the project restates them.
"""

from typing import Final

LETTERS: Final = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
SPACE: Final = "space"
DELETE: Final = "del"
NOTHING: Final = "nothing"

LABELS: Final = (*LETTERS, SPACE, DELETE, NOTHING)
INDEX: Final = {label: index for index, label in enumerate(LABELS)}

MOVING_LETTERS: Final = frozenset("JZ")
"""Letters that are movements; a still shows one moment of them."""

NAMES: Final = {
    **{letter: letter for letter in LETTERS},
    SPACE: "space",
    DELETE: "delete",
    NOTHING: "no hand",
}
"""How a class is called in a sentence."""

_ALSO_CALLED: Final = {
    SPACE: ("spacebar", "space bar", "whitespace"),
    DELETE: ("delete", "backspace"),
    NOTHING: ("none", "no hand", "blank", "empty", "background"),
}


def label_of(name: str) -> str | None:
    """The class that somebody's name for it means, such as ``a``, ``Delete`` or ``no_hand``; None if it is no class."""
    return _MEANINGS.get(name.strip().casefold().replace("_", " ").replace("-", " "))


_MEANINGS: Final = {
    **{label.casefold(): label for label in LABELS},
    **{name: label for label, names in _ALSO_CALLED.items() for name in names},
}
