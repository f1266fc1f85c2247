"""Hands that the picture's border touches or cuts off: ``python -m benchmarks.cut_hands FOLDER_OF_HANDS``

Photos of signers outside the vault are cut to the box around the hand's landmarks, with a margin or into it. Prints
for each how many show a hand, how many are named as labelled, and how many of the sure ones are, as
``benchmarks.tiny_hands`` does; and how many rooms and faces show a hand, and are named otherwise than *nothing*. The
shipped networks have learnt from these signers: only what is found tells of others.
"""

import json
import random
import sys
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.tiny_hands import SEED, asked, points_of, sampled, share
from worker.ml.corruptions import cut_off
from worker.ml.inference import Recogniser
from worker.ml.labels import NOTHING

MARGINS: Final = (0.1, 0.0, -0.04, -0.08)
"""Shares of the box's longer side."""


def main(folder: Path) -> None:
    recogniser = Recogniser.load(threads=2)
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    photos = {path: points_of(recogniser, path) for path in sampled(folder, chance)}
    found = {
        f"margin of {margin:.0%}": asked(recogniser, photos, partial(cut_off, margin=margin)) for margin in MARGINS
    }
    rooms = [recogniser.recognise(path.read_bytes()) for path in sorted((folder / "rooms" / NOTHING).glob("*.jpg"))]
    empty = {"showing_a_hand": share(rooms), "named": sum(answer.label != NOTHING for answer in rooms)}
    print(json.dumps(found | {f"{len(rooms)} rooms and faces": empty}, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1])) if len(sys.argv) == 2 else sys.exit(__doc__)
