"""What a teacher looks at in a hand: how fingers are stretched and spread, where the thumb is, how the palm is turned.

``static/js/live/measures.js`` does the same sums in the browser; a test compares.
"""

from typing import Final

import numpy as np

from worker.ml.hands.geometry import Floats

FINGERS: Final = {"index": 5, "middle": 9, "ring": 13, "little": 17}
"""The knuckle of each finger; its tip is three landmarks on."""
_THUMB, _THUMB_TIP = 1, 4
_NEIGHBOURS: Final = (("index", "middle"), ("middle", "ring"), ("ring", "little"))
_TINY: Final = 1e-6

NAMES: Final = (
    "thumb_stretch",
    *(f"{finger}_stretch" for finger in FINGERS),
    *(f"{finger}_raise" for finger in FINGERS),
    *(f"{one}_{other}_spread" for one, other in _NEIGHBOURS),
    "thumb_across",
    "thumb_up",
    "thumb_out",
    "thumb_index_gap",
    "thumb_middle_gap",
    "palm_facing",
    "palm_sideways",
    "palm_upright",
)
"""In the order of :func:`measures`.

- ``stretch``: from base to tip, against the length of the bones: 1 is straight, 0.3 is folded.
- ``raise``: the cosine between the finger's first bone and the palm's length: 1 goes on upwards, 0 is bent forward.
- ``spread``: how far the tip is on the thumb's side of its neighbour's, in palms; negative where the two are crossed.
- the thumb's tip from the index finger's knuckle, in palms, in the palm's frame: ``across`` to the thumb's side, ``up``
  to the fingers, ``out`` of the palm; and its gap to two other tips.
- ``palm``: how much it faces the camera (-1 is its back), and where its length points in the picture of a right hand:
  ``sideways`` to the right, ``upright`` up.
"""


def measures(points: Floats) -> Floats:
    """Of normalised hands (..., 21, 3), as ``normalise`` gives them: (..., 20) in the order of :data:`NAMES`."""
    up, across, out = _palm_frame(points)
    tips = {finger: points[..., knuckle + 3, :] for finger, knuckle in FINGERS.items()}
    thumb = points[..., _THUMB_TIP, :]
    from_knuckle = thumb - points[..., FINGERS["index"], :]
    columns = [
        _stretch(points, _THUMB),
        *(_stretch(points, knuckle) for knuckle in FINGERS.values()),
        *(_dot(_unit(points[..., base + 1, :] - points[..., base, :]), up) for base in FINGERS.values()),
        *(_dot(tips[one] - tips[other], across) for one, other in _NEIGHBOURS),
        _dot(from_knuckle, across),
        _dot(from_knuckle, up),
        _dot(from_knuckle, out),
        np.linalg.norm(thumb - tips["index"], axis=-1),
        np.linalg.norm(thumb - tips["middle"], axis=-1),
        -out[..., 2],
        up[..., 0],
        -up[..., 1],
    ]
    measured: Floats = np.stack(columns, axis=-1).astype(np.float32)
    return measured


def _stretch(points: Floats, base: int) -> Floats:
    bones = np.linalg.norm(np.diff(points[..., base : base + 4, :], axis=-2), axis=-1).sum(axis=-1)
    stretch: Floats = np.linalg.norm(points[..., base + 3, :] - points[..., base, :], axis=-1) / (bones + _TINY)
    return stretch


def _palm_frame(points: Floats) -> tuple[Floats, Floats, Floats]:
    """Orthonormal axes: along the palm to the fingers, across it to the thumb, out of it to the front."""
    up = _unit(points[..., 9, :] - points[..., 0, :])
    out = _unit(np.cross(points[..., 5, :] - points[..., 17, :], up))
    return up, np.cross(up, out), out


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + _TINY)
    return unit


def _dot(one: Floats, other: Floats) -> Floats:
    dot: Floats = (one * other).sum(axis=-1)
    return dot
