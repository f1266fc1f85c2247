"""The exploration as one HTML page, in the form of the evaluation's."""

import os
from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from worker.ml.doubtful_labels import NEIGHBOURS, Doubtful
from worker.ml.exploring import Exploration, balance, sizes, thumbnail
from worker.ml.figures import Axis, Bar, bar_chart
from worker.ml.labels import NAMES
from worker.ml.manifest import Entry, count_unsigned
from worker.ml.page_parts import document, folded, gallery, picture, table, warning, wide

REPORT_HTML: Final = "exploration.html"

_BINS: Final = 20
_SIZES_LISTED: Final = 15
_ROWS_LISTED: Final = 200
_SHOWN: Final = 8
_NOBODY: Final = "not known"


def write_exploration(explored: Exploration, name: str, folder: Path) -> Path:
    """Write the page to ``folder``, which is made; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / REPORT_HTML
    part = folder / f"{REPORT_HTML}.{os.getpid()}.part"
    try:
        part.write_text(page(explored, name), encoding="utf-8")
        os.replace(part, place)
    finally:
        part.unlink(missing_ok=True)
    return place


def page(explored: Exploration, name: str) -> str:
    """The whole page; ``name`` is the set's."""
    return document(
        f"Exploration of {name}",
        f"What is in {name}",
        _introduction(explored),
        [
            ("classes", "Classes", _classes(explored)),
            *([("signers", "Signers", _signers(explored))] if explored.manifest.signers else []),
            ("pictures", "Pictures", _grid(explored)),
            ("sizes", "Sizes", _sizes(explored)),
            ("light", "Brightness and contrast", _light(explored)),
            ("duplicates", "Duplicates", _duplicates(explored)),
            ("suspicious", "Suspicious labels", _suspicious(explored)),
            ("missing", "What is missing", _missing(explored)),
            ("about", "What this is of", _about(explored)),
        ],
    )


def _introduction(explored: Exploration) -> str:
    manifest = explored.manifest
    signers = f"{len(manifest.signers)} known signers" if manifest.signers else "signers who are not known"
    count = len(manifest.entries)
    words = f"{count:,} picture{'' if count == 1 else 's'} of {len(manifest.labels)} of the 29 classes, by {signers}."
    leaks = sum(len(group) for group in explored.alike) / count
    said = (
        f"{leaks:.0%} of the pictures have near-duplicates. A random split puts some of these on both sides, and "
        "accuracy measured so is too good. Split by signer, or at least by group."
    )
    return f"<p>{escape(words)}</p>" + (warning(said) if leaks >= 0.01 else "")


def _classes(explored: Exploration) -> str:
    counts = {NAMES[label]: count for label, count in explored.manifest.counts_by_class().items()}
    return _balance(counts, "class") + _counted("class-bars", "Pictures by class", counts, "class")


def _signers(explored: Exploration) -> str:
    by_signer = explored.manifest.counts_by_signer()
    counts = {signer or _NOBODY: sum(row.values()) for signer, row in by_signer.items()}
    labels = explored.manifest.labels
    rows = [[signer or _NOBODY, *(str(row[label]) for label in labels)] for signer, row in by_signer.items()]
    return (
        _balance(counts, "signer")
        + _counted("signer-bars", "Pictures by signer", counts, "signer")
        + folded("Signers by class", table("Pictures by signer and class", ["signer", *labels], rows))
    )


def _balance(counts: dict[str, int], kind: str) -> str:
    having = {name: count for name, count in counts.items() if count}
    most, least = max(having, key=lambda name: having[name]), min(having, key=lambda name: having[name])
    rows = [
        [f"most pictures: {most}", f"{having[most]:,}"],
        [f"fewest: {least}", f"{having[least]:,}"],
        ["most to fewest", f"{having[most] / having[least]:.2f}"],
        ["balance (entropy; 1 is even)", f"{balance(having.values()):.3f}"],
    ]
    return table(f"Balance by {kind}", ["figure", "value"], rows)


def _counted(name: str, title: str, counts: dict[str, int], kind: str) -> str:
    bars = [Bar(words, count) for words, count in counts.items()]
    sentence = f"From {min(counts.values()):,} to {max(counts.values()):,} pictures."
    drawn = bar_chart(name, title, sentence, bars, Axis("pictures", 0, max(counts.values()), is_whole=True))
    total = sum(counts.values())
    rows = [[words, f"{count:,}", f"{count / total:.4f}"] for words, count in counts.items()]
    return wide(drawn, f"{title}, figure") + table(title, [kind, "pictures", "share"], rows)


