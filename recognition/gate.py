"""Whether a candidate may take the active version's place without somebody overriding it, and if not, why."""

from typing import Any

from django.conf import settings
from django.template.defaultfilters import pluralize

from recognition.models import ModelVersion

FEWEST_HANDS = 30
FEWEST_OF_A_CLASS = 10

TITLES = {"held out": "people whom it did not learn from", "known": "hands of the base set that it did not learn from"}


def objections(version: ModelVersion, active: ModelVersion | None) -> list[str]:
    """Sentences; none if it may be promoted."""
    if active is None or version.state == ModelVersion.State.ARCHIVED:
        return []
    found = _of_data(version)
    if version.comparison.get("against") != active.pk:
        return [*found, "It was never compared with the version that is active now."]
    judged = 0
    for table in version.comparison["tables"]:
        judged += table["hands"] if table["name"] == "held out" else 0
        if table["hands"]:
            found += _of_table(table)
    if judged < FEWEST_HANDS:
        found.insert(
            0, f"Only {judged} hands of people whom it did not learn from were judged; {FEWEST_HANDS} are needed."
        )
    return found


def _of_data(version: ModelVersion) -> list[str]:
    """The comparison was made while they were there, and says nothing of it."""
    run = version.made_by
    left = run.data.left if run else 0
    return [f"{left} of the pictures in its training {pluralize(left, 'has,have')} left since."] if left > 0 else []


def _of_table(table: dict[str, Any]) -> list[str]:
    title = TITLES.get(table["name"], table["name"])
    found = []
    if table["new"] < table["old"] - settings.PROMOTION_MARGIN:
        found.append(f"On {title} it is right in {table['new']:.1%}, the active version in {table['old']:.1%}.")
    for label, row in table["classes"].items():
        is_worse = row["new"] < row["old"] - settings.PROMOTION_CLASS_MARGIN
        if row["hands"] >= FEWEST_OF_A_CLASS and is_worse:
            found.append(f"Of {label} on {title} it names {row['new']:.1%}, the active version {row['old']:.1%}.")
    return found
