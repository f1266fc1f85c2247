"""Find the signing hand in a picture, looking again where the palm detector alone would give up.

MediaPipe's detector is made for webcams: on tight crops, where the hand touches the border, it misses up to three hands
of four that its own landmark network would have placed without trouble, and proposes poor regions for others. So palms
are looked for in a wide grey frame around the picture first, and the landmark network judges: regions are proposed ever
more freely (palms in the frame, in the picture by itself, doubtful palms, the picture itself as region, palms in
enlarged parts) and the network's presence score accepts or refuses each. The freer the proposal, the surer the network
has to be.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice, product
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from worker.ml.hands.geometry import Floats, Picture, Region
from worker.ml.hands.networks import LandmarkNetwork, Landmarks, PalmDetector, PalmSight


class Look(NamedTuple):
    """One way to propose regions, and the presence (0..1) above which its hands are believed.

    ``part`` is how wide the parts are that it searches, of the picture's longer side, and ``across`` how many overlap
    along that side. ``palm_score`` is the least that it asks of the detector. ``ends`` says whether a hand as certain
    as :data:`SURE_PRESENCE` ends it; else all its regions are looked at.
    """

    name: str
    min_presence: float
    part: float = 1.0
    across: int = 1
    palm_score: float = 0.5
    ends: bool = True


FRAMED: Final = Look("palms in a wide frame around the picture", 0.6, ends=False)
PALMS: Final = Look("palms in the picture", 0.6, ends=False)
DOUBTFUL: Final = Look("doubtful palms in the picture, with and without a frame", 0.9, palm_score=0.3)
WHOLE: Final = Look("the picture as region", 0.9)
PARTS: Final = Look("palms in enlarged parts", 0.95, 0.6, across=3)
SMALL_PARTS: Final = Look("palms in small parts, much enlarged", 0.95, 0.35, across=5)
"""The thresholds are the highest at which the hands found on training signers stay above 99.9 %."""
TINY_PARTS: Final = Look("palms in tiny parts of a large picture", 0.95, 0.2, across=7, palm_score=0.3)
FAR_PARTS: Final = Look("palms in the tiniest parts of a very large picture", 0.95, 0.1, across=13, palm_score=0.3)
"""As sure as the look before them: no photo of those signers is large enough for these."""

SURE_PRESENCE: Final = 0.97
"""A hand this certain ends a freer look."""

_SMALLEST_PICTURE: Final = {TINY_PARTS: 300, FAR_PARTS: 600}
"""Pixels, the longer side: in smaller ones, a tiny part has too few of them for a hand. A webcam's is very large."""
_SMALLEST_HAND: Final = 2.0
"""Pixels. What is smaller are landmarks that fell together."""
_FRAME: Final = 2.0
_FRAMES: Final = (1.25, 1.5)
"""How wide a picture is with the frame, and with others, of its longer side."""
_WHOLE: Final = tuple(product((1.3, 1.6, 1.0, 2.0), (0.0, -0.6, 0.6)))
"""How large the picture's own region is, of its longer side, and how far it is turned."""
_HANDS_A_PICTURE: Final = 2
_SAME_HAND: Final = 0.4
"""Hands whose regions' centres are nearer than this share of a region's side are one hand."""
_STAYED: Final = 0.1
"""A followed hand whose region's centre has moved by less than this share of its side is where it was."""


class Finding(NamedTuple):
    """The hands that were believed, at most two, surest first; and the highest presence (0..1), believed or not."""

    hands: tuple[Landmarks, ...]
    presence: float

    @property
    def hand(self) -> Landmarks | None:
        """The surest hand."""
        return self.hands[0] if self.hands else None


