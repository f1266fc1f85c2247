"""Find the signing hand in a picture, looking again where the palm detector alone would give up.

MediaPipe's detector is made for webcams: on tight crops, where the hand touches the border, it misses up to three hands
of four that its own landmark network would have placed without trouble. So the landmark network judges: regions are
proposed ever more freely (palms in the whole picture, palms with a border around it, the picture itself as region,
palms in enlarged parts) and the network's presence score accepts or refuses each. The freer the proposal, the surer
the network has to be.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from worker.ml.hands.geometry import Picture, Region
from worker.ml.hands.networks import LandmarkNetwork, Landmarks, PalmDetector


class Look(NamedTuple):
    """One way to propose regions, and the presence (0..1) above which its hands are believed."""

    name: str
    min_presence: float


PALMS: Final = Look("palms in the picture", 0.6)
BORDERED: Final = Look("palms in the picture with a border", 0.8)
WHOLE: Final = Look("the picture as region", 0.9)
PARTS: Final = Look("palms in enlarged parts", 0.95)
"""The thresholds are the highest at which the hands found on training signers stay above 99.9 %."""

SURE_PRESENCE: Final = 0.97
"""A hand this certain ends the search."""

_PALM_SCORE: Final = 0.5
_DOUBTFUL_PALM_SCORE: Final = 0.3
_BORDERS: Final = (1.25, 1.5, 2.0)
_TURNS: Final = (0.0, -0.6, 0.6)
_HANDS_A_PICTURE: Final = 2


class Finding(NamedTuple):
    """The hand, or None; and its presence (0..1), or the highest presence that was not believed."""

    hand: Landmarks | None
    presence: float


class HandFinder:
    """The two networks and the order in which they search. Not for use by two threads at once."""

    def __init__(self, palm_file: Path, landmark_file: Path, threads: int = 1) -> None:
        self._palms = PalmDetector(palm_file, threads)
        self._landmarks = LandmarkNetwork(landmark_file, threads)

    def find(self, picture: Picture) -> Finding:
        """The hand whose presence is highest.

        The search goes on to the next, freer look only if all before it have found nothing that is believed.
        """
        best: Landmarks | None = None
        presence = 0.0
        for look, regions in self._looks(picture):
            for region in regions:
                seen = self.place(picture, region)
                presence = max(presence, seen.presence)
                if seen.presence >= look.min_presence and (best is None or seen.presence > best.presence):
                    best = seen
                if best is not None and best.presence >= SURE_PRESENCE and look is not PALMS:
                    break
            if best is not None:
                return Finding(best, best.presence)
        return Finding(None, presence)

    def place(self, picture: Picture, region: Region) -> Landmarks:
        """Landmarks in the region, placed a second time in the region that the first pass suggests."""
        return self._passes(picture, region)[1]

    def views(self, picture: Picture) -> Iterator[Landmarks]:
        """The hand as seen through several regions, each before and after the second pass: variety for training."""
        whole = _whole(picture)
        windows = [
            self._palms.detect(picture, _scaled(whole, border), _DOUBTFUL_PALM_SCORE) for border in (1, 1.25, 1.5)
        ]
        for region in [*(palms[0].region for palms in windows if palms), whole]:
            yield from self._passes(picture, region)

    def _passes(self, picture: Picture, region: Region) -> tuple[Landmarks, Landmarks]:
        first = self._landmarks.place(picture, region)
        return first, self._landmarks.place(picture, LandmarkNetwork.region_of(first.points))

    def _looks(self, picture: Picture) -> Iterator[tuple[Look, Iterator[Region]]]:
        """Each look with its regions, proposed only when asked for: a run of the detector costs as much as a pass."""
        whole = _whole(picture)
        yield PALMS, self._palm_regions(picture, [whole], _PALM_SCORE)
        bordered = [_scaled(whole, border) for border in (1.0, *_BORDERS)]
        yield BORDERED, self._palm_regions(picture, bordered, _DOUBTFUL_PALM_SCORE)
        turned = (Region(whole.x, whole.y, whole.size * scale, turn) for scale in (1.0, 1.3) for turn in _TURNS)
        yield WHOLE, turned
        yield PARTS, self._palm_regions(picture, _parts(whole), _PALM_SCORE)

    def _palm_regions(self, picture: Picture, windows: list[Region], threshold: float) -> Iterator[Region]:
        for window in windows:
            for palm in self._palms.detect(picture, window, threshold)[:_HANDS_A_PICTURE]:
                yield palm.region


def _whole(picture: Picture) -> Region:
    return Region(picture.width / 2, picture.height / 2, max(picture.width, picture.height))


def _scaled(region: Region, scale: float) -> Region:
    return Region(region.x, region.y, region.size * scale)


def _parts(whole: Region) -> list[Region]:
    """Nine overlapping parts, each three fifths of the picture wide."""
    steps = (-0.2, 0.0, 0.2)
    return [Region(whole.x + x * whole.size, whole.y + y * whole.size, whole.size * 0.6) for y in steps for x in steps]
