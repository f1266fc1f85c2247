"""How many wrong labels `explore` finds: ``python -m benchmarks.wrong_labels FOLDER [--share 0.02] [--seed 1]``

A share of the pictures gets another label of the same signer, drawn by the seed; then all are asked about. Precision is
of what was told as doubtful, recall of what was planted; labels that are wrong in the data itself count against the
first. The vault's signers are left out.
"""

import argparse
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from worker.ml.datasets import person_of
from worker.ml.doubtful_labels import doubtful
from worker.ml.exploring import look_at
from worker.ml.importing import scan_folder
from worker.ml.manifest import Entry
from worker.ml.signers import VAULT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--share", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    manifest = scan_folder(options.folder, io.StringIO())
    kept = [entry for entry in manifest.entries if person_of(entry.signer or "") not in VAULT]
    seen = look_at(replace(manifest, entries=tuple(kept)), io.StringIO())
    planted = with_wrong_labels(seen.entries, options.share, options.seed)
    wrong = {one.source for one, true in zip(planted, seen.entries, strict=True) if one.label != true.label}
    told = {one.entry.source for one in doubtful(planted, seen.copies)}
    found = len(told & wrong)
    print(
        json.dumps(
            {
                "pictures": len(planted),
                "planted": len(wrong),
                "told": len(told),
                "precision": round(found / max(1, len(told)), 3),
                "recall": round(found / max(1, len(wrong)), 3),
            }
        )
    )


def with_wrong_labels(entries: Sequence[Entry], share: float, seed: int) -> list[Entry]:
    """The entries, of which about this share has a label that the same signer has too and that is not theirs."""
    labels = defaultdict(set)
    for entry in entries:
        labels[entry.signer].add(entry.label)
    random = np.random.default_rng(seed)
    changed = []
    for entry in entries:
        others = sorted(labels[entry.signer] - {entry.label})
        is_wrong = random.random() < share and others
        changed.append(replace(entry, label=str(random.choice(others))) if is_wrong else entry)
    return changed


if __name__ == "__main__":
    main()
