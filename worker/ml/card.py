"""The model card, written from what was measured. Source of its form: Mitchell et al., 2019, arXiv:1810.03993."""

from collections.abc import Mapping
from typing import Any

from worker.ml.artifact import Artifact

_TEXT = """\
# Model card: {name}

Names the letter of the American Sign Language fingerspelling alphabet that one hand in one still picture shows: A to Z,
`space`, `del`, and `nothing` where there is no hand. It does not translate sign language, which has a grammar, faces,
movement and two hands.

- **How**: MediaPipe's palm detector and landmark network (Apache-2.0, read from the package `mediapipe` 0.10.21) place 21
  landmarks; freer searches follow where the detector finds no palm. The landmarks, brought to one handedness, size and
  origin, go through {members} dense networks whose log-probabilities are averaged. One temperature ({temperature})
  calibrates the confidence.
- **J and Z** are movements. A still shows one moment of them, close to I and to D, X or G.
- **T, M and N** are signed in two ways in the training data, and both are known.
- Made {created_at} with {made_with}, seed {seed}, by
  `python -m worker.ml train --data ../shared/data --output worker/pretrained`.

## Data

SHA-256 {sha256} over {photos} photos and {set_rows} rows of landmarks without photos.

| source | what | licence |
|---|---|---|
| Kaggle "ASL Alphabet" | one person, one room: photos at 64 and 100 px, and landmarks | not recorded with the copy used |
| "ASL Finger Spelling" (Pugeault and Bowden, 2011) | landmarks of five signers, 24 letters | not recorded with the copy used; landmarks only |
| `kept_*` | one person in varied rooms | Apache-2.0 |
| mariia00, amaannaseh, aslexplorer, adi3220, insaneleone, kennethowen, kingdavidko, palakbhandari, siqbals, straciulita, t32rahman | one webcam user each | MIT |
| `massey__*`, `jbhumika__*` | five people cut out on black; three to four people, light to dark skin | published without a licence |
| carbonara, longhongvo, sufyan, ikedyike, tutututu, `dstdaskjl50__*` | one person each, some left-handed or mirrored | published without a licence |
| `rooms` | faces, walls and rooms without a hand | published without a licence |

Photos were used to learn from and are not redistributed; what ships is weights and figures.

## On people it never saw

Leave one signer out: trained {folds} times, each time without one person (all of their sessions), asked about that person's
photos. A hand that is not found counts as a wrong answer. All figures below are of the {evaluated} photos of those people.

| | |
|---|---|
| accuracy, mean over {sessions} sessions | **{mean:.3f}** |
| worst session | {worst:.3f} |
| hand found, mean over sessions | {found:.3f} |
| calibration error of found hands (15 bins) | {ece:.3f} |
| photos of rooms and faces called `nothing` | {rooms} |

The temperature was fitted on these same answers: one number, so that the calibration error is slightly flattered.

{session_table}

By class, over all photos:

{class_table}

Most often confused: {confused}.

## Limits

- About thirty people, most of them before a webcam: too few to speak of every skin, age and hand.
- Photos wider than 260 px in the data had been cut around a hand that MediaPipe found, so that hands which are tiny in
  their picture are rarer here than in life.
- Two hands in one picture: the one that the landmark network is surer of is read.
"""


def model_card(artifact: Artifact) -> str:
    """The card in Markdown."""
    metrics = artifact.metrics
    sessions: Mapping[str, Mapping[str, Any]] = metrics["sessions"]
    return _TEXT.format(
        name=artifact.name,
        members=artifact.config["members"],
        seed=artifact.config["seed"],
        temperature=artifact.temperature,
        created_at=artifact.created_at[:10],
        made_with=", ".join(f"{name} {number}" for name, number in artifact.made_with.items()),
        sha256=f"`{artifact.data['sha256']}`",
        photos=f"{artifact.data['photos']:,}",
        set_rows=f"{sum(artifact.data['sets']):,}",
        folds=artifact.data["folds"],
        evaluated=f"{sum(row['photos'] for row in sessions.values()):,}",
        sessions=len(sessions),
        mean=metrics["accuracy_mean_over_sessions"],
        worst=metrics["accuracy_of_worst_session"],
        found=metrics["hand_found_mean_over_sessions"],
        ece=metrics["calibration_error_of_found_hands"],
        rooms=metrics.get("empty_rooms_called_nothing", "not measured"),
        session_table=_session_table(sessions),
        class_table=_class_table(metrics["classes"]),
        confused=", ".join(f"{p['true']} as {p['given']} ({p['share']:.0%})" for p in metrics["most_confused"]),
    )


def _session_table(sessions: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [f"| {n} | {r['photos']} | {r['hand_found']:.3f} | {r['accuracy']:.3f} |" for n, r in sessions.items()]
    return "\n".join(["| session | photos | hand found | accuracy |", "|---|---|---|---|", *rows])


def _class_table(classes: Mapping[str, float]) -> str:
    names, shares = zip(*classes.items(), strict=True)
    return "\n".join(
        [
            "| " + " | ".join(names) + " |",
            "|---" * len(names) + "|",
            "| " + " | ".join(f"{s:.2f}" for s in shares) + " |",
        ]
    )
