"""Settings of the library as frozen dataclasses, with their defaults. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What the decoder accepts: bytes of the file, pixels by its header, and the shortest side in pixels.

    What is decoded is scaled down to ``longest_side`` pixels.
    """

    max_bytes: int = 12_000_000
    max_pixels: int = 60_000_000
    longest_side: int = 1600
    shortest_side: int = 16


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
    """The ``landmarks`` family: ``members`` networks of dense layers, whose probabilities are averaged."""

    hidden: tuple[int, ...] = (384, 256, 128)
    dropout: float = 0.4
    members: int = 2
    steps: int = 2000
    batch: int = 512
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    seed: int = 20261123
    augmentation: HandAugmentation = HandAugmentation()
