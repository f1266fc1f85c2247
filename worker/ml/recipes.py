"""What a training can be asked for: a family and its settings. Standard library only."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from worker.ml.lessons import RetrainingConfig
from worker.ml.pictures.config import CONFIGS, ConfigError, PictureConfig, TransferConfig, family_of, parse

LANDMARKS: Final = "landmarks"
"""The active version's landmark network, trained further. The other families begin anew, and read whole pictures."""

FAMILIES: Final = (LANDMARKS, *CONFIGS)

Recipe = RetrainingConfig | PictureConfig


def preset_of(recipe: Recipe) -> str:
    return LANDMARKS if isinstance(recipe, RetrainingConfig) else family_of(recipe)


def recipe_of(
    family: str,
    *,
    epochs: int | None = None,
    steps: int | None = None,
    batch: int | None = None,
    learning_rate: float | None = None,
    seed: int | None = None,
) -> Recipe:
    """The family's recipe, with its defaults where nothing is given.

    Of ``transfer`` the settings are those of its fine-tuning. Raises :class:`ConfigError` for ``steps`` where a family
    has none.
    """
    fitting = _given(epochs=epochs, batch=batch, learning_rate=learning_rate)
    if family == LANDMARKS:
        return replace(RetrainingConfig(), **fitting, **_given(steps=steps, seed=seed))
    if steps is not None:
        raise ConfigError(f"Only {LANDMARKS} has steps: an epoch of {family} is every picture once. Leave them out.")
    stage = "fine_tuning" if family == "transfer" else "fitting"
    return parse(family, {stage: fitting, **_given(seed=seed)})


def stored(family: str, values: Mapping[str, Any]) -> Recipe:
    """A recipe as a row keeps it. Raises :class:`ConfigError` or ``TypeError`` for one that is no longer understood."""
    return RetrainingConfig(**values) if family == LANDMARKS else parse(family, values)


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """The arguments of :func:`recipe_of` that give this recipe, for a form."""
    if isinstance(recipe, RetrainingConfig):
        fitting: Any = recipe
        steps = {"steps": recipe.steps}
    else:
        fitting = (recipe.fine_tuning or recipe.frozen) if isinstance(recipe, TransferConfig) else recipe.fitting
        steps = {}
    names = ("epochs", "batch", "learning_rate")
    return {name: getattr(fitting, name) for name in names} | steps | {"seed": recipe.seed}


def most_epochs(recipe: Recipe) -> int:
    """Of all stages together, unless training stops early."""
    if isinstance(recipe, TransferConfig):
        return recipe.frozen.epochs + (recipe.fine_tuning.epochs if recipe.fine_tuning else 0)
    return recipe.epochs if isinstance(recipe, RetrainingConfig) else recipe.fitting.epochs


def _given(**settings: Any) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}
