"""Settings of the families that read whole pictures, as frozen dataclasses. Standard library only.

``parse`` makes them of what a person wrote and refuses, in a sentence, what it does not know.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from worker.ml.config import PixelAugmentation

Backbone = Literal["VGG16", "ResNet50", "ResNet50V2", "MobileNetV2", "EfficientNetB0"]
Precision = Literal["auto", "mixed", "full"]

SplitMethod = Literal["random", "stratified", "signer"]

IMAGENET: Final = "imagenet"
"""Weights as trained on ImageNet."""
FROM_CHANCE: Final = "none"
"""No weights: the backbone starts from chance, for tests."""


class ConfigError(ValueError):
    """A configuration that cannot be used. Says which setting, and what it may be."""


def _at_least(least: float, **settings: float) -> None:
    for name, value in settings.items():
        if not value >= least:
            raise ConfigError(f"{name} must be at least {least}, and is {value}.")


def _share(**settings: float) -> None:
    for name, value in settings.items():
        if not 0 <= value <= 1:
            raise ConfigError(f"{name} must be from 0 to 1, and is {value}.")


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a network learns: AdamW on batches of ``batch`` pictures, for at most ``epochs``.

    The customer's brief has RMSprop at a constant rate; AdamW is RMSprop with momentum and weight decay.

    The learning rate climbs for ``warm_up_epochs`` and falls like a cosine to zero. ``patience`` is for how many epochs
    the validation loss may fail to improve before training stops; the best epoch's weights are kept. Batches whose
    gradient is longer than ``clip`` are shortened to it.
    """

    epochs: int = 24
    batch: int = 32
    learning_rate: float = 1e-3
    warm_up_epochs: int = 1
    weight_decay: float = 1e-4
    label_smoothing: float = 0.0
    patience: int = 6
    clip: float = 1.0

    def __post_init__(self) -> None:
        _at_least(1, epochs=self.epochs, batch=self.batch, patience=self.patience)
        _at_least(0, learning_rate=self.learning_rate, weight_decay=self.weight_decay, clip=self.clip)


PICTURE_CHANGES: Final = PixelAugmentation(
    move=0.05,
    turn=0.1,
    scale=0.08,
    stretch=0.05,
    light=0.7,
    background=0.0,
    coarse=0.0,
    grey=0.0,
    cut=0.0,
    noise=6.0,
    mirror=0.0,
)
"""How far training changes whole pictures. ``background`` needs a hand's mask and must stay zero."""


@dataclass(frozen=True, slots=True)
class SimpleCnnConfig:
    """The plain network: a convolution and a pooling for each of ``filters``, a dense layer, dropout.

    ``side`` is that of its square input in pixels. ``class_weights`` lets rare classes count as much as common ones;
    ``precision`` is ``mixed`` on a GPU and ``full`` elsewhere unless it is told.
    """

    side: int = 50
    filters: tuple[int, ...] = (16, 32, 64, 128)
    dense: int = 512
    dropout: float = 0.5
    fitting: Fitting = Fitting()
    augmentation: PixelAugmentation = PICTURE_CHANGES
    class_weights: bool = True
    precision: Precision = "auto"
    seed: int = 20261125

    def __post_init__(self) -> None:
        _at_least(2 ** len(self.filters), side=self.side)
        _at_least(1, dense=self.dense, filters=min(self.filters, default=0))
        _share(dropout=self.dropout)


@dataclass(frozen=True, slots=True)
class TransferConfig:
    """A backbone that learnt ImageNet, and a head like that of the plain network.

    First the head learns alone, by ``frozen``; then, by ``fine_tuning`` unless it is null, the last
    ``fine_tuned_share`` of the backbone's layers learn with it. ``weights`` is ``imagenet``, ``none`` (from chance), or
    a file of the backbone's weights without its top: ``.weights.h5``, ``.h5`` or ``.keras``.
    """

    backbone: Backbone = "MobileNetV2"
    weights: str = IMAGENET
    side: int = 64
    dense: int = 512
    dropout: float = 0.5
    frozen: Fitting = Fitting(epochs=2, learning_rate=1e-3, warm_up_epochs=0)
    fine_tuning: Fitting | None = Fitting(epochs=6, learning_rate=5e-4, patience=3)
    fine_tuned_share: float = 1.0
    augmentation: PixelAugmentation = PICTURE_CHANGES
    class_weights: bool = True
    precision: Precision = "auto"
    seed: int = 20261126

    def __post_init__(self) -> None:
        _at_least(32, side=self.side)
        _at_least(1, dense=self.dense)
        _share(dropout=self.dropout, fine_tuned_share=self.fine_tuned_share)

    @property
    def weights_file(self) -> Path | None:
        """The file that ``weights`` names; None where it names none."""
        return None if self.weights in (IMAGENET, FROM_CHANCE) else Path(self.weights)


