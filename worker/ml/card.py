"""The model card, written from what was measured. Source of its form: Mitchell et al., 2019, arXiv:1810.03993."""

from collections.abc import Mapping
from typing import Any, Final

from worker.ml.artifact import Artifact
from worker.ml.config import MIRROR_WEIGHT, RecogniserConfig
from worker.ml.kept_pixels import JUDGED_TOGETHER, PIXELS_OF

Figures = Mapping[str, Any]

TRIED: Final[Mapping[str, tuple[str, ...]]] = {
    "fusion": (
        "What shipped first: crops of 96 pixels, the first seven blocks of MobileNetV2 as ImageNet left them, less change in "
        "training, landmarks from three views of each hand. Landmarks alone 0.912, pixels alone 0.824, both 0.922, in the vault "
        "0.926; mean drop by corruptions 0.037.",
        "What shipped after that: hands looked at once and not both ways, pixels in 5,100 steps before surroundings that were all of "
        "photos without a hand. Landmarks alone 0.910, pixels alone 0.880, both 0.920, in the vault 0.935; a mirrored picture got "
        "the same letter in 0.965.",
        "What shipped third, as `fusion-134507ad-4b556421`: hands found before black and without a frame, no views that are cut off. "
        "By the hands found first: landmarks alone 0.916, pixels alone 0.875, both 0.923, in the vault 0.937; sure 0.863 of the "
        "answers; mean drop by corruptions 0.025. Landmarks alone as served 0.926. What a frame brings for pictures that are cut "
        "tight: docs/evaluation.md.",
        "What shipped fourth, as `fusion-134507ad-0bb9f52c`: hands looked at upright, as MediaPipe has them, and not leaning towards "
        "the thumb (docs/evaluation.md). Landmarks alone, as served, signers left out in five groups: 0.927, sure 0.839 of the "
        "answers, in the vault 0.939. Served leaning, though they learnt from upright hands, every second photo: 0.934, sure 0.855. The "
        "vault was opened for each of the five, and chose none.",
        "Four thousand steps instead of two for the landmarks: about half a point on two of the folds (by one network: 0.918 to "
        "0.923 with six thousand). Less noise, more stretch, larger layers, or more weight for the hand as it is found: within a "
        "third of a point of it.",
        "A weight of its own for every class and network, and a bias, chosen on the other folds: 0.920 at best where one "
        "weight for all classes gives 0.922 (found hands).",
        "One more landmark pass, averaged with the second: on three folds the landmarks alone gain 0.4 points, both networks "
        "together 0.1, for 9 ms. A hand is looked at both ways since: docs/evaluation.md.",
        "Weights of the pixels averaged over the last few hundred steps: on the folds the true classes are as likely as by the last "
        "ones (0.531 for 0.528 in the mean of their negative logarithms), 0.1 points fewer are named rightly.",
        "Crops stretched half as much in training, on the fold of squeezed pictures: pixels alone 0.761 for 0.778, both "
        "0.873 for 0.869.",
        "In the place of MobileNetV2, the last four blocks of MediaPipe's landmark network, trained on to name letters from what "
        "that network's convolutions see. On two of the folds (jbhumika; kept and massey__hand1) it alone reaches 0.788 and "
        "0.883, with the landmarks 0.832 and 0.943, where these landmarks alone reach 0.830 and 0.948: it errs where they err.",
        "MediaPipe's landmarks in metres, which its network gives as well, as a third network of the same make: on two of the folds "
        "0.865 by itself and 0.882 by landmarks alone; both, with a tenth of the weight for the former, 0.884, and the true classes are "
        "less likely than before.",
        "The landmarks asked about stretched, turned and tilted a little too (16 views of a hand found first), and all answers "
        "averaged: 0.916 as before; by those stretched by a third either way alone, 0.917. Averaged probabilities do the same.",
        "Hands that borrow from others of the same letter in training: some fingers, the way the hand points, or a blend of all, three "
        "in ten each. One network by the five folds: 0.918 for 0.921, though the true classes are likelier (0.281 for 0.290 in the mean "
        "of their negative logarithms); the way it points alone, on two of the folds: 0.868 and 0.938 for 0.869 and 0.950.",
        "One network for landmarks instead of two: 0.921 by the hands found first, as by both.",
        "Attention or a graph in the place of the features: 21 landmarks of 96 numbers each, through three layers of attention with four "
        "heads, or four layers that mix neighbours on the skeleton and, by learnt weights, all others. After 2,000 steps, on 1,740 "
        "photos of one person in many rooms who was left out (kept), hands found first: attention 0.916, the graph 0.928, where the "
        "features have 0.937; mean negative logarithms of the true classes 0.311, 0.281 and 0.240. Not tried on others, nor longer.",
    )
}
"""What was tried for a preset and did not help, with what came of it: sentences in Markdown."""

