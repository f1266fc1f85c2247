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