@dataclass(frozen=True, slots=True)
class ForestConfig:
    """The random forest: for each depth and number of trees, ``folds``-fold cross-validation; the best is kept.

    With ``bootstrap`` each tree learns from a draw with replacement, which holds 63 % of the pictures; without it from
    all of them, and trees differ only by the ``features`` numbers of the code that are drawn at each node.
    """

    depths: tuple[int, ...] = (10, 25, 100)
    trees: tuple[int, ...] = (150,)
    folds: int = 3
    features: int = 60
    bootstrap: bool = False

    def __post_init__(self) -> None:
        _at_least(1, depths=min(self.depths, default=0), trees=min(self.trees, default=0), features=self.features)
        _at_least(2, folds=self.folds)


@dataclass(frozen=True, slots=True)
class AutoencoderForestConfig:
    """An autoencoder, whose code of ``code`` numbers a random forest reads.

    The decoder's shapes hold for a ``side`` of 50 alone, which is therefore no setting.
    """

    filters: tuple[int, int, int, int] = (32, 64, 128, 256)
    code: int = 512
    fitting: Fitting = Fitting(epochs=30)
    forest: ForestConfig = ForestConfig()
    precision: Precision = "auto"
    seed: int = 20261127

    def __post_init__(self) -> None:
        _at_least(1, code=self.code, filters=min(self.filters))

    @property
    def side(self) -> int:
        return 50


PictureConfig = SimpleCnnConfig | TransferConfig | AutoencoderForestConfig

NETWORK_FILE: Final = "network.tflite"
ENCODER_FILE: Final = "encoder.tflite"
FOREST_FILE: Final = "forest.npz"


@dataclass(frozen=True, slots=True)
class Family:
    """What must be known of a family beside how it learns: its ``config``, what it is in a ``sentence`` for model
    cards, the files that it is ``served`` from, and the ``least_temperature`` that calibration tries; None: as low as
    for any network."""

    config: type[PictureConfig]
    sentence: str
    served: tuple[str, ...] = (NETWORK_FILE,)
    least_temperature: float | None = None


PICTURE_FAMILIES: Final[Mapping[str, Family]] = {
    "simple_cnn": Family(
        SimpleCnnConfig, "A plain convolutional network, trained from scratch, looks at the picture as a whole."
    ),
    "transfer": Family(TransferConfig, "A network that learnt ImageNet before looks at the picture as a whole."),
    "autoencoder_forest": Family(
        AutoencoderForestConfig,
        "An autoencoder writes the picture as a code of few numbers; a random forest names the letter by these.",
        served=(ENCODER_FILE, FOREST_FILE),
        least_temperature=0.05,  # trees and looks are averaged: a forest is far less sure than it is right
    ),
}
"""The families that read whole pictures, by name. How each learns: ``families.FIT``."""

CONFIGS: Final[Mapping[str, type[PictureConfig]]] = {name: one.config for name, one in PICTURE_FAMILIES.items()}


def family_of(config: PictureConfig) -> str:
    return next(name for name, kind in CONFIGS.items() if isinstance(config, kind))


def parse(family: str, values: Mapping[str, Any]) -> PictureConfig:
    """The family's configuration with these values in place of the defaults, nested as the dataclasses are.

    Raises :class:`ConfigError`.
    """
    if family not in CONFIGS:
        raise ConfigError(f"There is no family named {family}. There are: {', '.join(CONFIGS)}.")
    config: PictureConfig = _parse(CONFIGS[family](), values, family)
    return config


def _parse(default: Any, values: Any, place: str) -> Any:
    """``default`` with these values in place of its own."""
    if not isinstance(values, Mapping):
        raise ConfigError(f"{place} must be names and values, and is {values!r}.")
    known = {one.name for one in fields(default)}
    for name in values:
        if name not in known:
            raise ConfigError(f"{place} has no setting named {name}. It has: {', '.join(sorted(known))}.")
    hints = get_type_hints(type(default))
    try:
        changed = {}
        for name, value in values.items():
            changed[name] = _value(hints[name], value, f"{place}.{name}", getattr(default, name))
        return replace(default, **changed)
    except ConfigError as error:
        raise error if str(error).startswith(place) else ConfigError(f"{place}: {error}") from None


def _value(kind: Any, value: Any, place: str, default: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        if value is None:
            return None
        kind = next(one for one in get_args(kind) if one is not type(None))
    if is_dataclass(kind):
        return _parse(default, value, place)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ConfigError(f"{place} must be one of {', '.join(get_args(kind))}, and is {value!r}.")
        return value
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple) or not all(_is(int, one) for one in value):
            raise ConfigError(f"{place} must be a list of whole numbers, and is {value!r}.")
        return tuple(value)
    if not _is(kind, value):
        names = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
        raise ConfigError(f"{place} must be {names[kind]}, and is {value!r}.")
    return kind(value)


def _is(kind: type, value: Any) -> bool:
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    return isinstance(value, int | float) if kind is float else isinstance(value, kind)