_TEXT = """\
# Model card: {name}

Names the letter of the American Sign Language fingerspelling alphabet that one hand in one still picture shows: A to Z,
`space`, `del`, and `nothing` where there is no hand. It does not translate sign language, which has a grammar, faces,
movement and two hands.

- **Finding the hand**: MediaPipe's palm detector and landmark network (Apache-2.0, read from the package `mediapipe` 0.10.21)
  place 21 landmarks, twice, and at last as the mean of the hand, leaning towards its thumb, and its mirror image. Palms are looked for
  in a wide grey frame around the picture first; freer searches follow where the detector finds none, and where no hand signs surely,
  down to small parts much enlarged. The hand whose letter is surest signs.
- **Naming the letter by landmarks**: brought to one handedness, size and origin, they go through {members} dense networks.
{pixels}- **Honesty**: one temperature ({temperature}) calibrates the confidence. Answers whose confidence is below {unsure_below} are
  *unsure* and come with the letters between which they waver.{alone}
- **J and Z** are movements. A still shows one moment of them, close to I and to D, X or G.
- **T, M and N** are signed in two ways in the training data, and both are known.
{cost}- Made {created_at} with {made_with}, seeds {seeds}, by
  `python -m worker.ml train --data ../shared/data --output worker/pretrained --preset {family}{options}`.

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
| ImageNet, by torchvision's MobileNetV2 | where the network for pixels starts | weights BSD-3-Clause |
| `rooms` | faces, walls and rooms without a hand | published without a licence |

Photos were used to learn from and are not redistributed; what ships is weights and figures.

## On people it never saw

The protocol is [docs/evaluation.md](../../docs/evaluation.md). {signers} signers were left out {groups},
each judged by networks that learnt from none of these sessions, nor from the vault's. A hand that is not found is a
wrong answer. {vault_text}The shipped networks then learnt from everybody.
{kept}
| | {photos_judged} photos of signers left out | {vault_photos} photos of the vault |
|---|---|---|
{main_table}

Rooms and faces called `nothing`: {rooms}. A mirrored picture gets the same letter: {mirrored:.3f}, of the sample below.

{session_table}

The vault:

{vault_table}

By class, over the photos of signers left out:

{class_table}

Most often confused: {confused}.
{throughout}
## What each part brings

Accuracy over the sessions of the signers left out, by the same folds:

| | |
|---|---|
{parts}

{tried}## The same photos, made worse

{corrupted_photos} photos, spread over classes and sessions, each by networks that never saw the person. Mean drop:
**{mean_drop:.3f}**.

{corruption_table}

## Limits

- About thirty people, most of them before a webcam: too few to speak of every skin, age and hand.
- Photos wider than 260 px in the data had been cut around a hand that MediaPipe found, so that hands which are tiny in
  their picture are rarer here than in life.
- The temperature, the weight and the threshold were chosen on the answers of the signers left out, whose calibration error
  and share of sure answers they flatter a little; the vault's are free of that.
{pixel_limits}"""

