"""Sections of the report on a picture model, from the figures of one or more sets of pictures beside each other."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from worker.ml.figures import Axis, Bar, bar_chart, heat_map, lines, plot
from worker.ml.labels import LABELS, NAMES
from worker.ml.page_parts import folded, number, table, wide
from worker.ml.pictures.family import Epoch, History

Figures = Mapping[str, Any]

_NONE: Final = "none"


def at_a_glance(columns: Sequence[Figures], about: Mapping[str, str]) -> str:
    rows: list[tuple[str, list[str]]] = [
        ("pictures", [str(one["pictures"]) for one in columns]),
        ("signers", [str(one["signers"] or "unknown") for one in columns]),
        ("accuracy", [_estimate(one["accuracy"]) for one in columns]),
        ("accuracy, mean over signers", [_estimate(one["accuracy_over_signers"]) for one in columns]),
    ]
    for name in ("precision", "recall", "f1"):
        words = "F1" if name == "f1" else name
        for mean in ("macro", "weighted"):
            rows.append((f"{words}, {mean}", [number(one["averages"][name][mean]) for one in columns]))
    rows += [
        ("expected calibration error", [number(one["calibration_error"]) for one in columns]),
        ("share of sure answers", [number(one["sure"]["share"]) for one in columns]),
        ("accuracy of sure answers", [_or_none(one["sure"]["accuracy"]) for one in columns]),
        ("milliseconds, median", [f"{one['milliseconds']['median']:.1f}" for one in columns]),
        ("milliseconds, 95 of 100 within", [f"{one['milliseconds']['p95']:.1f}" for one in columns]),
    ]
    figures = table(
        "The main figures", ["figure", *(one["name"] for one in columns)], [[words, *values] for words, values in rows]
    )
    return figures + table("The model", ["what", "value"], [[name, value] for name, value in about.items()], words=1)


def learning(history: History) -> str:
    return "".join(_stage(f"stage-{place}", name, epochs) for place, (name, epochs) in enumerate(history.items()))


def _stage(anchor: str, name: str, epochs: Sequence[Epoch]) -> str:
    best = min(range(len(epochs)), key=lambda place: epochs[place].validation_loss)
    sentence = f"The least validation loss, {epochs[best].validation_loss:.4f}, is that of epoch {best + 1}."
    losses = {
        "training": [(place + 1.0, one.loss) for place, one in enumerate(epochs)],
        "validation": [(place + 1.0, one.validation_loss) for place, one in enumerate(epochs)],
    }
    most = max(value for series in losses.values() for _, value in series) or 1.0
    across = Axis("epoch", 1.0, max(2.0, float(len(epochs))), is_whole=True)
    figures = wide(lines(f"{anchor}-loss", f"Loss, {name}", sentence, losses, across, Axis("loss", 0.0, most)), name)
    accuracies = {
        words: [(place + 1.0, value) for place, value in enumerate(values) if value is not None]
        for words, values in (
            ("training", [one.accuracy for one in epochs]),
            ("validation", [one.validation_accuracy for one in epochs]),
        )
    }
    if accuracies["validation"]:
        sentence = f"In the last epoch the validation accuracy is {accuracies['validation'][-1][1]:.4f}."
        title = f"Accuracy, {name}"
        figures += wide(lines(f"{anchor}-accuracy", title, sentence, accuracies, across, Axis("accuracy")), title)
    return f"<h3>{escape(name.capitalize())}</h3>" + figures + folded("All epochs in numbers", _epochs(name, epochs))


def _epochs(name: str, epochs: Sequence[Epoch]) -> str:
    return table(
        f"Epochs, {name}",
        ["epoch", "loss", "validation loss", "accuracy", "validation accuracy", "rate", "s", "processor s", "waiting"],
        [
            [
                str(place),
                f"{one.loss:.4f}",
                f"{one.validation_loss:.4f}",
                _or_none(one.accuracy),
                _or_none(one.validation_accuracy),
                f"{one.learning_rate:.2g}",
                f"{one.seconds:.0f}",
                f"{one.cpu_seconds:.0f}",
                f"{one.waiting_share:.1%}",
            ]
            for place, one in enumerate(epochs, start=1)
        ],
    )


def classes(columns: Sequence[Figures]) -> str:
    """Precision, recall and F1 of each class, the sets beside each other."""
    heads = [f"{words}, {one['name']}" for one in columns for words in ("pictures", "precision", "recall", "F1")]
    rows = []
    for label in LABELS:
        cells = []
        for one in columns:
            row = one["classes"].get(label)
            cells += (
                [str(row["pictures"]), *(_or_none(row[k]) for k in ("precision", "recall", "f1"))] if row else [""] * 4
            )
        rows.append([NAMES[label], *cells])
    figures = []
    for place, one in enumerate(columns):
        bars = [Bar(NAMES[label], row["recall"]) for label, row in one["classes"].items() if row["recall"] is not None]
        hardest = min(bars, key=lambda bar: bar.value)
        sentence = f"The hardest is {hardest.name} with {hardest.value:.3f}."
        title = f"Recall by class, {one['name']}"
        figures.append(_heading(one) + wide(bar_chart(f"recall-{place}", title, sentence, bars, Axis("recall")), title))
    return "".join(figures) + table("Classes", ["class", *heads], rows)


def signers(columns: Sequence[Figures]) -> str:
    """Accuracy by signer, of the sets that have more than one; empty if none has."""
    parts = []
    for place, one in enumerate(columns):
        rows = sorted(one["by_signer"].items(), key=lambda item: item[1]["accuracy"])
        if len(rows) < 2:
            continue
        title = f"Accuracy by signer, {one['name']}"
        (worst, low), (best, high) = rows[0], rows[-1]
        sentence = f"From {worst} with {low['accuracy']:.3f} to {best} with {high['accuracy']:.3f}."
        bars = [Bar(name, row["accuracy"]) for name, row in rows]
        parts.append(wide(bar_chart(f"signers-{place}", title, sentence, bars, Axis("accuracy")), title))
        cells = [[name, str(row["pictures"]), number(row["accuracy"])] for name, row in rows]
        parts.append(table(title, ["signer", "pictures", "accuracy"], cells))
    return "".join(parts)


def confusions(place: int, figures: Figures) -> str:
    pairs, counts = figures["most_confused"], figures["confusion"]["counts"]
    said = (
        f"Most often, {pairs[0]['true']} is taken for {pairs[0]['given']}." if pairs else "Nothing is answered wrong."
    )
    title = f"Confusion matrix, {figures['name']}"
    rows = [[label, *map(str, row)] for label, row in zip(LABELS, counts, strict=True)]
    return (
        _heading(figures)
        + wide(heat_map(f"confusion-{place}", title, said, LABELS, counts), title)
        + table(
            f"Pairs most often confused, {figures['name']}",
            ["true", "given", "share of the true class", "pictures"],
            [[one["true"], one["given"], number(one["share"]), str(one["photos"])] for one in pairs],
        )
        + folded(
            f"All numbers of the confusion matrix, {figures['name']}",
            table(f"Pictures by true (rows) and given class, {figures['name']}", ["true", *LABELS], rows),
        )
    )


def calibration(place: int, figures: Figures) -> str:
    bins, title = figures["reliability"], f"Reliability diagram, {figures['name']}"
    sentence = f"On the dashed line, confidence is accuracy. The mean gap is {figures['calibration_error']:.3f}."
    points = [(one["confidence"], one["accuracy"]) for one in bins]
    axes = Axis("confidence"), Axis("accuracy")
    drawn = wide(plot(f"reliability-{place}", title, sentence, points, *axes, with_diagonal=True), title)
    return (
        _heading(figures)
        + f"<p>{escape(sentence)}</p>"
        + drawn
        + table(
            title,
            ["confidence from", "to", "share of answers", "mean confidence", "accuracy"],
            [[number(one[name]) for name in ("low", "high", "share", "confidence", "accuracy")] for one in bins],
        )
    )


def _heading(figures: Figures) -> str:
    return f"<h3>{escape(figures['name'])}</h3>"


def _estimate(value: Mapping[str, float] | None) -> str:
    return f"{value['mean']:.4f} ({value['low']:.4f} to {value['high']:.4f})" if value else _NONE


def _or_none(value: float | None) -> str:
    return _NONE if value is None else f"{value:.4f}"
