"""The families that read whole pictures, by name: each trains by the same contract."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from worker.ml.models import autoencoder_forest, simple_cnn, transfer
from worker.ml.pictures.family import Fitted, Material

FIT: Final[Mapping[str, Callable[[Any, Material], Fitted]]] = {
    simple_cnn.FAMILY: simple_cnn.fit,
    transfer.FAMILY: transfer.fit,
    autoencoder_forest.FAMILY: autoencoder_forest.fit,
}
"""What trains each family, given its configuration."""
