"""``python -m benchmarks.advice [DATA]``: the practice page's advice on hands of people whom it does not know.

Each hand is asked for its own letter, when the best advice is none, and for every other letter: then what it is told to
change should differ between how people sign the two, and that way round. J and Z are movements and left out.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from worker.ml.average_hands import LEFT_OUT, Hands, chosen_photos, hands_of
from worker.ml.labels import LETTERS, MOVING_LETTERS
from worker.ml.tests.node import ROOT, evaluate
from worker.ml.tests.photos import DATA

SHIPPED: Final = ROOT / "static" / "hands" / "average.json"
STILL: Final = [letter for letter in LETTERS if letter not in MOVING_LETTERS]

ADVISE: Final = """
import { Adviser } from "live/advice.js";
const hands = JSON.parse(readFileSync(arguments_[0]));
const adviser = new Adviser(hands);
const typical = (letter, measure) => hands.letters[letter].typical[hands.measures.indexOf(measure)];
const isTrue = ({ measure, more }, shown, asked) => typical(asked, measure) > typical(shown, measure) === more;
const answer = given.hands.flatMap(({ points, letter }) => given.letters.map((asked) => {
  const advice = adviser.advise(points, false, asked);
  return { shown: letter, asked, advice, isTrue: advice !== null && isTrue(advice, letter, asked) };
}));
"""


def advise(hands: Hands, letters: Sequence[str] = STILL) -> list[dict[str, Any]]:
    """Every hand asked for each of ``letters``: ``shown``, ``asked``, ``advice`` (or None), ``isTrue``."""
    asked = [
        {"points": hand.ravel().tolist(), "letter": letter}
        for letter in STILL
        for own in hands[letter].values()
        for hand in own
    ]
    answer: list[dict[str, Any]] = evaluate(ADVISE, str(SHIPPED), read={"hands": asked, "letters": list(letters)})
    return answer


def main(data: Path) -> None:
    told = advise(hands_of(chosen_photos(data, only=LEFT_OUT), print))
    own = [one for one in told if one["shown"] == one["asked"]]
    others = [one for one in told if one["shown"] != one["asked"]]
    spoken = [one for one in others if one["advice"]]
    print(f"{len(own)} hands of {len(LEFT_OUT)} people")
    print(f"asked for their own letter, let be: {sum(not one['advice'] for one in own) / len(own):.3f}")
    print(f"asked for another, advised: {len(spoken) / len(others):.3f}")
    print(f"of these truly: {sum(one['isTrue'] for one in spoken) / len(spoken):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
