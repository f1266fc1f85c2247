"""``python -m worker.ml train|evaluate|classify``: the library from a shell, without Django."""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from worker.ml.config import LandmarksConfig


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code (2: wrong usage, 1: it could not be done)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130
    except (OSError, ValueError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker.ml", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="evaluate, train on everybody and publish an artefact")
    train.add_argument("--output", type=Path, required=True, help="folder of the artefact; replaced in one step")
    train.set_defaults(run=_train)
    evaluate = commands.add_parser("evaluate", help="leave one signer out; writes the metrics as JSON to the output")
    evaluate.set_defaults(run=_evaluate)
    for command in (train, evaluate):
        command.add_argument("--data", type=Path, required=True, help="folder with hands/ and landmarks/")
        command.add_argument("--cache", type=Path, default=Path(".local/cache"), help="where found hands are kept")
        command.add_argument("--seed", type=int, default=LandmarksConfig().seed)
        command.add_argument("--quick", action="store_true", help="seconds instead of an hour, and meaningless figures")

    classify = commands.add_parser("classify", help="name the letters in pictures")
    classify.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="files and folders")
    classify.add_argument("--format", choices=("text", "jsonl"), default="text")
    classify.add_argument("--model", type=Path, help="folder of an artefact; the one that ships unless given")
    classify.set_defaults(run=_classify)
    return parser


def _config(options: argparse.Namespace) -> LandmarksConfig:
    from worker.ml.pipeline import quick

    config = replace(LandmarksConfig(), seed=options.seed)
    return quick(config) if options.quick else config


def _train(options: argparse.Namespace) -> int:
    from worker.ml.corpus import load_corpus
    from worker.ml.pipeline import train_artifact

    corpus = load_corpus(options.data, options.cache, _report)
    artifact = train_artifact(corpus, _config(options), options.output, _report)
    _report(f"published {artifact.name} to {options.output}")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from worker.ml.corpus import load_corpus
    from worker.ml.pipeline import evaluate

    corpus = load_corpus(options.data, options.cache, _report)
    metrics, temperature = evaluate(corpus, _config(options), _report)
    print(json.dumps({"temperature": temperature, "data": corpus.fingerprint, **metrics}, indent=1))
    return 0


def _classify(options: argparse.Namespace) -> int:
    from worker.ml.classify import classify_paths

    return classify_paths(options.paths, format=options.format, directory=options.model)


def _report(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
