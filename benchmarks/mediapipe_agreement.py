"""How far our landmarks are from those of MediaPipe 0.10.21 itself, on the same photos.

    python -m venv .local/mediapipe && .local/mediapipe/bin/pip install mediapipe==0.10.21
    python -m benchmarks.mediapipe_agreement --reference .local/mediapipe/bin/python --data ../shared/data

MediaPipe needs an environment of its own (it forces older NumPy and TensorFlow), so it runs as a subprocess that reads
the paths of photos and answers with landmarks, both as JSON.
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np

from worker.ml.hands.finder import HandFinder
from worker.ml.hands.geometry import Picture
from worker.ml.hands.networks import LANDMARK_FILE, PALM_FILE, carried_file
from worker.ml.images import decode

SEED = 1
PHOTOS = 300

_REFERENCE = """
import json, sys
import cv2, mediapipe
hands = mediapipe.solutions.hands.Hands(static_image_mode=True, max_num_hands=1, min_detection_confidence=0.5)
answers = []
for path in json.load(sys.stdin):
    found = hands.process(cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)).multi_hand_landmarks
    answers.append([[p.x, p.y] for p in found[0].landmark] if found else None)
json.dump(answers, sys.stdout)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True, help="the Python that has mediapipe 0.10.21")
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    photos = sorted((options.data / "hands").glob("*/[A-Z]/*.jpg"))
    photos = random.Random(SEED).sample(photos, PHOTOS)  # noqa: S311 - a sample, not a secret
    answer = subprocess.run(  # noqa: S603 - the operator names the interpreter
        [options.reference, "-c", _REFERENCE],
        input=json.dumps([str(path) for path in photos]),
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = json.loads(answer.stdout)
    finder = HandFinder(carried_file(PALM_FILE), carried_file(LANDMARK_FILE))
    distances, ours = [], 0
    for path, reference in zip(photos, theirs, strict=True):
        picture = Picture(decode(path.read_bytes()))
        hand = finder.find(picture).hand
        ours += hand is not None
        if hand is not None and reference is not None:
            points = np.array(reference) * [picture.width, picture.height]
            size = np.ptp(points, axis=0).max()
            distances.append(float(np.median(np.linalg.norm(points - hand.points[:, :2], axis=1)) / size))
    sys.stdout.write(
        f"photos {PHOTOS} (seed {SEED}); hand found by MediaPipe {sum(a is not None for a in theirs)}, by us {ours}\n"
        f"landmark distance as a share of the hand's size, where both found one ({len(distances)}): "
        f"median {np.median(distances):.4f}, 90th percentile {np.percentile(distances, 90):.4f}\n"
    )


if __name__ == "__main__":
    main()
