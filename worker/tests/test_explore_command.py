"""`manage.py explore`, as a person types it; and its report in a browser."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import CommandError, call_command
from playwright.sync_api import Browser
from pytest_django.fixtures import Settings

from worker.ml.tests.folders import brighter, picture, write


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    files = {"A/1.jpg": picture(1), "B/1.jpg": brighter(picture(1)), "B/2.jpg": b"none", "C/1.jpg": picture(3)}
    return write(tmp_path / "photos", files)


def test_an_imported_set_is_named_and_a_folder_is_pointed_at(
    photos: Path, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.LOCAL_DIR = tmp_path / "local"
    call_command("import_dataset", photos, "--name", "mine")
    call_command("explore", "mine")
    call_command("explore", str(photos), "--report", tmp_path / "report")
    assert f"Wrote {tmp_path}/local/explore/mine/exploration.html" in capsys.readouterr().out
    first = (tmp_path / "local/explore/mine/exploration.html").read_text()
    assert first.replace("mine", "photos") == (tmp_path / "report/exploration.html").read_text()


def test_what_is_neither_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^nothing_of_the_kind: There is nothing of this name"):
        call_command("explore", "nothing_of_the_kind", "--report", tmp_path)


def test_a_report_that_cannot_be_written_is_one_sentence(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file")
    with pytest.raises(CommandError, match="The report cannot be written: File exists"):
        call_command("explore", str(photos), "--report", tmp_path / "report")


def test_the_report_is_sound_to_axe_and_fits_a_narrow_window(photos: Path, tmp_path: Path, chromium: Browser) -> None:
    call_command("explore", str(photos), "--report", tmp_path / "report")
    for scheme in ("light", "dark"):
        page = chromium.new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
        page.goto((tmp_path / "report/exploration.html").as_uri())
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.close()
