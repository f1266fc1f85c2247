"""Pictures cut tight, of people that nothing was learnt from: ``python -m benchmarks.cut_strangers --data DATA``

Photos of all signers outside the vault are cut to the box around the hand's landmarks, with a margin or into it, as
``benchmarks.cut_hands`` does, and named by landmarks alone as they are served, each by networks that never saw the
person: those that ``evaluate --preset landmarks`` or ``train --pixels-of``, with the same ``--folds``, left in
``--cache``, or that are trained now. Prints JSON: accuracy over sessions, misses wrong, with its interval by signer;
how many show a hand; how many are sure, and right. All photos as they are come first, by the hands found first and as
served.
"""

import argparse
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cut_hands import MARGINS
from worker.ml.config import PRESETS
from worker.ml.corpus import load_corpus
from worker.ml.corruptions import Corruption, cut_off
from worker.ml.evaluation import Answers, Averages, sure_answers
from worker.ml.judging import Judge
from worker.ml.progress import to_stderr
from worker.ml.trainer import Trainer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path(".local/cache"))
    parser.add_argument("--folds", type=int, default=PRESETS["landmarks"].folds, help="groups of people")
    parser.add_argument("--photos", type=int, default=2, help="of each class and session")
    options = parser.parse_args()
    corpus = load_corpus(options.data, options.cache, to_stderr)
    config = replace(PRESETS["landmarks"], folds=options.folds)
    judge = Judge(corpus, config, Trainer(corpus, config, options.cache, to_stderr), to_stderr)
    judgement = judge.judge()
    suite = [Corruption(f"margin of {margin:.0%}", "", partial(cut_off, margin=margin)) for margin in MARGINS]
    cut = judge.corrupted(judgement, judge.sample(judgement, options.photos), suite)
    answers = {"as they are": cut.clean, **cut.worse}
    calibration = (judgement.temperature, judgement.unsure_below)
    said = {name: told(one, *calibration) for name, one in answers.items()}
    whole = {"all photos": judge.parts(judgement), "all photos, as served": told(judgement.signers, *calibration)}
    print(json.dumps({"data": corpus.fingerprint, **whole, "photos of the sample": len(cut.clean), **said}, indent=1))


def told(answers: Answers, temperature: float, unsure_below: float) -> dict[str, Any]:
    averages, is_right = Averages(answers.sessions), answers.is_right()
    accuracy, worst = averages.over_sessions(is_right), averages.by_session(is_right).min()
    sure = sure_answers(answers, temperature, unsure_below)
    return {
        "accuracy": [accuracy.mean, accuracy.low, accuracy.high],
        "over_signers": averages.over_persons(is_right).mean,
        "worst_session": round(float(worst), 4),
        "found": round(float(answers.is_found.mean()), 4),
        "sure": sure["share"]["mean"],
        "sure_and_right": sure["accuracy"]["mean"] if sure["accuracy"] else None,
    }


if __name__ == "__main__":
    main()
