"""What is measured is what is served: answers from a table of hands, and those of the recogniser."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from worker.ml.artifact import SHIPPED, Artifact
from worker.ml.config import CropsConfig, LandmarksConfig
from worker.ml.datasets import Photo
from worker.ml.export import to_litert
from worker.ml.fusion import fuse
from worker.ml.hand_table import CROP_SIDE, HandTable, find_changed_hands
from worker.ml.hands.crop import cut_hand
from worker.ml.hands.finder import HandFinder
from worker.ml.hands.geometry import Floats, Picture
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, carried_file
from worker.ml.hands.normalise import normalise
from worker.ml.images import decode
from worker.ml.inference import CROP_FILE, KERAS_FILE, LETTER_FILE, HandNetwork, Recogniser
from worker.ml.labels import INDEX, LABELS
from worker.ml.models import crops, landmarks
from worker.ml.naming import Networks, Votes, answers, vote
from worker.ml.tests.photos import needs_photos, photos_of


def unchanged(image: Image.Image) -> Image.Image:
    return image


def table(believed: Sequence[int]) -> HandTable:
    """As many believed hands a photo as ``believed`` says."""
    count = sum(believed)
    return HandTable(
        points=np.zeros((count, 21, 3), np.float32),
        is_left=np.zeros(count, bool),
        presence=np.full(count, 0.9, np.float32),
        photo=np.repeat(np.arange(len(believed)), believed),
        is_believed=np.ones(count, bool),
        finding=np.zeros(count, np.int64),
        crop=np.full(count, -1),
        best_presence=np.full(len(believed), 0.5, np.float32),
        crops=np.zeros((0, CROP_SIDE, CROP_SIDE, 4), np.uint8),
    )


def log_probabilities(*letters: str) -> Floats:
    """A hand each, surely of its letter; a lower-case one less surely."""
    rows = np.zeros((len(letters), len(LABELS)), np.float32)
    for row, letter in enumerate(letters):
        rows[row, INDEX[letter.upper()]] = 5 if letter.isupper() else 2
    return rows


def test_photos_without_a_hand_with_one_and_with_two_get_their_answers_in_order() -> None:
    hands = table([1, 0, 2])
    said = log_probabilities("B", "l", "Y")
    votes = Votes(hands.photo, hands.finding, hands.presence, said, said)
    given = answers(votes, hands, np.array([2, 1, 0]), np.zeros(3, np.int64), np.array(["a", "b", "c"]), 0.5)
    assert [LABELS[one] for one in given.predicted()] == ["Y", "nothing", "B"]
    assert given.is_found.tolist() == [True, False, True]
    assert given.sessions.tolist() == ["c", "b", "a"]
    assert given.confidence(1.0)[1] == pytest.approx(1 - 0.9 * 0.25)


def test_where_no_photo_has_a_hand_all_are_nothing() -> None:
    hands, none = table([0, 0]), np.zeros((0, len(LABELS)), np.float32)
    votes = Votes(hands.photo, hands.finding, hands.presence, none, none)
    given = answers(votes, hands, np.arange(2), np.zeros(2, np.int64), np.array(["a", "a"]), 1.0)
    assert [LABELS[one] for one in given.predicted()] == ["nothing", "nothing"]


def test_photos_of_which_no_hand_signs_are_undecided() -> None:
    hands = table([1, 0, 2, 1])
    said = log_probabilities("B", "l", "Y", "w")
    assert Votes(hands.photo, hands.finding, hands.presence, said, said).undecided(0.5).tolist() == [3]


@needs_photos
def test_a_picture_that_is_searched_on_is_judged_as_it_is_served(tmp_path: Path) -> None:
    """Of a hand that hangs down, which is found first, and one that signs."""
    signing, hanging = (
        decode(photos_of("kennethowen", label, 1)[0].read_bytes()).resize((90, 90)) for label in ("Y", "B")
    )
    room = signing.resize((640, 480)).filter(ImageFilter.GaussianBlur(40))
    room.paste(hanging.transpose(Image.Transpose.ROTATE_180), (260, 260))
    room.paste(signing, (440, 90))
    room.save(tmp_path / "room.png")
    photos = [Photo(tmp_path / "room.png", "kennethowen", INDEX["Y"])]
    networks = Networks(landmarks.load(SHIPPED / KERAS_FILE), None)
    first, served = (
        vote(networks, find_changed_hands(photos, [unchanged], print, to_the_end=to_the_end), np.arange(1))
        for to_the_end in (False, True)
    )
    assert first.undecided(1.0).tolist() == [0]
    assert first.landmarks == pytest.approx(served.landmarks[: len(first.landmarks)])
    judged = answers(served, table([1]), np.arange(1), np.array([INDEX["Y"]]), np.array(["kennethowen"]), 1.0)
    shipped = Artifact.load(SHIPPED)
    by_landmarks = replace(shipped, landmarks_share=1.0, files={})
    by_landmarks.publish(tmp_path / "model", {LETTER_FILE: (SHIPPED / LETTER_FILE).read_bytes()})
    said = Recogniser.load(tmp_path / "model").recognise((tmp_path / "room.png").read_bytes())
    assert LABELS[judged.predicted()[0]] == said.label == "Y"
    assert judged.confidence(shipped.temperature)[0] == pytest.approx(said.confidence, abs=0.02)


@needs_photos
def test_a_table_is_named_as_the_exported_networks_name_the_picture(tmp_path: Path) -> None:
    """Right hands, and their mirror images, which are left ones; networks with weights from chance."""
    config = CropsConfig()
    networks = Networks(
        landmarks.combine([landmarks.build(LandmarksConfig(hidden=(32,)), "one")]),
        crops.with_mirror(crops.build(config)),
    )
    photos = [Photo(path, "mariia00", INDEX[label]) for label in "BLY" for path in photos_of("mariia00", label, 1)]
    changes = [unchanged, ImageOps.mirror, unchanged]
    hands = find_changed_hands(photos, changes, print)
    votes = vote(networks, hands, np.arange(len(photos)))
    (tmp_path / LETTER_FILE).write_bytes(to_litert(networks.landmarks))
    assert networks.crops is not None
    (tmp_path / CROP_FILE).write_bytes(to_litert(networks.crops))
    by_landmarks, by_pixels = HandNetwork(tmp_path / LETTER_FILE), HandNetwork(tmp_path / CROP_FILE)
    finder = HandFinder(carried_file(PALM_FILE), carried_file(LANDMARK_FILE))
    sides = []
    for row, (photo, change) in enumerate(zip(photos, changes, strict=True)):
        picture = Picture(change(decode(photo.path.read_bytes())))
        hand = finder.find(picture).hands[0]
        is_left = hand.handedness == "left"
        crop = cut_hand(picture, hand.points, config.side)
        served = fuse(
            by_landmarks.logits(normalise(hand.points, is_left=is_left)),
            by_pixels.logits(crop[:, ::-1] if is_left else crop),
            0.6,
        )
        assert served == pytest.approx(fuse(votes.landmarks[row], votes.pixels[row], 0.6), abs=0.1)
        sides.append(hand.handedness)
    assert sides == ["right", "left", "right"]
