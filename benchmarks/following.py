"""A film read by the server, each hand looked for or followed: ``python -m benchmarks.following FOLDER_OF_HANDS``

Signers (``REPORTING`` of ``benchmarks/word_films.py``) spell words in stills; of the film's 30 frames a second as many
are read as the live page would send. *searched* looks for the hand in every frame, *followed* only once a second, as
``worker.tasks.read_frame`` does. Prints the median milliseconds of a frame with a hand by stage, with one LiteRT
thread, and how many of the frames in which a sign is held show a hand, are named as the still that they show, and by
both alike; and of photos of rooms and faces, each followed for two seconds, how many show a hand in some frame. The
shipped networks have learnt from these signers: this compares two ways of reading, and tells nothing of strangers.
"""

import argparse
import io
import json
import random
import statistics
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from PIL import Image

from benchmarks.films import FRAMES_A_SECOND, on_screen
from benchmarks.word_films import REPORTING, SEED, WORDS, Shot, frames_of, pictures, shots_of
from worker.ml.inference import Recogniser
from worker.ml.recognition import Film, Hand, Recognition

PACES: Final = (15, 10, 5)
"""Frames a second."""
WORDS_EACH: Final = 5
ROOM_FRAMES: Final = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    films = [list(film(folder, signer, words, chance)) for signer, words in zip(REPORTING, words_each(), strict=True)]
    recogniser = Recogniser.load(threads=1)
    figures = {f"{pace} frames a second": compared(recogniser, films, pace) for pace in PACES}
    rooms = sorted((folder / "rooms" / "nothing").glob("*.jpg"))
    seen = [path.name for path in rooms if shows_a_hand(recogniser, path)]
    print(json.dumps(figures | {"rooms": len(rooms), "rooms_with_a_hand": seen}, indent=1))


def words_each() -> list[list[str]]:
    return [list(WORDS[number :: len(REPORTING)][:WORDS_EACH]) for number in range(len(REPORTING))]


def film(folder: Path, signer: str, words: list[str], chance: random.Random) -> Iterator[tuple[bytes, str]]:
    """Each frame as JPEG, and the letter that is held in it, empty while hands pass over into each other."""

    def still_of(letter: str) -> Path:
        return chance.choice(sorted((folder / signer / letter).glob("*.jpg")))

    shots = [shot for word in words for shot in shots_of(word, still_of, chance)]
    letters = (letter for shot in shots for letter in held(shot))
    for picture, letter in zip(pictures(shots), letters, strict=True):
        yield encoded(picture), letter


def held(shot: Shot) -> Iterator[str]:
    frames, blended = frames_of(shot)
    for number in range(frames):
        yield shot.still.parent.name if shot.still and number >= blended else ""


def encoded(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.resize((480, 360)).save(content, "JPEG", quality=80)  # as the page sends it
    return content.getvalue()


def compared(recogniser: Recogniser, films: list[list[tuple[bytes, str]]], pace: int) -> dict[str, Any]:
    said: dict[str, list[Recognition]] = {"searched": [], "followed": []}
    letters: list[str] = []
    for frames in films:
        sent = frames[:: FRAMES_A_SECOND // pace]
        letters += [letter for _, letter in sent]
        said["searched"] += [recogniser.recognise(frame, film=Film()) for frame, _ in sent]
        said["followed"] += followed(recogniser, (frame for frame, _ in sent), pace)
    signs = [number for number, letter in enumerate(letters) if letter]
    figures: dict[str, Any] = {
        way: {
            **milliseconds([answer for answer in answers if answer.hand]),
            "shows_a_hand": sum(answers[one].hand is not None for one in signs) / len(signs),
            "named_as_the_still": sum(answers[one].label == letters[one] for one in signs) / len(signs),
        }
        for way, answers in said.items()
    }
    alike = sum(said["searched"][one].label == said["followed"][one].label for one in signs)
    return {"frames_with_a_sign": len(signs), **figures, "named_alike": alike / len(signs)}


def followed(recogniser: Recogniser, frames: Iterable[bytes], pace: int) -> Iterator[Recognition]:
    hand: Hand | None = None
    missed = 0
    for number, frame in enumerate(frames):
        answer = recogniser.recognise(frame, film=Film(hand if number % pace else None, missed))
        yield answer
        hand, missed = answer.hand, 0 if answer.hand else missed + 1


def shows_a_hand(recogniser: Recogniser, path: Path) -> bool:
    with Image.open(path) as photo:
        frame = encoded(on_screen(photo, share=1.0))
    return any(answer.hand for answer in followed(recogniser, [frame] * ROOM_FRAMES, PACES[1]))


def milliseconds(answers: list[Recognition]) -> dict[str, float]:
    stages = answers[0].milliseconds
    return {stage: round(statistics.median(one.milliseconds[stage] for one in answers), 1) for stage in stages}


if __name__ == "__main__":
    main()
