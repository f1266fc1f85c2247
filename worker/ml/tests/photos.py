"""Real photos, where they are. They are not part of the repository: see the model card for what they are."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("ASL_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))

needs_photos = pytest.mark.skipif(
    not (DATA / "hands").is_dir(), reason=f"the training photos are not here ({DATA}); set ASL_DATA to their folder"
)


def photos_of(session: str, label: str, count: int) -> list[Path]:
    """Some photos of a session's class, spread evenly over the recording."""
    files = sorted((DATA / "hands" / session / label).glob("*.jpg"))
    return files[:: max(1, len(files) // count)][:count]
