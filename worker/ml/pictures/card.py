"""The model card of a model that reads whole pictures. Source of its form: Mitchell et al., 2019, arXiv:1810.03993."""

import json
from collections.abc import Mapping
from typing import Any, Final

from worker.ml.artifact import Artifact
from worker.ml.labels import NAMES
from worker.ml.pictures.config import PICTURE_FAMILIES

_TEXT: Final = """\
# Model card: {name}

Names the letter of the American Sign Language fingerspelling alphabet that one hand in one still picture shows: A to Z,
`space`, `del`, and `nothing` where there is no hand. It does not translate sign language, which has a grammar, faces,
movement and two hands.

{kind} No hand is looked for: rooms, lights and people that the training did not show are beyond it.

- Trained {created_at} with {made_with}, seed {seed}, on `{data}`: {photos:,} pictures, SHA-256 `{sha256}`.
- One temperature ({temperature:g}), chosen on the validation pictures, calibrates the confidence; answers whose confidence
  is below {unsure_below:.2f} are *unsure*.

## Figures

| | {names} |
|---|{rules}
{rows}

{warnings}
Precision, recall, F1, confusions, calibration and the pictures that were answered wrong: `report.html`, beside this card.

Recall by class, on the first of these sets:

{classes}

## Configuration

```json
{config}
```
"""


def picture_card(artifact: Artifact, metrics: Mapping[str, Any]) -> str:
    """The card in Markdown."""
    sets = metrics["sets"]
    rows = {
        "pictures": [f"{one['pictures']:,}" for one in sets],
        "signers": [str(one["signers"] or "unknown") for one in sets],
        "accuracy": [f"{one['accuracy']['mean']:.4f}" for one in sets],
        "accuracy, mean over signers": [_mean(one["accuracy_over_signers"]) for one in sets],
        "F1, macro": [f"{one['averages']['f1']['macro']:.4f}" for one in sets],
        "expected calibration error": [f"{one['calibration_error']:.4f}" for one in sets],
        "milliseconds a picture, median": [f"{one['milliseconds']['median']:.1f}" for one in sets],
    }
    recalls = {NAMES[label]: row["recall"] for label, row in sets[0]["classes"].items() if row["recall"] is not None}
    return _TEXT.format(
        name=artifact.name,
        kind=PICTURE_FAMILIES[artifact.family].sentence,
        created_at=artifact.created_at[:10],
        made_with=", ".join(f"{name} {number}" for name, number in artifact.made_with.items()),
        seed=artifact.config["seed"],
        data=artifact.data["name"],
        photos=artifact.data["photos"],
        sha256=artifact.data["sha256"],
        temperature=artifact.temperature,
        unsure_below=artifact.unsure_below,
        names=" | ".join(one["name"] for one in sets),
        rules="---|" * len(sets),
        rows="\n".join(f"| {words} | {' | '.join(values)} |" for words, values in rows.items()),
        warnings="".join(f"**Warning**: {sentence}\n\n" for sentence in metrics["warnings"]),
        classes=", ".join(f"{name} {value:.2f}" for name, value in recalls.items()),
        config=json.dumps(artifact.config, indent=1),
    )


def _mean(value: Mapping[str, float] | None) -> str:
    return "–" if value is None else f"{value['mean']:.4f}"
