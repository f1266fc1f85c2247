"""Settings of the library as frozen dataclasses, with their defaults. Standard library only."""

from dataclasses import dataclass, replace
from typing import Final, Self

MIRROR_WEIGHT: Final = 0.3
"""How much the mirrored hand's answer counts: the landmark network mistakes left for right on some hands."""

WARM_UP_SHARE: Final = 0.08
"""In how much of a training the networks that name letters learn ever faster, before they learn ever slower."""

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_SPREAD: Final = (0.229, 0.224, 0.225)
"""Of ImageNet's colours in 0..1: what torchvision's weights expect to be taken off and divided by."""


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What the decoder accepts: bytes of the file, pixels by its header, and the shortest side in pixels.

    What is decoded is scaled down to ``longest_side`` pixels.
    """

    max_bytes: int = 12_000_000
    max_pixels: int = 60_000_000
    longest_side: int = 1600
    shortest_side: int = 16


OWN_PICTURES: Final = ImageLimits(max_bytes=100_000_000, max_pixels=200_000_000)
"""For files on one's own disk, which commands and trainings read: telephones take JPEGs of 200 megapixels, and a PNG
of 12 has 19 MB. Other formats than JPEG may have no more pixels than those of strangers."""


@dataclass(frozen=True, slots=True)
class HandAugmentation:
    """How far training bends hands: standard deviations, drawn anew for every hand in every batch.

    ``finger`` and ``bone`` are of the logarithm of a finger's or a bone's length; ``roll`` (in the picture's plane) and
    ``tilt`` (out of it, about both axes) are in radians; ``stretch`` and ``depth`` are of the logarithm of width and
    depth; ``noise`` is the most that a landmark is moved, in palms. ``mirror`` is the share of hands taken for the
    other hand, as the landmark network errs now and then; hands of unknown side are mirrored half of the time.
    """

    finger: float = 0.06
    bone: float = 0.04
    roll: float = 0.2
    tilt: float = 0.2
    stretch: float = 0.12
    depth: float = 0.2
    noise: float = 0.08
    mirror: float = 0.1


@dataclass(frozen=True, slots=True)
class LandmarksConfig:
    """The ``landmarks`` network: ``members`` networks of dense layers, whose log-probabilities are averaged."""

    hidden: tuple[int, ...] = (384, 256, 128)
    dropout: float = 0.4
    members: int = 2
    steps: int = 4000
    batch: int = 512
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    seed: int = 20261123
    augmentation: HandAugmentation = HandAugmentation()


@dataclass(frozen=True, slots=True)
class PixelAugmentation:
    """How far training changes crops, drawn anew for every crop in every batch.

    ``move`` is of the crop's side, ``turn`` in radians; ``scale`` and ``stretch`` (width by height) are standard
    deviations of logarithms. ``light`` scales how far exposure, contrast, white balance and the fall of light go.
    ``background`` is the share of crops whose surroundings are those of another photo, ``coarse`` the share that is
    recorded with as few as ``fewest_pixels`` a side, ``grey`` the share without colours, ``cut`` the share that ends at
    a border within the crop, ``mirror`` the share of hands taken for the other hand.
    """

    move: float = 0.05
    turn: float = 0.2
    scale: float = 0.12
    stretch: float = 0.25
    light: float = 1.2
    background: float = 0.6
    coarse: float = 0.4
    fewest_pixels: int = 14
    grey: float = 0.2
    cut: float = 0.25
    noise: float = 14.0
    mirror: float = 0.1


@dataclass(frozen=True, slots=True)
class CropsConfig:
    """The ``crops`` network: MobileNetV2 on the square around the hand, from ImageNet's weights.

    Without ``is_pretrained`` all blocks start from chance, for tests.
    """

    side: int = 128
    dropout: float = 0.3
    steps: int = 6800
    batch: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.05
    is_pretrained: bool = True
    seed: int = 20261124
    augmentation: PixelAugmentation = PixelAugmentation()


@dataclass(frozen=True, slots=True)
class RecogniserConfig:
    """What is trained and how it is judged: ``folds`` groups of people are left out in turn.

    Without ``crops`` it is the ``landmarks`` preset: smaller, trained in minutes once the hands are found, and what a
    browser can run.
    """

    landmarks: LandmarksConfig = LandmarksConfig()
    crops: CropsConfig | None = CropsConfig()
    folds: int = 5

    def with_seed(self, seed: int) -> Self:
        crops = replace(self.crops, seed=seed) if self.crops else None
        return replace(self, landmarks=replace(self.landmarks, seed=seed), crops=crops)

    def quick(self) -> Self:
        """The same networks after a few steps, to see that everything runs; their figures mean nothing."""
        landmarks = replace(self.landmarks, members=1, steps=20, batch=64, hidden=(32,))
        crops = replace(self.crops, steps=2, batch=4) if self.crops else None
        return replace(self, landmarks=landmarks, crops=crops, folds=2)


FEWEST_JUDGED: Final = 10
"""Samples of a person's letters that have two or more: with fewer, nobody could say whether their own model helps."""

PRESETS = {"fusion": RecogniserConfig(), "landmarks": RecogniserConfig(crops=None)}
