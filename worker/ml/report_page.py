"""The evaluation report as one HTML page."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from worker.ml.figures import Axis, Bar, bar_chart, heat_map, plot
from worker.ml.page_parts import document, folded, number, table, wide

_GROUPS: Final = {
    "static_letters": "24 static letters (without J and Z)",
    "letters": "26 letters",
    "all_classes": "all 29 classes",
}
_PARTS: Final = {"signers": "Signers", "vault": "Vault"}


def page(metrics: Mapping[str, Any]) -> str:
    """The page for what :func:`worker.ml.report.full_metrics` gave."""
    sections = [
        ("glance", "At a glance", _glance(metrics)),
        ("signers", "Signers", _signers("signers", metrics["signers"])),
        *([("vault", "Vault", _signers("vault", metrics["vault"]))] if "vault" in metrics else []),
        ("letters", "Letters", _letters(metrics["signers"])),
        ("confusions", "Confusions", _confusions(metrics["signers"])),
        ("throughout", "Signs wrong throughout", _throughout(metrics["signers"]["wrong_throughout"])),
        ("confidence", "Confidence", _confidence(metrics["signers"], metrics)),
        *([("corruptions", "Corruptions", _corruptions(metrics["corruptions"]))] if "corruptions" in metrics else []),
        ("groups", "Skin, hand and camera", _attributes(metrics["signers"])),
        ("doubtful", "Doubtful labels", _doubtful(metrics["doubtful_labels"])),
        ("about", "What this is of", _about(metrics)),
    ]
    return document(
        "Evaluation report",
        "On people it never saw",
        "<p>Every signer is judged by a model that never saw them, and a hand that was not found is a wrong answer. "
        "In brackets: 95 % intervals by signer.</p>",
        sections,
    )


def _glance(metrics: Mapping[str, Any]) -> str:
    parts = [(title, metrics[name]) for name, title in _PARTS.items() if name in metrics]
    figures: list[tuple[str, list[str]]] = []
    for over, words in (("over_signers", "mean over signers"), ("over_sessions", "mean over sessions")):
        figures += [
            (
                f"{_GROUPS[group]}, {words}",
                [_estimate(part["accuracy_of_groups"].get(group, {}).get(over)) for _, part in parts],
            )
            for group in _GROUPS
        ]
    figures += [
        ("worst signer", [number(part["accuracy_of_worst_signer"]) for _, part in parts]),
        ("worst session", [number(part["accuracy_of_worst_session"]) for _, part in parts]),
        ("hand found, mean over sessions", [number(part["hand_found_mean_over_sessions"]) for _, part in parts]),
        ("letters called nothing", [number(part["letters_called_nothing"]) for _, part in parts]),
        ("expected calibration error, all answers", [number(part["calibration_error"]) for _, part in parts]),
        (
            f"sure answers (confidence from {metrics['threshold']:.2f}): share",
            [_estimate(p["sure"]["share"]) for _, p in parts],
        ),
        ("sure answers: accuracy", [_estimate(part["sure"]["accuracy"]) for _, part in parts]),
        ("other answers: accuracy", [_estimate(part["sure"]["accuracy_of_others"]) for _, part in parts]),
    ]
    rest: list[tuple[str, str]] = []
    if "mirrored" in metrics:
        rest.append(("the mirrored picture gets the same letter", _estimate(metrics["mirrored"]["agreement"])))
    if "rooms" in metrics:
        rooms = metrics["rooms"]
        rest.append((f"{rooms['photos']} rooms and faces called nothing", number(rooms["called_nothing"])))
    if "corruptions" in metrics:
        rest.append(("accuracy lost by a corruption, mean", _estimate(metrics["corruptions"]["mean_drop"])))
    blank = [""] * (len(parts) - 1)
    rows = [[words, *values] for words, values in figures] + [[words, value, *blank] for words, value in rest]
    return table("The main figures", ["figure", *(title for title, _ in parts)], rows)


def _signers(name: str, figures: Mapping[str, Any]) -> str:
    rows = sorted(figures["signers"].items(), key=lambda item: item[1]["accuracy"])
    bars = [Bar(person, row["accuracy"], row["low"], row["high"]) for person, row in rows]
    worst, best = rows[0], rows[-1]
    sentence = f"From {worst[0]} with {worst[1]['accuracy']:.3f} to {best[0]} with {best[1]['accuracy']:.3f}."
    return (
        "<p>The interval of a single signer is of their photos (Wilson); as neighbouring photos are alike, it is too "
        "narrow.</p>"
        + wide(
            bar_chart(f"{name}-bars", "Accuracy by signer", sentence, bars, Axis("accuracy")),
            "Accuracy by signer, figure",
        )
        + table(
            "Signers, hardest first",
            ["signer", "photos", "hand found", "accuracy", "interval"],
            [[*_row(person, row), f"{row['low']:.3f} to {row['high']:.3f}"] for person, row in rows],
        )
        + table(
            "Sessions",
            ["session", "photos", "hand found", "accuracy"],
            [_row(session, row) for session, row in figures["sessions"].items()],
        )
    )


def _row(name: str, row: Mapping[str, Any]) -> list[str]:
    return [name, str(row["photos"]), number(row["hand_found"]), number(row["accuracy"])]


def _letters(figures: Mapping[str, Any]) -> str:
    classes: Mapping[str, float] = figures["classes"]
    hardest = min(classes, key=lambda label: classes[label])
    sentence = f"The hardest is {hardest} with {classes[hardest]:.3f}."
    bars = [Bar(label, value) for label, value in classes.items()]
    return wide(
        bar_chart("letter-bars", "Accuracy by class", sentence, bars, Axis("share of its photos answered right")),
        "Accuracy by class, figure",
    ) + table("Classes", ["class", "accuracy"], [[label, number(value)] for label, value in classes.items()])


def _confusions(figures: Mapping[str, Any]) -> str:
    pairs, confusion = figures["most_confused"], figures["confusion"]
    labels: Sequence[str] = confusion["labels"]
    first = (
        f"Most often, {pairs[0]['true']} is taken for {pairs[0]['given']}." if pairs else "No photo is answered wrong."
    )
    rows = [[label, *map(str, counts)] for label, counts in zip(labels, confusion["counts"], strict=True)]
    return (
        wide(heat_map("confusion", "Confusion matrix", first, labels, confusion["counts"]), "Confusion matrix, figure")
        + table(
            "Pairs most often confused",
            ["true", "given", "share of the true class", "photos"],
            [[one["true"], one["given"], number(one["share"]), str(one["photos"])] for one in pairs],
        )
        + folded(
            "All numbers of the confusion matrix",
            table("Photos by true (rows) and given class", ["true", *labels], rows),
        )
    )


def _throughout(figures: Mapping[str, Any]) -> str:
    rows: Sequence[Mapping[str, Any]] = figures["listed"]
    return (
        f"<p>Of {figures['signs']} signs, each a class as one session shows it, {len(rows)} are answered right in less "
        f"than one photo of ten. They hold {figures['share_of_errors']:.0%} of all errors. Such a signer may have "
        "a way of their own for the letter, or show another one.</p>"
    ) + (
        table(
            "Signs wrong throughout",
            ["session", "class", "photos", "accuracy", "mostly given"],
            [[one["session"], one["label"], str(one["photos"]), number(one["accuracy"]), one["given"]] for one in rows],
        )
        if rows
        else ""
    )


def _confidence(figures: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    bins, curve = figures["reliability"], [one for one in figures["coverage"] if one["accuracy"] is not None]
    low = min(0.9, *(one["accuracy"] for one in curve))
    sure = figures["sure"]
    sentence = (
        f"At the threshold of {metrics['threshold']:.2f}, {sure['share']['mean']:.3f} of the answers are sure, "
        + (f"and {sure['accuracy']['mean']:.3f} of these are right." if sure["accuracy"] else "and none to judge.")
    )
    return (
        wide(
            plot(
                "reliability",
                "Reliability diagram",
                f"On the dashed line, confidence is accuracy. The mean gap is {figures['calibration_error']:.3f}.",
                [(one["confidence"], one["accuracy"]) for one in bins],
                Axis("confidence"),
                Axis("accuracy"),
                with_diagonal=True,
            ),
            "Reliability diagram, figure",
        )
        + table(
            "Reliability",
            ["confidence from", "to", "share of answers", "mean confidence", "accuracy"],
            [[number(one[key]) for key in ("low", "high", "share", "confidence", "accuracy")] for one in bins],
        )
        + wide(
            plot(
                "coverage",
                "Coverage against accuracy",
                sentence,
                [(one["share"], one["accuracy"]) for one in curve],
                Axis("share of answers that are sure"),
                Axis("accuracy of these", low=max(0.0, int(low * 10) / 10)),
            ),
            "Coverage against accuracy, figure",
        )
        + f"<p>{escape(sentence)}</p>"
        + folded(
            "All numbers of the curve",
            table(
                "Coverage against accuracy",
                ["threshold", "share", "accuracy"],
                [[f"{one['threshold']:.2f}", number(one["share"]), number(one["accuracy"])] for one in curve],
            ),
        )
    )


def _corruptions(figures: Mapping[str, Any]) -> str:
    rows: Mapping[str, Mapping[str, Any]] = figures["table"]
    estimates = {"as they were": figures["clean"], **{name: row["accuracy"] for name, row in rows.items()}}
    bars = [Bar(name, one["mean"], one["low"], one["high"]) for name, one in estimates.items()]
    worst = max(rows, key=lambda name: rows[name]["drop"]["mean"], default="none")
    return wide(
        bar_chart("corruption-bars", "Accuracy by corruption", f"The hardest is {worst}.", bars, Axis("accuracy")),
        "Accuracy by corruption, figure",
    ) + table(
        f"The same {figures['photos']} photos, made worse",
        ["corruption", "what is done", "hand found", "accuracy", "lost"],
        [
            [name, row["words"], number(row["hand_found"]), _estimate(row["accuracy"]), _estimate(row["drop"])]
            for name, row in rows.items()
        ]
        + [["all of them", "mean", "", "", _estimate(figures["mean_drop"])]],
        words=1,
    )


def _attributes(figures: Mapping[str, Any]) -> str:
    return (
        "<p>Skin tone is that of the light in the pictures, each group is of a few people, and the attributes go "
        "together: a difference tells nothing of its cause.</p>"
    ) + "".join(
        table(
            f"By {name}",
            [name, "signers", "sessions", "photos", "accuracy"],
            [
                [value, str(row["signers"]), str(row["sessions"]), str(row["photos"]), _estimate(row["accuracy"])]
                for value, row in rows.items()
            ],
        )
        for name, rows in figures["accuracy_by"].items()
    )


def _doubtful(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "<p>There are none.</p>"
    return (
        f"<p>{len(rows)} photos whose label gets less than 0.01 while another class gets more than 0.95. The label "
        "may be wrong, or the model; they count like all others.</p>"
    ) + folded(
        "The list",
        table(
            "Doubtful labels, the surest answer first",
            ["photo", "label", "its probability", "answer", "confidence"],
            [
                [name or str(photo), label, number(probability), given, number(confidence)]
                for name, photo, label, probability, given, confidence in (
                    (one[key] for key in ("name", "photo", "label", "probability", "given", "confidence"))
                    for one in rows
                )
            ],
        ),
    )


def _about(metrics: Mapping[str, Any]) -> str:
    rows = [[name, value] for name, value in metrics["about"].items()]
    rows += [["temperature", f"{metrics['temperature']:g}"], ["threshold", f"{metrics['threshold']:.2f}"]]
    return table("Where these figures come from", ["what", "value"], rows, words=1)


def _estimate(value: Mapping[str, float] | None) -> str:
    return f"{value['mean']:.3f} ({value['low']:.3f} to {value['high']:.3f})" if value else "none"
