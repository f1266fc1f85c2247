"""Landmarks of "ASL Finger Spelling", one signer left out: ``python -m benchmarks.fingerspelling5 --data DATA``

Pugeault and Bowden's five signers and 24 letters (2011), as landmarks of hands that were found. Each signer is named by
the ``landmarks`` networks after training on the other four and on all other data but the vault's. Prints JSON; the
networks are kept in the cache.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from worker.ml.config import PRESETS
from worker.ml.corpus import load_corpus
from worker.ml.export import logits_in_batches
from worker.ml.progress import to_stderr
from worker.ml.signers import VAULT
from worker.ml.trainer import Trainer


def main(data: Path, cache: Path) -> None:
    corpus = load_corpus(data, cache, to_stderr)
    trainer = Trainer(corpus, PRESETS["landmarks"], cache, to_stderr)
    accuracies = {}
    for one in corpus.sets:
        signer = str(one.sessions[0])
        if signer.startswith("fingerspelling5"):
            networks = trainer.networks(without=VAULT | {signer})
            said = logits_in_batches(networks.landmarks, one.points).argmax(axis=1)
            accuracies[signer] = round(float((said == one.labels).mean()), 4)
            to_stderr(f"{signer}: {accuracies[signer]}")
    mean = round(float(np.mean(list(accuracies.values()))), 4)
    print(json.dumps({"data": corpus.fingerprint, "mean": mean, **accuracies}, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path(".local/cache"))
    options = parser.parse_args()
    main(options.data, options.cache)
