"""An artefact that can be served and trained further, of one small network: seconds instead of minutes in tests."""

from dataclasses import replace
from pathlib import Path

import keras

from worker.ml.artifact import CARD, SHIPPED, Artifact
from worker.ml.config import LandmarksConfig
from worker.ml.export import to_keras, to_litert
from worker.ml.inference import KERAS_FILE, LETTER_FILE
from worker.ml.models import landmarks


def publish_small(directory: Path) -> Artifact:
    """Untrained: what it names is chance. It reads no pixels."""
    keras.utils.set_random_seed(1)
    network = landmarks.combine([landmarks.build(LandmarksConfig(hidden=(16,)), name="member_0")])
    draft = replace(Artifact.load(SHIPPED), name="small", landmarks_share=1.0, metrics={}, data={})
    files = {LETTER_FILE: to_litert(network), KERAS_FILE: to_keras(network), CARD: b"# Small\n"}
    return draft.publish(directory, files)