_PIXELS = """\
- **Naming the letter by pixels**: the square around the hand goes through MobileNetV2 (ImageNet weights of torchvision,
  BSD-3-Clause, trained on from end to end). Both networks' log-probabilities are added, the landmarks' with a weight of
  {share:.2f}, each asked for the hand and, with a weight of {mirror}, for its mirror image.
"""

_KEPT = """
**These figures are of landmarks by themselves, as they are served.** The network for pixels, and how both are brought together, are
those of `{name}`: it learnt from all of these people, and could not be judged with the new landmarks.{judged}
"""

_JUDGED_TOGETHER = """
When it last was, over the same sessions and by the hands found first: {parts}."""

_ALONE = """
  For the landmarks by themselves, by which the live page names letters in the browser, they are {temperature} and {unsure_below}."""

_COST = """\
- **Cost**: the median photo takes {milliseconds:.0f} ms, 95 of a hundred at most {milliseconds_p95:.0f} ms ({pictures_timed} photos, two
  threads, the least of three times each); all networks, MediaPipe's included, are {megabytes:.1f} MB.
"""

_THROUGHOUT = """
{errors_in_these_signs:.0%} of the errors are in {signs_wrong_throughout} of the {signs} signs, each a class as one session shows it: of
these, less than one photo in ten is answered right. Such a signer may have a way of their own for the letter, or show another one
([the list](report.html#throughout)).
"""

_PIXEL_LIMITS = """\
- In training, the surroundings behind many hands are those of other photos: for pixels without a hand, or beside the hand of
  people who were not left out, for landmarks of `rooms`, which are judged too.
"""

_VAULT = """\
The **vault** are {signers} more signers, judged once, at the end, by networks that learnt from all others, with the weight,
temperature and threshold that had been chosen without them. """

_TRIED = """\
Tried, and what came of it:

{tried}

"""


def model_card(artifact: Artifact) -> str:
    """The card in Markdown."""
    metrics, config = artifact.metrics, artifact.config
    crops = config["crops"]
    pixels = _PIXELS.format(share=artifact.landmarks_share, mirror=MIRROR_WEIGHT) if crops else ""
    tried = TRIED.get(artifact.family, ())
    sessions, vault = metrics["sessions"], metrics.get("vault_sessions", {})
    pixels_of = artifact.data.get(PIXELS_OF)
    return _TEXT.format(
        name=artifact.name,
        family=artifact.family,
        pixels=pixels,
        cost=_cost(metrics),
        members=config["landmarks"]["members"],
        seeds=" and ".join(str(one["seed"]) for one in (config["landmarks"], crops) if one),
        temperature=artifact.temperature,
        unsure_below=artifact.unsure_below,
        alone=_ALONE.format(**artifact.landmarks_alone) if artifact.landmarks_alone else "",
        created_at=artifact.created_at[:10],
        made_with=", ".join(f"{name} {number}" for name, number in artifact.made_with.items()),
        sha256=f"`{artifact.data['sha256']}`",
        photos=f"{artifact.data['photos']:,}",
        set_rows=f"{sum(artifact.data['sets']):,}",
        groups=_groups(artifact.data["folds"], len(metrics["signers"])),
        signers=len(metrics["signers"]),
        options=_options(config["folds"], opens_vault=bool(vault), keeps_pixels=bool(pixels_of)),
        kept=_KEPT.format(name=pixels_of, judged=_judged_together(metrics)) if pixels_of else "",
        vault_text=_VAULT.format(signers=metrics["vault_persons"]) if vault else "",
        photos_judged=f"{_photos(sessions):,}",
        vault_photos=f"{_photos(vault):,}",
        main_table="\n".join(_main_rows(metrics)),
        rooms=metrics.get("empty_rooms_called_nothing", "not measured"),
        mirrored=metrics["mirrored_agreement"],
        session_table=_session_table(sessions),
        vault_table=_session_table(vault) if vault else "It was not opened.",
        class_table=_class_table(metrics["classes"]),
        confused=", ".join(f"{p['true']} as {p['given']} ({p['share']:.0%})" for p in metrics["most_confused"]),
        throughout=_THROUGHOUT.format(**metrics) if metrics.get("signs_wrong_throughout") else "",
        parts="\n".join(f"| {name} | {accuracy:.3f} |" for name, accuracy in metrics["parts"].items()),
        pixel_limits=_PIXEL_LIMITS if crops else "",
        tried=_TRIED.format(tried="\n".join(f"- {one}" for one in tried)) if tried else "",
        corrupted_photos=f"{metrics['corrupted_photos']:,}",
        mean_drop=metrics["corruption_mean_drop"],
        corruption_table=_corruption_table(metrics["corruptions"]),
    )


