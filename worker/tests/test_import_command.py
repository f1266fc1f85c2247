"""`manage.py import_dataset`, as a person types it."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from worker.ml.manifest import Manifest
from worker.ml.tests.folders import of_a_telephone, picture, write, zipped

FILES = {"A/1.jpg": picture(1), "b/1.jpg": picture(2)}


def test_a_set_is_called_after_its_folder_or_as_one_says(
    tmp_path: Path, media_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_dataset", write(tmp_path / "My Photos (2)", FILES), "--signer", "ann")
    call_command("import_dataset", zipped(tmp_path / "x.zip", FILES), "--name", "mine")
    said = capsys.readouterr()
    assert "my-photos-2: 2 pictures added, 2 new files." in said.out
    assert "by one signer, ann." in said.out
    assert "mine: 2 pictures added, 0 new files." in said.out
    assert "2 of 2 pictures" in said.err
    assert Manifest.load(media_folder / "datasets/my-photos-2").signers == ("ann",)


def test_a_picture_that_is_larger_than_the_site_takes_is_imported(tmp_path: Path, media_folder: Path) -> None:
    call_command("import_dataset", write(tmp_path / "own", {"A/1.jpg": of_a_telephone()}))
    assert len(Manifest.load(media_folder / "datasets/own").entries) == 1


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_what_cannot_be_imported_is_one_sentence(name: str, tmp_path: Path, media_folder: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match=name):
        call_command("import_dataset", tmp_path / name)
    assert not any(media_folder.rglob("manifest.jsonl"))


def test_who_stops_it_is_told_how_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("worker.management.commands.import_dataset.import_pictures", stop)
    with pytest.raises(CommandError, match="The same command goes on") as raised:
        call_command("import_dataset", tmp_path)
    assert raised.value.returncode == 130
