"""Commands on labelled pictures: training, judging, what serving costs, and what augmentation does."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from worker.ml.pictures.config import CONFIGS, ConfigError, PictureConfig, SplitMethod, parse
from worker.ml.progress import Report


def add_commands(commands: Any, report: Report) -> None:
    """Add them to the subparsers ``commands``."""
    train = commands.add_parser("train-pictures", help="train a model that reads whole pictures, and publish it")
    train.add_argument("--output", type=Path, required=True, help="folder of the artefact; replaced in one step")
    train.add_argument(
        "--split", choices=get_args(SplitMethod), help="by signer where several are known, else random, unless given"
    )
    train.add_argument("--test-signers", nargs="+", default=(), metavar="SIGNER", help="whom to test on, by signer")
    train.add_argument(
        "--folds",
        type=number_of_groups,
        default=0,
        metavar="N",
        help="leave signers out in turn, in N groups, and judge by that too",
    )
    train.add_argument("--keep-groups", action="store_true", help="near-duplicates are never on two sides")
    train.add_argument("--unseen", type=Path, nargs="+", default=(), metavar="PATH", help="sets of other people")
    train.set_defaults(run=lambda options: _train(options, report))

    preview = commands.add_parser("preview-augmentation", help="a page with pictures as training will change them")
    preview.add_argument("--page", type=Path, default=Path(".local/augmentation.html"), help="the file to write")
    preview.set_defaults(run=lambda options: _preview(options, report))
    for command in (train, preview):
        command.add_argument("family", choices=tuple(CONFIGS), metavar="FAMILY", help=", ".join(CONFIGS))
        command.add_argument("--data", type=Path, required=True, help="manifest, or folder of pictures")
        command.add_argument("--config", type=Path, help="settings as a JSON file")
        command.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help="one setting, such as fitting.epochs=5"
        )
        command.add_argument("--seed", type=int)

    evaluate = commands.add_parser("evaluate-pictures", help="ask any artefact about labelled pictures")
    evaluate.add_argument("--model", type=Path, help="folder of an artefact; the one that ships unless given")
    evaluate.add_argument("--data", type=Path, nargs="+", required=True, metavar="PATH", help="a column each")
    evaluate.add_argument("--report", type=Path, default=Path(".local/report"), help="folder for its two files")
    evaluate.set_defaults(run=lambda options: _evaluate(options, report))
    cost = commands.add_parser("measure-cost", help="measure what serving an artefact costs, and write it in it")
    cost.add_argument("--model", type=Path, help="folder of an artefact; the one that ships unless given")
    cost.add_argument("--data", type=Path, required=True, help="manifest, or folder of pictures")
    cost.set_defaults(run=lambda options: _measure_cost(options, report))
    for command in (train, evaluate):
        command.add_argument(
            "--without", nargs="+", default=(), metavar="SIGNER", help="whom to leave out of the sets judged by"
        )
        command.add_argument("--cache", type=Path, default=Path(".local/cache"), help="where what was computed is kept")


def _train(options: argparse.Namespace, report: Report) -> int:
    config = _config(options)
    from worker.ml.pictures.loading import load_pictures
    from worker.ml.pictures.splits import SplitConfig
    from worker.ml.pictures.training import train_pictures

    split = SplitConfig(options.split, test_signers=tuple(options.test_signers), keep_groups=options.keep_groups)
    if options.seed is not None:
        split = replace(split, seed=options.seed)
    pictures = load_pictures(options.data, report)
    unseen = [load_pictures(path, report, options.without) for path in options.unseen]
    artifact = train_pictures(pictures, config, split, options.output, options.cache, report, unseen, options.folds)
    report(f"published {artifact.name} to {options.output}")
    for name in ("accuracy_in_room", "accuracy_unseen", "calibration_error", "milliseconds", "size_bytes"):
        if artifact.metrics[name] is not None:
            print(f"{name.replace('_', ' ')}: {artifact.metrics[name]}")
    return 0


def number_of_groups(text: str) -> int:
    """An option's text as a number of groups of people."""
    if not (text.isascii() and text.isdecimal() and int(text) > 1):
        raise argparse.ArgumentTypeError(f"{text} is no number of groups: two or more are needed")
    return int(text)


def _evaluate(options: argparse.Namespace, report: Report) -> int:
    from worker.ml.artifact import SHIPPED
    from worker.ml.pictures.evaluating import evaluate_artifact
    from worker.ml.pictures.loading import load_pictures

    sets = [load_pictures(path, report, options.without) for path in options.data]
    metrics = evaluate_artifact(options.model or SHIPPED, sets, options.report, report)
    for one in metrics["sets"]:
        print(f"{one['name']}: accuracy {one['accuracy']['mean']} of {one['pictures']} pictures")
    report(f"wrote the report to {options.report}")
    return 0


def _measure_cost(options: argparse.Namespace, report: Report) -> int:
    from worker.ml.artifact import SHIPPED
    from worker.ml.pictures.loading import load_pictures
    from worker.ml.serving_cost import record_cost

    metrics = record_cost(options.model or SHIPPED, load_pictures(options.data, report).paths).metrics
    print(f"milliseconds: {metrics['milliseconds']} (95th percentile {metrics['milliseconds_p95']})")
    print(f"size bytes: {metrics['size_bytes']}")
    return 0


def _preview(options: argparse.Namespace, report: Report) -> int:
    config = _config(options)
    if not hasattr(config, "augmentation"):
        print(f"{options.family} changes no pictures in training.", file=sys.stderr)
        return 1
    from worker.ml.pictures.loading import load_pictures
    from worker.ml.pictures.preview import preview

    page = preview(load_pictures(options.data, report), config.side, config.augmentation, config.seed)
    options.page.parent.mkdir(parents=True, exist_ok=True)
    options.page.write_text(page, encoding="utf-8")
    report(f"wrote {options.page}")
    return 0


def _config(options: argparse.Namespace) -> PictureConfig:
    values: dict[str, Any] = {}
    if options.config is not None:
        try:
            values = json.loads(options.config.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ConfigError(f"{options.config} is no JSON: {error}") from error
    for setting in options.set:
        _put(values, setting)
    if options.seed is not None:
        values = {**values, "seed": options.seed}
    return parse(options.family, values)


def _put(values: dict[str, Any], setting: str) -> None:
    name, equals, text = setting.partition("=")
    if not equals:
        raise ConfigError(f"--set {setting} has no value: write NAME=VALUE.")
    *outer, last = name.split(".")
    for part in outer:
        values = values.setdefault(part, {})
        if not isinstance(values, dict):
            raise ConfigError(f"--set {setting}: {part} has no settings of its own.")
    values[last] = _value(text)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
