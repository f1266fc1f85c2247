"""What families and their settings are called on pages. REST and the commands take the names that they have in code."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from worker.ml.recipes import LANDMARKS

FAMILIES: Final = {
    LANDMARKS: "Landmarks: the active version, trained further",
    "simple_cnn": "Plain network, from scratch",
    "transfer": "Transfer: MobileNetV2, fine-tuned",
    "autoencoder_forest": "Autoencoder and random forest",
}

_SETTINGS: Final = {
    "augmentation": "Changes to the pictures learnt from",
    "batch": "Examples a step",
    "bootstrap": "Each tree learns from a draw with replacement",
    "class_weights": "Rare classes count as much as common ones",
    "clip": "Longest gradient",
    "coarse": "recorded with few pixels",
    "code": "Numbers in the code",
    "dense": "Width of the dense layer",
    "depths": "Depths tried",
    "features": "Numbers drawn at each node",
    "fine_tuned_share": "Share of the backbone that learns",
    "fine_tuning": "Then, with the backbone learning",
    "fitting": "How it learns",
    "folds": "Folds of the cross-validation",
    "frozen": "First, the head alone",
    "grey": "without colours",
    "patience": "Epochs without gain before it stops",
    "side": "Side of its input, in pixels",
    "steps": "Steps an epoch",
    "trees": "Trees tried",
    "weights": "Weights to begin with",
}
"""Those whose name, with spaces, says too little."""


class Setting(NamedTuple):
    """``name`` is that in code, ``title`` and ``value`` are for people."""

    name: str
    title: str
    value: str


def family_words(family: str) -> str:
    return FAMILIES.get(family, setting_words(family))


def setting_words(name: str) -> str:
    words = _SETTINGS.get(name, name.replace("_", " "))
    return words[:1].upper() + words[1:]


def settings_in_words(config: Mapping[str, Any]) -> list[Setting]:
    """The settings of a recipe, in its order."""
    return [Setting(name, setting_words(name), _words(value)) for name, value in config.items()]


def _words(setting: Any) -> str:
    """A setting as a person reads it, one that has settings of its own too."""
    if isinstance(setting, Mapping):
        return ", ".join(f"{_within(name)} {_words(value)}" for name, value in setting.items())
    if isinstance(setting, list):
        return ", ".join(_words(value) for value in setting)
    if setting is None:
        return "none"
    if isinstance(setting, bool):
        return "yes" if setting else "no"
    return str(setting)


def _within(name: str) -> str:
    words = setting_words(name)
    return words[:1].lower() + words[1:]
