"""How work that takes long tells of itself: a function that takes a line of text for whoever waits."""

from collections.abc import Callable

Report = Callable[[str], None]
