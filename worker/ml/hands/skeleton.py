"""How the 21 landmarks hang together."""

from typing import Final

PARENT: Final = (0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)
"""The landmark from which each landmark's bone comes; the wrist is its own."""
