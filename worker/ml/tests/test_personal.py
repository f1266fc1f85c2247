"""What is learnt of one person: it corrects, it stays silent elsewhere, it is stored without code, it harms nobody."""

import io
import pickle
from typing import Any

import numpy as np
import pytest
from PIL import Image

from worker.ml.artifact import SHIPPED
from worker.ml.config import FEWEST_JUDGED
from worker.ml.images import decode
from worker.ml.inference import Recogniser
from worker.ml.labels import INDEX, LABELS, NOTHING
from worker.ml.personal import (
    Adaptation,
    Sight,
    TooFewSamples,
    UnreadableAdaptation,
    personalise,
)
from worker.ml.tests.photos import needs_photos, photos_of

LETTERS = "ABMNT"


def signer(*, mistaken: dict[str, str], samples: int, seed: int = 1) -> tuple[list[Sight], list[str]]:
    """Hands of somebody whose letters have shapes of their own, read as ``mistaken`` says, and else rightly."""
    random = np.random.default_rng(seed)
    shapes = np.random.default_rng(7).normal(0, 1, (len(LABELS), 63))
    sights, labels = [], []
    for _ in range(samples):
        for label in LETTERS:
            probabilities = np.full(len(LABELS), 0.1 / (len(LABELS) - 1), np.float32)
            probabilities[INDEX[mistaken.get(label, label)]] = 0.9
            shape = shapes[INDEX[label]] + random.normal(0, 0.05, 63)
            sights.append(Sight(shape.astype(np.float32), probabilities))
            labels.append(label)
    return sights, labels


def test_what_is_always_mistaken_is_put_right_on_pictures_that_were_not_learnt_from() -> None:
    learnt = personalise(*signer(mistaken={"M": "N"}, samples=3))
    assert (learnt.whole.judged, learnt.whole.before, learnt.whole.after) == (15, 12, 15)
    assert (learnt.by_letter["M"].before, learnt.by_letter["M"].after) == (0, 3)
    assert (learnt.by_letter["A"].before, learnt.by_letter["A"].after) == (3, 3)
    sights, labels = signer(mistaken={"M": "N"}, samples=1, seed=2)
    assert learnt.adaptation is not None
    assert [LABELS[int(learnt.adaptation.adapt(sight).argmax())] for sight in sights] == labels


def test_a_hand_like_none_of_the_samples_is_answered_as_without_it() -> None:
    learnt = personalise(*signer(mistaken={"M": "N"}, samples=3))
    probabilities = np.full(len(LABELS), 0.02, np.float32)
    probabilities[INDEX["W"]] = 1 - 0.02 * 28
    strange = Sight(np.full(63, 4, np.float32), probabilities)
    assert learnt.adaptation is not None
    assert np.allclose(learnt.adaptation.adapt(strange), probabilities, atol=1e-4)


def test_a_letter_that_was_never_shown_is_not_called_the_one_it_resembles() -> None:
    """An S, rightly read, close to the Ms that were always called N."""
    sights, labels = signer(mistaken={"M": "N"}, samples=3)
    made = Adaptation.fit(sights, labels)
    near_an_m = sights[labels.index("M")].shape
    for share, letter in [(0.2, "M"), (0.9, "S")]:
        probabilities = np.zeros(len(LABELS), np.float32)
        probabilities[[INDEX["S"], INDEX["N"], INDEX["M"]]] = share, (1 - share) * 0.7, (1 - share) * 0.3
        said = made.adapt(Sight(near_an_m, probabilities))
        assert LABELS[int(said.argmax())] == letter


def test_where_it_would_make_things_worse_there_is_none() -> None:
    """Letters that swap their shapes from round to round, read rightly, though not surely, all the same."""
    sights, labels = signer(mistaken={}, samples=2)
    count = len(LETTERS)
    unsure = []
    for place, label in enumerate(labels):
        probabilities = np.full(len(LABELS), 0.7 / (len(LABELS) - 1), np.float32)
        probabilities[INDEX[label]] = 0.3
        shape = sights[(place + 1) % count if place >= count else place].shape
        unsure.append(Sight(shape, probabilities))
    learnt = personalise(unsure, labels)
    assert (learnt.whole.before, learnt.whole.judged) == (10, 10)
    assert learnt.whole.after < 10
    assert learnt.adaptation is None


