"""A landmark network that never saw some signers: ``python -m benchmarks.unseen_network OUT.network``

Learns, as the preset ``landmarks`` does, from every second photo of the signers in ``--data`` who are neither in
``CHOOSING`` nor in ``REPORTING`` nor in the vault, and from the landmark sets; its temperature is that of ``CHOOSING``.
Writes the file that the live page reads, for ``benchmarks.words`` and ``benchmarks.live --network``, and prints how
often it is right on the photos of either group in which a hand is found. Hands and networks are kept in ``--cache``.
"""

import argparse
import json
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from benchmarks.word_films import CHOOSING, REPORTING
from worker.ml.artifact import SHIPPED, Artifact
from worker.ml.browser_network import browser_network
from worker.ml.config import PRESETS
from worker.ml.corpus import Corpus
from worker.ml.datasets import fingerprint, load_landmark_set, person_of, scan_photos
from worker.ml.evaluation import Answers, calibration_of
from worker.ml.export import to_litert
from worker.ml.hand_table import VERSION, HandTable, find_hands
from worker.ml.naming import Networks, answers, vote
from worker.ml.progress import to_stderr
from worker.ml.signers import VAULT
from worker.ml.trainer import Trainer

EVERY: Final = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path(".local/cache"))
    parser.add_argument("--processes", type=int)
    options = parser.parse_args()
    corpus = load_half(options.data, options.cache, options.processes)
    trainer = Trainer(corpus, PRESETS["landmarks"], options.cache, to_stderr)
    networks = trainer.networks(without={*CHOOSING, *REPORTING, *VAULT})
    said = {"choosing": said_of(CHOOSING, corpus, networks), "reporting": said_of(REPORTING, corpus, networks)}
    calibration = calibration_of(said["choosing"])
    shipped = replace(Artifact.load(SHIPPED), name="unseen", landmarks_alone=calibration)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        letters = Path(folder) / "letters.tflite"
        letters.write_bytes(to_litert(networks.landmarks))
        options.output.write_bytes(browser_network(shipped, letters))
    print(json.dumps({name: figures(one) for name, one in said.items()} | calibration, indent=1))


def load_half(data: Path, cache: Path, processes: int | None) -> Corpus:
    """Every second photo of each class of each session but the vault's, whose hands nobody needs."""
    photos = [photo for photo in scan_photos(data / "hands")[::EVERY] if person_of(photo.session) not in VAULT]
    names = fingerprint([photo.path for photo in photos], data)
    stored = cache / f"half-hands-{VERSION}-{names[:16]}.npz"
    if stored.exists():
        hands = HandTable.load(stored)
    else:
        hands = find_hands(photos, to_stderr, processes=processes)
        hands.save(stored)
    sets = sorted((data / "landmarks").glob("*.npz"))
    everything = fingerprint([*(photo.path for photo in photos), *sets], data)
    return Corpus(photos, hands, [load_landmark_set(path) for path in sets], everything)


def said_of(signers: Collection[str], corpus: Corpus, networks: Networks) -> Answers:
    photos = corpus.photos_of(signers)
    votes = vote(networks, corpus.hands, photos)
    return answers(votes, corpus.hands, photos, corpus.labels, corpus.sessions, 1.0)


def figures(said: Answers) -> dict[str, Any]:
    is_right = said.logits.argmax(axis=1) == said.labels
    names = sorted(set(said.sessions.tolist()))
    return {
        "found": float(said.is_found.mean()),
        "right_of_found": {name: float(is_right[said.is_found & (said.sessions == name)].mean()) for name in names},
    }


if __name__ == "__main__":
    main()
