"""What people are asked to agree to. Whoever changes a text gives it a new version: an older yes does not cover it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConsentText:
    """A version (the date of its wording) and the words that were shown."""

    version: str
    text: str


TRAINING = ConsentText(
    version="2026-11-23",
    text="My pictures, the letters they were read as, and my signing hand may be used to train and test the "
    "recogniser. I can take this back at any time: from then on no new training uses them.",
)