def test_it_is_judged_in_rounds_so_that_neighbours_do_not_tell() -> None:
    """Of a letter shown once nothing can be said; of one whose rounds differ, no more than the rounds tell."""
    sights, labels = signer(mistaken={"M": "N"}, samples=3)
    once = Sight(np.full(63, -3, np.float32), sights[0].probabilities)
    learnt = personalise([*sights, once], [*labels, "Z"])
    assert learnt.samples == 16
    assert learnt.letters == 6
    assert learnt.whole.judged == 15
    assert "Z" not in learnt.by_letter


@pytest.mark.parametrize("count", [0, 1, FEWEST_JUDGED - 1])
def test_too_few_are_refused_with_what_is_needed(count: int) -> None:
    sights, labels = signer(mistaken={}, samples=2)
    with pytest.raises(TooFewSamples, match="10 are needed"):
        personalise(sights[:count], labels[:count])


def test_it_is_stored_and_had_back_the_same() -> None:
    sights, labels = signer(mistaken={"M": "N"}, samples=3)
    made = Adaptation.fit(sights, labels)
    again = Adaptation.from_bytes(made.to_bytes())
    assert np.array_equal(again.adapt(sights[2]), made.adapt(sights[2]))
    assert len(made.to_bytes()) < 10_000


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("code was run",)


def _changed(**arrays: object) -> bytes:
    buffer = io.BytesIO()
    whole: dict[str, Any] = {
        "format": 1,
        "shapes": np.zeros((3, 63), np.float32),
        "weights": np.zeros((3, 29), np.float32),
        "is_shown": np.ones(29, bool),
        **arrays,
    }
    np.savez(buffer, **whole)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"nonsense",
        pickle.dumps(Trap()),
        _changed(format=2),
        _changed(shapes=np.zeros((3, 60))),
        _changed(weights=np.zeros((2, 29))),
        _changed(weights=np.full((3, 29), np.nan)),
        _changed(is_shown=np.ones(28, bool)),
        _changed(shapes=np.array([Trap()], object)),
        _changed()[:200],
    ],
)
def test_what_is_none_is_refused_and_nothing_in_it_is_run(stored: bytes) -> None:
    with pytest.raises(UnreadableAdaptation):
        Adaptation.from_bytes(stored)


@needs_photos
def test_served_it_puts_a_persons_letter_right_and_leaves_walls_alone() -> None:
    """Told that a B is a W and a W a B, as nobody would: it holds for the next pictures, and for hands like these."""
    recogniser = Recogniser.load(SHIPPED)
    swapped = {"B": "W", "W": "B"}
    sights, words = [], []
    for letter, word in swapped.items():
        for path in photos_of("mariia00", letter, 4)[:3]:
            hand = recogniser.recognise(path.read_bytes()).hand
            assert hand is not None
            sights.append(recogniser.look_again(path.read_bytes(), hand))
            words.append(word)
            assert LABELS[int(sights[-1].probabilities.argmax())] == letter  # as when it looked for the hand itself
    adaptation = Adaptation.fit(sights, words)
    for letter, word in swapped.items():
        new = photos_of("mariia00", letter, 4)[3].read_bytes()
        assert recogniser.recognise(new).label == letter
        assert recogniser.recognise(new, adaptation=adaptation).label == word
    other = photos_of("mariia00", "Y", 1)[0].read_bytes()
    assert recogniser.recognise(other, adaptation=adaptation).label == "Y"
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), (170, 160, 150)).save(buffer, "PNG")
    assert recogniser.recognise(buffer.getvalue(), adaptation=adaptation).label == NOTHING


@needs_photos
def test_looking_again_sees_what_was_seen() -> None:
    recogniser = Recogniser.load(SHIPPED)
    data = photos_of("mariia00", "K", 1)[0].read_bytes()
    said = recogniser.recognise(data)
    assert said.hand is not None
    assert decode(data).size[0] > 0
    again = recogniser.look_again(data, said.hand).probabilities
    assert [LABELS[i] for i in np.argsort(-again)[:2]] == [candidate.label for candidate in said.top[:2]]
    assert float(again.max()) == pytest.approx(said.confidence, abs=0.02)