class HandFinder:
    """The two networks and the order in which they search. Not for use by two threads at once."""

    def __init__(self, palm_file: Path, landmark_file: Path, threads: int = 1) -> None:
        self._palms = PalmDetector(palm_file, threads)
        self._landmarks = LandmarkNetwork(landmark_file, threads)

    def find(self, picture: Picture) -> Finding:
        """Look ever more freely, until a look has found a hand that is believed."""
        return _first(self.search(picture))

    def search(self, picture: Picture) -> Iterator[Finding]:
        """Look ever more freely, for as long as the next finding is asked for: the hands found so far may be at rest,
        or placed badly.

        A finding has what a look, or as much of it as ended with a sure hand, believes: another hand, the same once
        more, or nothing. Its presence is of that alone. No parts are searched that are smaller than all the hands found
        before: those of one picture are about as large as each other.
        """
        for hands, presence in self._findings(picture, self._looks(picture)):
            yield Finding(tuple(self._steadied(picture, hand) for hand in hands), presence)

    def find_in_film(self, picture: Picture, missed: int) -> Finding:
        """The same in one of many pictures in a row, of which so many on end were ``missed``: a few looks in each.

        The next picture is another chance, and all looks take many times as long where there is no hand. Its hands are
        not steadied either: in a film the pictures do that.
        """
        return _first(self._findings(picture, self._film_looks(picture, missed)))

    def _findings(self, picture: Picture, looks: Iterator[tuple[Look, Iterator[Region]]]) -> Iterator[Finding]:
        known: list[Landmarks] = []
        size = _whole(picture).size
        for look, regions in looks:
            if known and look.part * size < min(hand.region.size for hand in known):
                continue
            believed: list[Landmarks] = []
            presence = 0.0
            for region in regions:
                seen = self.place(picture, region)
                if not is_hand_shaped(seen.points):
                    continue
                presence = max(presence, seen.presence)
                if seen.presence >= look.min_presence:
                    believed.append(seen)
                    if look.ends and seen.presence >= SURE_PRESENCE:
                        yield Finding(_apart(believed), presence)
                        known += believed
                        believed, presence = [], 0.0
            yield Finding(_apart(believed), presence)
            known += believed

    def follow(self, picture: Picture, hand: Landmarks) -> Landmarks | None:
        """The hand that was ``hand`` a moment ago, or None if it is not near there any more.

        One pass of the landmark network, as MediaPipe follows a hand from frame to frame, instead of the detector and
        two passes; a hand that has moved on is placed a second time, in the region where it is now. It is seen leaning.
        """
        region = LandmarkNetwork.leaning_region_of(hand)
        seen = self._landmarks.place(picture, region)
        if is_hand_shaped(seen.points):
            now = LandmarkNetwork.leaning_region_of(seen)
            if _distance(region, now) > _STAYED * region.size:
                seen = self._landmarks.place(picture, now)
        return seen if seen.presence >= PALMS.min_presence and is_hand_shaped(seen.points) else None

    def place(self, picture: Picture, region: Region) -> Landmarks:
        """Landmarks in the region, placed a second time in the region that the first pass suggests."""
        return self._passes(picture, region)[1]

    def glance(self, picture: Picture, region: Region) -> Landmarks:
        """Landmarks by a single pass in the region."""
        return self._landmarks.place(picture, region)

    def doubtful(self, picture: Picture) -> Iterator[Landmarks]:
        """What the landmark network makes of any place that might show a hand: examples of ``nothing`` if none does."""
        whole = _whole(picture)
        windows = [
            self._palms.look(picture, _scaled(whole, frame)).palms(DOUBTFUL.palm_score)
            for frame in (1, *_FRAMES, _FRAME)
        ]
        for region in [*(palms[0].region for palms in windows if palms), whole]:
            yield from self._passes(picture, region)

    def _steadied(self, picture: Picture, hand: Landmarks) -> Landmarks:
        """The hand as it is seen leaning, and in the mirror image of that, in one; as sure as it was."""
        seen = self._landmarks.place_both_ways(picture, LandmarkNetwork.leaning_region_of(hand))
        return replace(seen, presence=hand.presence) if is_hand_shaped(seen.points) else hand

    def _passes(self, picture: Picture, region: Region) -> tuple[Landmarks, Landmarks]:
        first = self._landmarks.place(picture, region)
        return first, self._landmarks.place(picture, LandmarkNetwork.region_of(first.points))

    def _film_looks(self, picture: Picture, missed: int) -> Iterator[tuple[Look, Iterator[Region]]]:
        """Palms in the whole picture; then one freer look in turn, each third at the picture itself, else at a part."""
        whole = _whole(picture)
        seen = self._palms.look(picture, whole)
        yield PALMS, _regions(seen, PALMS.palm_score)
        yield DOUBTFUL, _regions(seen, DOUBTFUL.palm_score)
        turn, kind = divmod(missed, 3)
        if kind == 1:
            yield WHOLE, iter([_whole_regions(picture)[turn % len(_WHOLE)]])
        else:
            parts = _parts(picture, PARTS)
            part = parts[(2 * turn + kind // 2) % len(parts)]
            yield PARTS, self._palm_regions(PARTS, picture, [part])

    def _looks(self, picture: Picture) -> Iterator[tuple[Look, Iterator[Region]]]:
        """Each look with its regions, proposed only when asked for: a run of the detector costs as much as a pass."""
        whole = _whole(picture)
        framed = self._palms.look(picture, _scaled(whole, _FRAME))
        yield FRAMED, _regions(framed, FRAMED.palm_score)
        seen = self._palms.look(picture, whole)
        yield PALMS, _regions(seen, PALMS.palm_score)
        others = self._palm_regions(DOUBTFUL, picture, [_scaled(whole, frame) for frame in _FRAMES])
        yield DOUBTFUL, chain(_regions(seen, DOUBTFUL.palm_score), others, _regions(framed, DOUBTFUL.palm_score))
        yield WHOLE, iter(_whole_regions(picture))
        for look in (PARTS, SMALL_PARTS, TINY_PARTS, FAR_PARTS):
            if whole.size >= _SMALLEST_PICTURE.get(look, 0):
                yield look, self._palm_regions(look, picture, _parts(picture, look))

    def _palm_regions(self, look: Look, picture: Picture, windows: list[Region]) -> Iterator[Region]:
        for window in windows:
            yield from _regions(self._palms.look(picture, window), look.palm_score)


def _regions(seen: PalmSight, threshold: float) -> Iterator[Region]:
    return (palm.region for palm in seen.palms(threshold)[:_HANDS_A_PICTURE])


def is_hand_shaped(points: Floats) -> bool:
    """Whether landmarks (21, 3) are numbers, and more than one and the same place."""
    return bool(np.isfinite(points).all() and np.ptp(points[:, :2], axis=0).max() >= _SMALLEST_HAND)


def _first(findings: Iterable[Finding]) -> Finding:
    """The first one with hands, and the highest presence until then."""
    presence = 0.0
    for finding in findings:
        presence = max(presence, finding.presence)
        if finding.hands:
            return Finding(finding.hands, presence)
    return Finding((), presence)


def _apart(hands: list[Landmarks]) -> tuple[Landmarks, ...]:
    """The surest hand, and the next one that is not the same hand seen again."""
    if not hands:
        return ()
    first, *rest = sorted(hands, key=lambda hand: -hand.presence)
    elsewhere = (hand for hand in rest if _distance(first.region, hand.region) > _SAME_HAND * first.region.size)
    return first, *islice(elsewhere, _HANDS_A_PICTURE - 1)


def _distance(a: Region, b: Region) -> float:
    return math.hypot(a.x - b.x, a.y - b.y)


def _whole(picture: Picture) -> Region:
    return Region(picture.width / 2, picture.height / 2, max(picture.width, picture.height))


def _whole_regions(picture: Picture) -> list[Region]:
    whole = _whole(picture)
    return [Region(whole.x, whole.y, whole.size * scale, turn) for scale, turn in _WHOLE]


def _scaled(region: Region, scale: float) -> Region:
    return Region(region.x, region.y, region.size * scale)


def _parts(picture: Picture, look: Look) -> list[Region]:
    """The look's overlapping parts of the picture, the middle first."""
    whole = _whole(picture)
    side = look.part * whole.size
    steps = np.linspace(side - whole.size, whole.size - side, look.across) / 2
    wide, high = (picture.width + side) / 2, (picture.height + side) / 2  # beyond, a part shows nothing of the picture
    places = [(x, y) for x, y in product(steps, steps) if abs(x) < wide and abs(y) < high]
    return [Region(whole.x + x, whole.y + y, side) for x, y in sorted(places, key=lambda place: math.hypot(*place))]
