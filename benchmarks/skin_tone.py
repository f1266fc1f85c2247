"""How light the skin of each signer's hand is in their photos: ``python -m benchmarks.skin_tone --data ../shared/data``

The Individual Typology Angle of the pixels inside the palm (wrist, thumb's base and knuckles as the landmark network
places them): the angle of (L* - 50) to b* in CIELAB under D65. The exposure is evened out before, as if the brightest
few per cent of each picture were white. Of each photo its median pixel counts, of each session its median photo, in a
seeded sample of letters. Also printed: the quarters between which half of the photos lie, the angle without evening out
the exposure, and the share of photos in which the landmark network sees a left hand. Groups: light above 41 degrees,
medium from 10, dark below. Source: Chardon, Cretois and Hourseau, "Skin colour typology and suntanning pathways", 1991,
whose six bands are taken two by two.

What is measured is the light in a picture and not the person. Coloured lamps, a hand in the shade before a bright wall,
or a picture without anything white move the angle by more than a group, and palms are lighter than the backs of the
same hands. ``worker/ml/signers.py`` says where eyes judged otherwise.
"""

import argparse
import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from worker.ml.hands.finder import HandFinder
from worker.ml.hands.geometry import Floats, Picture
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, carried_file
from worker.ml.hands.normalise import PALM
from worker.ml.images import decode

SEED = 1
PHOTOS = 60
LIGHT, MEDIUM = 41, 10
_BRIGHTEST = 97  # per cent of a picture's pixels are darker than what is taken for white

# sRGB's primaries (IEC 61966-2-1) in CIE XYZ, each row divided by the D65 white of that coordinate.
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_TO_XYZ /= _TO_XYZ.sum(axis=1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    finder = HandFinder(carried_file(PALM_FILE), carried_file(LANDMARK_FILE))
    sys.stdout.write(f"{'session':20} {'photos':>6} {'angle':>6} {'quarters':>13} {'as it is':>8} {'left':>5}  group\n")
    for folder in sorted((options.data / "hands").iterdir()):
        photos = sorted(folder.glob("[A-Z]/*.jpg"))
        photos = random.Random(SEED).sample(photos, min(PHOTOS, len(photos)))  # noqa: S311 - a sample, not a secret
        angles, left = [], []
        for path in photos:
            image = decode(path.read_bytes())
            hand = finder.find(Picture(image)).hand
            if hand is not None:
                angles.append(_angles(image, hand.points))
                left.append(hand.handedness == "left")
        if angles:
            (low, middle, high), raw = np.percentile(angles, (25, 50, 75), axis=0)[:, 0], np.median(angles, axis=0)[1]
            sys.stdout.write(
                f"{folder.name:20} {len(angles):6} {middle:6.1f} {low:6.1f} {high:6.1f} {raw:8.1f} "
                f"{np.mean(left):5.2f}  {group_of(middle)}\n"
            )


def typology_angle(light: Floats) -> Floats:
    """The angle in degrees (n,) of linear sRGB light (n, 3) from 0 to 1."""
    xyz = light @ _TO_XYZ.T
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    lightness, blueness = 116 * root[:, 1] - 16, 200 * (root[:, 1] - root[:, 2])
    return np.degrees(np.arctan2(lightness - 50, np.maximum(blueness, 1e-3)))  # type: ignore[no-any-return]


def group_of(angle: float) -> str:
    return "light" if angle > LIGHT else "medium" if angle >= MEDIUM else "dark"


def _angles(image: Image.Image, points: Floats) -> tuple[float, float]:
    """The median angle inside the palm with the exposure evened out, and without."""
    mask = Image.new("1", image.size)
    ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in points[list(PALM), :2]], fill=1)
    pixels = np.asarray(image, np.float32) / 255
    light = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    white = np.percentile(light.reshape(-1, 3), _BRIGHTEST, axis=0).mean()
    palm = light[np.asarray(mask)] if mask.getbbox() else light.reshape(-1, 3)
    even, raw = (np.median(typology_angle(one)) for one in (np.minimum(palm / max(white, 0.02), 1), palm))
    return float(even), float(raw)


if __name__ == "__main__":
    main()
