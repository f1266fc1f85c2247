"""An artefact's network for pixels, to be served with landmarks that were learnt anew: pixels take a GPU, or a day."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from worker.ml.artifact import Artifact, ArtifactError
from worker.ml.inference import CROP_FILE

PIXELS_OF: Final = "pixels_of"
"""In an artefact's ``data``: of which its pixels are."""
JUDGED_TOGETHER: Final = "judged_together"
"""In an artefact's ``metrics``: accuracies over sessions from when its pixels were last judged, by their networks."""

PIXELS_BY: Final = "pixels by"
"""In an artefact's ``made_with``: what trained its pixels, if another machine did."""


@dataclass(frozen=True, slots=True)
class KeptPixels:
    """The network (LiteRT) and the artefact that has it."""

    artifact: Artifact
    network: bytes

    @classmethod
    def of(cls, directory: Path) -> Self:
        """Raises :class:`ArtifactError` for an artefact that cannot be served, or reads no pixels."""
        artifact = Artifact.load(directory)
        if CROP_FILE not in artifact.files:
            raise ArtifactError(f"{directory} has no network for pixels. Name an artefact of the preset fusion.")
        return cls(artifact, (directory / CROP_FILE).read_bytes())

    def joined(self, landmarks: Artifact) -> Artifact:
        """The draft of an artefact of ``landmarks`` and these pixels, brought together as they were with the former
        ones. What was judged are the new landmarks by themselves: whom pixels have learnt from they know."""
        artifact = self.artifact
        recipe = hashlib.sha256(f"{landmarks.name} {artifact.fingerprint}".encode()).hexdigest()
        judged = artifact.metrics.get(JUDGED_TOGETHER) or artifact.metrics.get("parts", {})
        maker = artifact.made_with.get(PIXELS_BY)
        return replace(
            landmarks,
            name=f"{artifact.family}-{landmarks.data['sha256'][:8]}-{recipe[:8]}",
            family=artifact.family,
            landmarks_share=artifact.landmarks_share,
            temperature=artifact.temperature,
            unsure_below=artifact.unsure_below,
            config={**landmarks.config, "crops": artifact.config["crops"]},
            data={**landmarks.data, PIXELS_OF: artifact.data.get(PIXELS_OF, artifact.name)},
            metrics={**landmarks.metrics, JUDGED_TOGETHER: judged},
            made_with={**landmarks.made_with, **({PIXELS_BY: maker} if maker else {})},
        )