def _grid(explored: Exploration) -> str:
    return gallery((picture(jpeg, entry.source), _words(entry)) for entry, jpeg in explored.examples)


def _sizes(explored: Exploration) -> str:
    found, total = sizes(explored.manifest), len(explored.manifest.entries)
    rows = [[f"{w} by {h}", f"{count:,}", f"{count / total:.4f}"] for (w, h), count in found[:_SIZES_LISTED]]
    rest = found[_SIZES_LISTED:]
    if rest:
        other = sum(count for _, count in rest)
        rows.append([f"{len(rest):,} other sizes", f"{other:,}", f"{other / total:.4f}"])
    entries = explored.manifest.entries
    columns: dict[str, list[float]] = {
        "width, pixels": [entry.width for entry in entries],
        "height, pixels": [entry.height for entry in entries],
        "width by height": [entry.width / entry.height for entry in entries],
        "file, kB": [entry.bytes / 1000 for entry in entries],
    }
    head = ["figure", "least", "median", "most"]
    figures = [
        [name, *(f"{value:,.5g}" for value in np.percentile(values, [0, 50, 100]))] for name, values in columns.items()
    ]
    return table("Sizes in figures", head, figures) + table(
        "Sizes, the most frequent first", ["pixels", "pictures", "share"], rows
    )


def _light(explored: Exploration) -> str:
    if not explored.measured:
        return "<p>No picture could be looked at.</p>"
    return (
        "<p>Brightness is the mean of a picture's grey levels, contrast their standard deviation, both of 16 by 16 "
        "cells; 0 is black, 1 is white.</p>"
        + _distribution("brightness", explored.brightness, 1.0)
        + _distribution("contrast", explored.contrast, 0.5)
        + _light_by_signer(explored)
    )


def _distribution(name: str, values: npt.NDArray[np.float32], high: float) -> str:
    counts, edges = np.histogram(np.minimum(values, high), _BINS, (0, high))
    labels = [f"{low:.3f} to {up:.3f}" for low, up in pairwise(edges)]
    rows = dict(zip(labels, counts.tolist(), strict=True))
    low, middle, up = np.percentile(values, [5, 50, 95])
    sentence = f"The median is {middle:.3f}; nine pictures of ten lie from {low:.3f} to {up:.3f}."
    axis = Axis("pictures", 0, max(rows.values()), is_whole=True)
    title = f"{name.capitalize()} of the pictures"
    drawn = bar_chart(f"{name}-bars", title, sentence, [Bar(words, count) for words, count in rows.items()], axis)
    listed = table(title, [name, "pictures"], [[words, f"{count:,}"] for words, count in rows.items()])
    return wide(drawn, f"{title}, figure") + f"<p>{escape(sentence)}</p>" + folded(f"All numbers of {name}", listed)


def _light_by_signer(explored: Exploration) -> str:
    if not explored.manifest.signers:
        return ""
    signers = np.array([entry.signer or _NOBODY for entry in explored.measured])
    rows = []
    for signer in dict.fromkeys(signers.tolist()):
        theirs = signers == signer
        rows.append(
            [signer, f"{np.median(explored.brightness[theirs]):.3f}", f"{np.median(explored.contrast[theirs]):.3f}"]
        )
    return table("By signer, medians", ["signer", "brightness", "contrast"], rows)


def _duplicates(explored: Exploration) -> str:
    total = len(explored.manifest.entries)
    counts = [
        ["identical files", f"{len(explored.identical):,}", f"{sum(map(len, explored.identical)):,}"],
        [
            "near-duplicates, identical ones among them",
            f"{len(explored.alike):,}",
            f"{sum(map(len, explored.alike)):,}",
        ],
        ["alone", f"{total - sum(map(len, explored.alike)):,}", f"{total - sum(map(len, explored.alike)):,}"],
    ]
    grouped = Counter(len(group) for group in explored.alike)
    rows = [[f"{size:,}", f"{count:,}", f"{size * count:,}"] for size, count in sorted(grouped.items())]
    return table("Pictures that are there twice", ["what", "groups", "pictures"], counts) + (
        folded(
            "Groups by size", table("Groups of near-duplicates", ["pictures in a group", "groups", "pictures"], rows)
        )
        if rows
        else ""
    )


