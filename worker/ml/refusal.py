"""What cannot be imported: what is wrong with it, and what can be done about it. Standard library only."""

from enum import Enum
from pathlib import Path


class Remedy(Enum):
    """What whoever imports can do; the words are for whoever gave a command, and pages have their own."""

    NONE = ""
    CHOOSE_OTHER = "Name a folder of pictures, or a zip file of one."
    REPACK = "Unpack it, and name the folder."
    FETCH_AGAIN = "Download it again."
    DIVIDE = "Import it in parts."
    RENAME = "Give it another one by --name."
    WAIT = "Wait until it has ended."
    MAKE_ROOM = "Make room and give the same command again: it goes on where it stopped."


class Refusal(ValueError):
    """``what`` is wrong, in sentences without a path, and the ``remedy``. ``str()`` is for a shell, and begins with the
    path."""

    def __init__(self, path: Path, what: str, remedy: Remedy = Remedy.NONE) -> None:
        super().__init__(f"{path}: {what} {remedy.value}".rstrip())
        self.what = what
        self.remedy = remedy
