"""The tutorial's commands, in its order, on a few drawn pictures."""

import shlex
from pathlib import Path

import pytest

from worker.ml.__main__ import main
from worker.ml.tests.drawings import fill

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "models.md"
PROGRAM = "    .venv/bin/python -m worker.ml "
QUICK = {
    "simple_cnn": ["--set", "fitting.epochs=1", "--set", "filters=[4]", "--set", "dense=8"],
    "transfer": ["--set", "frozen.epochs=1", "--set", "fine_tuning=null", "--set", "side=32"],
    "autoencoder_forest": ["--set", "fitting.epochs=1", "--set", "forest.depths=[3]", "--set", "forest.trees=[3]"],
}


def commands() -> list[list[str]]:
    lines = GUIDE.read_text(encoding="utf-8").splitlines()
    return [shlex.split(line.removeprefix(PROGRAM)) for line in lines if line.startswith(PROGRAM)]


def test_every_command_of_the_tutorial_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(Path("asl_alphabet_train"), {"A": 12, "B": 12, "nothing": 12})
    for place, signer in enumerate(("alice", "bob"), start=1):
        fill(Path("others") / signer, {"A": 4, "B": 4}, first=100 * place)
    ran = commands()
    assert [one[0] for one in ran].count("train-pictures") == 5
    for command in ran:
        quick = QUICK[command[1]] if command[0] == "train-pictures" else []
        assert main([*command, *quick]) == 0, command
    said = capsys.readouterr().out
    assert "accuracy in room: " in said
    assert "accuracy unseen: " in said
    assert "others: accuracy " in said
    assert "others/alice/A/100.png: " in said
    for name in ("augmentation.html", "models/plain/report.html", "report-on-others/report.json"):
        assert Path(name).is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["simple_cnn", "--set", "fiting.epochs=1"], "simple_cnn has no setting named fiting. It has: "),
        (["simple_cnn", "--set", "side"], "--set side has no value: write NAME=VALUE."),
        (["simple_cnn", "--config", "broken.json"], "broken.json is no JSON"),
        (["simple_cnn", "--data", "one"], "one has pictures of A alone. At least two classes are needed."),
        (["simple_cnn", "--data", "single"], "single has too few pictures of A (1), B (1)."),
        (["simple_cnn", "--data", "empty"], "There are no pictures"),
        (["simple_cnn", "--data", "nowhere"], "nowhere"),
        (["simple_cnn", "--data", "two", "--split", "signer"], "two has pictures of unknown signers"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_leaves_nothing(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.json").write_text("{")
    Path("empty").mkdir()
    fill(Path("one"), {"A": 4})
    fill(Path("single"), {"A": 1, "B": 1})
    fill(Path("two"), {"A": 4, "B": 4})
    data = [] if "--data" in arguments else ["--data", "two"]
    assert main(["train-pictures", *arguments, *data, "--output", "model"]) == 1
    said = capsys.readouterr().err
    assert f"error: {sentence}" in said or sentence in said.splitlines()[-1]
    assert not Path("model").exists()
    assert not Path("model.part").exists()
