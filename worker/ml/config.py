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