def _groups(folds: int, signers: int) -> str:
    # The rooms are left out like a signer.
    return "one at a time" if folds > signers else f"in {folds} groups of whole people"


def _options(folds: int, *, opens_vault: bool, keeps_pixels: bool) -> str:
    """What the command that made it had to be told."""
    options = [
        (keeps_pixels, " --pixels-of worker/pretrained"),
        (folds != RecogniserConfig().folds, f" --folds {folds}"),
        (opens_vault, " --open-vault"),
    ]
    return "".join(option for is_given, option in options if is_given)


def _judged_together(metrics: Figures) -> str:
    parts = [f"{name} {accuracy:.3f}" for name, accuracy in metrics[JUDGED_TOGETHER].items()]
    return _JUDGED_TOGETHER.format(parts=", ".join(parts)) if parts else ""


def _cost(metrics: Figures) -> str:
    """Empty for an artefact whose cost was not measured yet."""
    return _COST.format(**metrics, megabytes=metrics["size_bytes"] / 1e6) if "size_bytes" in metrics else ""


def _main_rows(metrics: Figures) -> list[str]:
    """One row a figure, of the signers left out and of the vault."""
    rows = [
        ("**accuracy, all classes, mean over sessions**", "accuracy_mean_over_sessions"),
        ("the same, mean over signers", "accuracy_mean_over_signers"),
        ("worst session", "accuracy_of_worst_session"),
        ("worst signer", "accuracy_of_worst_signer"),
        ("26 letters, mean over sessions", "accuracy_of_letters"),
        ("24 static letters, mean over sessions", "accuracy_of_static_letters"),
        ("hand found, mean over sessions", "hand_found_mean_over_sessions"),
        ("letters called `nothing`", "letters_called_nothing"),
        ("calibration error (15 bins, misses included)", "calibration_error"),
        ("share of sure answers", "sure_share"),
        ("accuracy of sure answers", "sure_accuracy"),
    ]
    return [f"| {words} | {_figure(metrics, name)} | {_figure(metrics, f'vault_{name}')} |" for words, name in rows]


def _figure(metrics: Figures, name: str) -> str:
    value = metrics.get(name)
    return "–" if value is None else f"{value:.3f}"


def _photos(sessions: Figures) -> int:
    return sum(row["photos"] for row in sessions.values())


def _session_table(sessions: Figures) -> str:
    rows = [f"| {n} | {r['photos']} | {r['hand_found']:.3f} | {r['accuracy']:.3f} |" for n, r in sessions.items()]
    return "\n".join(["| session | photos | hand found | accuracy |", "|---|---|---|---|", *rows])


def _corruption_table(corruptions: Figures) -> str:
    rows = [
        f"| {name.replace('_', ' ')} | {row['hand_found']:.3f} | {row['accuracy']:.3f} | {row['drop']:.3f} |"
        for name, row in corruptions.items()
    ]
    return "\n".join(["| corruption | hand found | accuracy | drop |", "|---|---|---|---|", *rows])


def _class_table(classes: Mapping[str, float]) -> str:
    names, shares = zip(*classes.items(), strict=True)
    return "\n".join(
        [
            "| " + " | ".join(names) + " |",
            "|---" * len(names) + "|",
            "| " + " | ".join(f"{s:.2f}" for s in shares) + " |",
        ]
    )
