"""The letter network in the browser answers as the served one does, for the same landmarks."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from worker.ml.artifact import SHIPPED, Artifact, ArtifactCorrupt
from worker.ml.browser_network import browser_network
from worker.ml.calibration import softmax
from worker.ml.hands.geometry import Floats
from worker.ml.hands.normalise import normalise
from worker.ml.inference import CROP_FILE, LETTER_FILE, HandNetwork
from worker.ml.labels import LABELS
from worker.ml.tests.node import evaluate
from worker.ml.tests.photos import DATA

READ = """
import { LetterNetwork } from "live/network.js";
const file = readFileSync(arguments_[0]);
const network = new LetterNetwork(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength));
const answer = given.map(({ points, isLeft }) => network.probabilities(Float64Array.from(points), isLeft));
"""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browser") / "letters.network"
    path.write_bytes(browser_network(Artifact.load(SHIPPED), SHIPPED / LETTER_FILE))
    return path


# An open hand seen from the palm: wrist, then thumb to little finger from base to tip.
DRAWN = np.array(
    [(0.5, 1), (0.7, 0.9), (0.85, 0.75), (0.93, 0.6), (1, 0.47)]
    + [
        (x + lean * step, 0.5 - 0.17 * step)
        for x, lean in ((0.68, 0.03), (0.52, 0), (0.37, -0.02), (0.24, -0.05))
        for step in range(4)
    ]
)


def bent_hands() -> Floats:
    """Hands (n, 21, 3) in pixels, bent at random and at many places and sizes."""
    random = np.random.default_rng(20261127)
    hands = [np.c_[DRAWN, np.zeros(21)] + random.normal(0, spread, (21, 3)) for spread in np.linspace(0.02, 0.25, 60)]
    return np.stack([hand * random.uniform(20, 900) + random.uniform(-50, 900, 3) for hand in hands]).astype(np.float32)


def assert_same(hands: Floats, network: Path) -> None:
    artifact, served = Artifact.load(SHIPPED), HandNetwork(SHIPPED / LETTER_FILE)
    sides = [bool(n % 2) for n in range(len(hands))]
    asked = [{"points": hand.ravel().tolist(), "isLeft": is_left} for hand, is_left in zip(hands, sides, strict=True)]
    told = np.array(evaluate(READ, str(network), read=asked))
    logits = [served.logits(normalise(hand, is_left=side)) for hand, side in zip(hands, sides, strict=True)]
    assert np.abs(told - softmax(np.stack(logits), artifact.of_landmarks_alone["temperature"])).max() < 1e-5


def test_drawn_hands_are_named_alike_in_browser_and_server(network: Path) -> None:
    assert_same(bent_hands(), network)


def test_peoples_hands_are_named_alike_in_browser_and_server(network: Path) -> None:
    table = DATA / "landmarks" / "kaggle.npz"
    if not table.exists():
        pytest.skip(f"There are no landmarks of people in {table}")
    hands = np.load(table)["xyz"].astype(np.float32)
    assert_same(hands[:: len(hands) // 300] * 200, network)


def test_the_file_says_which_version_it_is_and_what_its_numbers_mean(network: Path) -> None:
    content = network.read_bytes()
    header = json.loads(content[8 : 8 + struct.unpack("<I", content[4:8])[0]])
    artifact = Artifact.load(SHIPPED)
    assert header["fingerprint"] == artifact.fingerprint
    assert header["labels"] == list(LABELS)
    assert header["temperature"] == artifact.of_landmarks_alone["temperature"]
    hidden = artifact.config["landmarks"]["hidden"]
    assert [[layer["outputs"] for layer in member] for member in header["members"]] == [
        [*hidden, len(LABELS)] for _ in range(artifact.config["landmarks"]["members"])
    ]


def test_a_network_of_another_kind_is_refused() -> None:
    with pytest.raises(ArtifactCorrupt, match="no plain chains of dense layers"):
        browser_network(Artifact.load(SHIPPED), SHIPPED / CROP_FILE)


@pytest.mark.parametrize("broken", [b"", b"ASLN", b"<!DOCTYPE html>"])
def test_the_browser_refuses_what_is_no_network(broken: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken"
    path.write_bytes(broken)
    program = """
    import { LetterNetwork } from "live/network.js";
    const file = readFileSync(arguments_[0]);
    let answer = "read";
    try { new LetterNetwork(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)); }
    catch (error) { answer = error.message; }
    """
    assert evaluate(program, str(path)) == "This is no file of a letter network."