def _suspicious(explored: Exploration) -> str:
    wrong = explored.alike_under_two_labels
    signers, doubtful = explored.alike_by_two_signers, explored.doubtful
    return (
        f"<h3>Alike, with different labels</h3><p>{len(wrong):,} groups of near-duplicates have more than one label. "
        "At least one of these is wrong, or a still cannot tell the letters apart.</p>"
        + _shown_groups(explored, wrong)
        + _group_table("Alike, with different labels", wrong)
        + "<h3>Spoken against by their neighbours</h3><p>Pictures with a label that none of the "
        f"{NEIGHBOURS} pictures of the same signer which look most like them has, near-duplicates left out, while most "
        f"of these agree on another: {len(doubtful):,}. Look at each: some are right, and wrong ones are missed.</p>"
        + gallery(
            (picture(thumbnail(explored.manifest, one.entry), one.entry.source), _doubt(one))
            for one in doubtful[:_SHOWN]
        )
        + _listed(
            "Spoken against by their neighbours, the most doubtful first",
            ["picture", "signer", "class", "neighbours say", f"of {NEIGHBOURS}"],
            [
                [
                    one.entry.source,
                    one.entry.signer or _NOBODY,
                    NAMES[one.entry.label],
                    NAMES[one.likelier],
                    str(one.agreeing),
                ]
                for one in doubtful
            ],
            words=1,
        )
        + f"<h3>Alike, by different signers</h3><p>{len(signers):,} groups of near-duplicates have more than one "
        "signer. One person may be there under two names; a split by signer would then leak.</p>"
        + _group_table("Alike, by different signers", signers)
    )


def _shown_groups(explored: Exploration, groups: Sequence[Sequence[Entry]]) -> str:
    shown = []
    for group in groups[:_SHOWN]:
        different = list({entry.label: entry for entry in group}.values())[:2]
        there = [one for one in different if explored.manifest.file_of(one).is_file()]
        drawn = "".join(picture(thumbnail(explored.manifest, entry), entry.source) for entry in there)
        shown.append((drawn, " and ".join(NAMES[entry.label] for entry in different)))
    return gallery(shown) if shown else ""


def _group_table(caption: str, groups: Sequence[Sequence[Entry]]) -> str:
    rows = [
        [f"{number}", NAMES[entry.label], entry.signer or _NOBODY, entry.source]
        for number, group in enumerate(groups, start=1)
        for entry in group
    ]
    return _listed(caption, ["group", "class", "signer", "picture"], rows, words=3)


def _missing(explored: Exploration) -> str:
    manifest = explored.manifest
    unknown = count_unsigned(manifest.entries)
    empty = [NAMES[label] for label, count in manifest.counts_by_class().items() if not count]
    by_signer = manifest.counts_by_signer()
    gaps = sum(not row[label] for row in by_signer.values() for label in manifest.labels)
    rows = [
        ["classes without a picture", f"{len(empty)}", ", ".join(empty) or "none"],
        [
            "pictures without a known signer",
            f"{unknown:,}",
            "they are learnt from; a split by signer tests on none of them" if unknown else "none",
        ],
        ["classes that a signer lacks", f"{gaps:,}", f"of {len(by_signer) * len(manifest.labels):,} pairs"],
        ["files that could not be read", f"{len(manifest.unreadable):,}", "they are no part of the set"],
        ["files that are gone or were changed", f"{len(explored.missing):,}", "since they were imported"],
    ]
    return (
        table("What is missing", ["what", "how many", "which"], rows, words=2)
        + _listed("Files that could not be read", ["file", "why"], [list(row) for row in manifest.unreadable], words=1)
        + _listed("Files that are gone or were changed", ["file"], [[source] for source in explored.missing])
    )


def _about(explored: Exploration) -> str:
    manifest = explored.manifest
    rows = [["pictures", f"{len(manifest.entries):,}"], ["fingerprint of the data", manifest.fingerprint]]
    return table("Where these figures come from", ["what", "value"], rows)


def _listed(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], words: int | None = None) -> str:
    """A folded table, and how many rows were left out of it; nothing where there is none."""
    if not rows:
        return ""
    more = f"<p>And {len(rows) - _ROWS_LISTED:,} more.</p>" if len(rows) > _ROWS_LISTED else ""
    return folded(f"The list: {caption.lower()}", table(caption, head, rows[:_ROWS_LISTED], words) + more)


def _words(entry: Entry) -> str:
    return f"{NAMES[entry.label]}, {entry.signer}" if entry.signer else NAMES[entry.label]


def _doubt(one: Doubtful) -> str:
    return f"{_words(one.entry)}: {NAMES[one.likelier]}?"
