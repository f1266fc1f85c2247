"""The landmark network of an artefact in a file that the live page reads: plain numbers and a JSON header, no code.

The weights are those of the exported network, bit by bit, so that browser and server answer alike. Layout,
little-endian: ``ASLN``, the header's length in bytes (uint32), the header (JSON, UTF-8), zeros up to the next multiple
of 8, then the arrays, each at the ``offset`` that the header gives, counted from there. ``static/js/live/network.js``
reads it.
"""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from worker.ml.artifact import REMEDY, Artifact, ArtifactCorrupt
from worker.ml.config import MIRROR_WEIGHT
from worker.ml.hands.normalise import PALM
from worker.ml.hands.skeleton import PARENT

MAGIC: Final = b"ASLN"
FORMAT_VERSION: Final = 1
FEATURES: Final = 615
"""What ``models.landmarks.HandFeatures`` makes of a hand, and ``static/js/live/features.js`` in the browser."""

_ALIGNMENT: Final = 8

Array = npt.NDArray[Any]


def browser_network(artifact: Artifact, letters: Path) -> bytes:
    """The file's bytes, from the exported landmark network at ``letters``.

    Raises :class:`ArtifactCorrupt` if that is no chain of dense layers over hand features, as a network of another
    architecture would be.
    """
    layers, arrays, offset = [], [], 0
    for member in _members(letters):
        described = []
        for weights, bias in member:
            entry: dict[str, Any] = {"outputs": weights.shape[0], "inputs": weights.shape[1]}
            for name, array in (("weights", weights), ("bias", bias)):
                content = array.astype(array.dtype.newbyteorder("<")).tobytes()
                entry[name] = {"offset": offset, "type": array.dtype.name}
                padded = content + bytes(-len(content) % _ALIGNMENT)
                arrays.append(padded)
                offset += len(padded)
            described.append(entry)
        layers.append(described)
    # The weights of the hand and of its mirror image are rounded to 16 bits, as the exported network has them.
    header = json.dumps(
        {
            "format": FORMAT_VERSION,
            "name": artifact.name,
            "fingerprint": artifact.fingerprint,
            "labels": artifact.labels,
            **artifact.of_landmarks_alone,
            "view_weights": [float(np.float16(weight)) for weight in (1 - MIRROR_WEIGHT, MIRROR_WEIGHT)],
            "palm": PALM,
            "parents": PARENT,
            "members": layers,
        }
    ).encode()
    start = MAGIC + struct.pack("<I", len(header)) + header
    return start + bytes(-len(start) % _ALIGNMENT) + b"".join(arrays)


def _members(path: Path) -> list[list[tuple[Array, Array]]]:
    """Each member's dense layers: weights (outputs, inputs) and bias (outputs,), from the features to the logits."""
    try:
        interpreter = Interpreter(model_path=str(path))
        interpreter.allocate_tensors()
        dense = dict.fromkeys(_dense_layers(interpreter))  # each serves the hand and its mirror image
        layers = [(interpreter.get_tensor(weights), interpreter.get_tensor(bias)) for weights, bias in dense]
    except (RuntimeError, ValueError) as error:
        raise ArtifactCorrupt(f"{path} is no network that can be read. {REMEDY}") from error
    members: list[list[tuple[Array, Array]]] = []
    for weights, bias in layers:
        if weights.shape[1] == FEATURES:
            members.append([])
        if not members or (members[-1] and members[-1][-1][0].shape[0] != weights.shape[1]):
            raise ArtifactCorrupt(f"{path} has no plain chains of dense layers, which the browser needs. {REMEDY}")
        members[-1].append((weights, bias))
    return members


def _dense_layers(interpreter: Interpreter) -> Iterator[tuple[int, int]]:
    """Tensors of weights and bias of every dense layer in the order of the graph, as they are stored (in 16 bits)."""
    operations = interpreter._get_ops_details()  # there is no public way to a graph's operations
    stored = {int(one["outputs"][0]): int(one["inputs"][0]) for one in operations if one["op_name"] == "DEQUANTIZE"}
    for one in operations:
        if one["op_name"] == "FULLY_CONNECTED":
            weights, bias = (int(index) for index in one["inputs"][1:3])
            yield stored.get(weights, weights), stored.get(bias, bias)
