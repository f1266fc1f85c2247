"""``python -m worker.ml COMMAND``: the library from a shell, without Django."""

import argparse
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from worker.ml.config import PRESETS, RecogniserConfig
from worker.ml.pictures.commands import add_commands, number_of_groups

DATA: Final = Path(os.environ.get("ASL_DATA", "../shared/data"))


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
    train.add_argument(
        "--pixels-of",
        type=Path,
        metavar="ARTEFACT",
        help="learn and judge landmarks alone; pixels are those of this one",
    )
    train.set_defaults(run=_train)
    evaluate = commands.add_parser("evaluate", help="leave signers out in turn; writes a report as HTML and JSON")
    evaluate.add_argument("--report", type=Path, default=Path(".local/report"), help="folder for its two files")
    evaluate.add_argument("--group-by", choices=("signer",), default="signer", help="what is never on both sides")
    evaluate.set_defaults(run=_evaluate)
    for command in (train, evaluate):
        command.add_argument("--open-vault", action="store_true", help="judge its signers too: once, at the end")
    lend = commands.add_parser("lend-pixels", help="write what a machine with a GPU needs to train the pixels")
    lend.set_defaults(run=_lend_pixels)
    for command in (train, evaluate, lend):
        command.add_argument("--data", type=Path, default=DATA, help="folder with hands/ and landmarks/")
        command.add_argument("--cache", type=Path, default=Path(".local/cache"), help="where what was computed is kept")
        command.add_argument("--preset", choices=tuple(PRESETS), default="fusion", help="landmarks: small and quick")
        command.add_argument(
            "--folds", type=number_of_groups, help="groups of people; their number gives strict leave-one-out"
        )
        command.add_argument("--seed", type=int)
        command.add_argument("--quick", action="store_true", help="minutes instead of hours, and meaningless figures")

    average = commands.add_parser("average-hands", help="write the typical hand of each letter, for the practice page")
    average.add_argument("--data", type=Path, default=DATA, help="folder with hands/")
    average.add_argument("--output", type=Path, default=Path("static/hands/average.json"))
    average.set_defaults(run=_average_hands)

    classify = commands.add_parser("classify", help="name the letters in pictures")
    classify.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="files and folders")
    classify.add_argument("--format", choices=("text", "jsonl"), default="text")
    classify.add_argument("--model", type=Path, help="folder of an artefact; the one that ships unless given")
    classify.set_defaults(run=_classify)
    add_commands(commands, _report)
    return parser


def _config(options: argparse.Namespace) -> RecogniserConfig:
    config = PRESETS[options.preset]
    if options.quick:
        config = config.quick()
    if options.folds is not None:
        config = replace(config, folds=options.folds)
    if options.seed is not None:
        config = config.with_seed(options.seed)
    return config


def _again(options: argparse.Namespace) -> int:
    """Photos of each class and session that are looked at again, made worse."""
    return 1 if options.quick else 2


def _train(options: argparse.Namespace) -> int:
    from worker.ml.corpus import load_corpus
    from worker.ml.kept_pixels import KeptPixels
    from worker.ml.pipeline import train_artifact

    config, kept = _config(options), None
    if options.pixels_of is not None:
        if config.crops is None:
            raise ValueError("--pixels-of is for the preset fusion: landmarks reads no pixels.")
        config, kept = replace(config, crops=None), KeptPixels.of(options.pixels_of)
    artifact = train_artifact(
        load_corpus(options.data, options.cache, _report),
        config,
        options.output,
        options.cache,
        _report,
        opens_vault=options.open_vault,
        again=_again(options),
        kept=kept,
    )
    _report(f"published {artifact.name} to {options.output}")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from worker.ml.corpus import load_corpus
    from worker.ml.pipeline import evaluate
    from worker.ml.report import write_report

    corpus = load_corpus(options.data, options.cache, _report)
    metrics = evaluate(
        corpus, _config(options), options.cache, _report, opens_vault=options.open_vault, again=_again(options)
    )
    write_report(metrics, options.report)
    _report(f"wrote the report to {options.report}")
    return 0


def _lend_pixels(options: argparse.Namespace) -> int:
    from worker.ml.corpus import load_corpus
    from worker.ml.pipeline import lend_pixels

    corpus = load_corpus(options.data, options.cache, _report)
    folder = lend_pixels(corpus, _config(options), options.cache, _report)
    _report(f"wrote {folder}. Learn it by: python -m worker.ml.pixels_in_torch {folder}")
    return 0


def _average_hands(options: argparse.Namespace) -> int:
    from worker.ml.average_hands import write_average_hands

    write_average_hands(options.data, options.output, _report)
    _report(f"wrote {options.output}")
    return 0


def _classify(options: argparse.Namespace) -> int:
    from worker.ml.classify import classify_paths

    return classify_paths(options.paths, format=options.format, directory=options.model)


def _report(text: str) -> None:
    if text.startswith("warning: ") and sys.stderr.isatty():
        text = f"\033[31m{text}\033[0m"
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
