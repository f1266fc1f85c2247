"""The families that read whole pictures, by name: each trains by the same contract."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from worker.ml.models import autoencoder_forest, simple_cnn, transfer
from worker.ml.pictures.config import PICTURE_FAMILIES, ConfigError
from worker.ml.pictures.family import Fitted, Material
from worker.ml.pictures.serving import SERVE

FIT: Final[Mapping[str, Callable[[Any, Material], Fitted]]] = {
    simple_cnn.FAMILY: simple_cnn.fit,
    transfer.FAMILY: transfer.fit,
    autoencoder_forest.FAMILY: autoencoder_forest.fit,
}
"""What trains each family, given its configuration."""


def trainer_of(family: str) -> Callable[[Any, Material], Fitted]:
    """What trains it. Raises :class:`ConfigError` where it could not learn, or not be served once it had learnt."""
    if family not in FIT:
        raise ConfigError(f"{family} cannot be trained: families.FIT does not say how.")
    served = PICTURE_FAMILIES[family].served
    if served not in SERVE:
        raise ConfigError(f"{family} could not be served: serving.SERVE does not say how, from {', '.join(served)}.")
    return FIT[family]
