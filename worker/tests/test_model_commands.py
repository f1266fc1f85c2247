"""`manage.py register_model` and `manage.py bench`, as a person types them."""

import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from recognition.models import ModelVersion
from worker import registry
from worker.ml.artifact import SHIPPED, Artifact

pytestmark = pytest.mark.django_db

needs_shipped = pytest.mark.skipif(not (SHIPPED / "artifact.json").exists(), reason="no model is shipped")


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "trained"))


@needs_shipped
def test_a_trained_artefact_becomes_a_candidate_that_needs_its_folder_no_more(
    trained: Path, media_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (trained / "notes.txt").write_text("mine")
    call_command("register_model", trained)
    version = ModelVersion.objects.get()
    artifact = Artifact.load(SHIPPED)
    assert (version.state, version.family, version.fingerprint) == ("candidate", artifact.family, artifact.fingerprint)
    assert version.metrics["data"]["sha256"] == artifact.data["sha256"]
    assert version.card.startswith("# Model card")
    shutil.rmtree(trained)
    kept = Path(version.directory)
    assert kept.parent == media_folder / "models"
    assert Artifact.load(kept).fingerprint == version.fingerprint
    assert not (kept / "notes.txt").exists()
    assert registry.report_of(version, "html") == kept / "report.html"
    assert [one.name for one in (media_folder / "models").iterdir()] == [kept.name]
    assert capsys.readouterr().out == f"{version.name}: candidate\n"


@needs_shipped
def test_registering_it_again_changes_nothing(trained: Path) -> None:
    call_command("register_model", trained)
    ModelVersion.objects.get().activate()
    call_command("register_model", trained)
    assert ModelVersion.objects.get().state == "active"


@needs_shipped
def test_one_that_is_broken_is_refused_in_a_sentence_and_leaves_nothing(trained: Path, media_folder: Path) -> None:
    (trained / "letters.tflite").write_bytes(b"something else")
    with pytest.raises(CommandError, match=r"letters\.tflite is not the file that was published"):
        call_command("register_model", trained)
    assert not ModelVersion.objects.exists()
    assert list(media_folder.iterdir()) == []


def test_a_folder_without_an_artefact_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"artifact\.json is missing or unreadable"):
        call_command("register_model", tmp_path)


@needs_shipped
def test_a_full_disk_leaves_no_half_artefact(
    trained: Path, media_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(CommandError, match="cannot be kept: No space left on device"):
        call_command("register_model", trained)
    assert list((media_folder / "models").iterdir()) == []
    assert not ModelVersion.objects.exists()


def test_the_bench_is_a_table_in_the_order_that_one_asks_for(capsys: pytest.CaptureFixture[str]) -> None:
    for name, unseen in (("low", 0.1), ("high", 0.92), ("none", None)):
        ModelVersion.objects.create(name=name, family="x", metrics={"accuracy_unseen": unseen})
    call_command("bench", "--sort=-unseen")
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split("  ")[0].strip() == "Version"
    assert [line.split()[0] for line in lines] == ["high", "low", "none"]
    assert "0.920" in lines[0]
    assert lines[2].count("–") == 6
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("bench", "--sort", "colour")


@needs_shipped
def test_what_ships_stands_there_with_its_latency_and_its_size(capsys: pytest.CaptureFixture[str]) -> None:
    registry.register_shipped()
    call_command("bench")
    line = capsys.readouterr().out.splitlines()[1]
    *_, latency, size, unit = line.split()
    assert float(latency) > 0
    assert float(size) > 10
    assert unit == "MB"
    assert line.count("–") == 1  # it has no room that it was trained in
