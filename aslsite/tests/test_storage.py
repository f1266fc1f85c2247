"""Collected static files: what the live page's modules import is named by content, like the modules themselves."""

import re
import shutil
from pathlib import Path

from aslsite.live_assets import ROOT
from aslsite.storage import VersionedStaticFiles


def test_modules_import_each_other_by_names_that_follow_their_contents(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "static" / "js", tmp_path / "js")
    storage = VersionedStaticFiles(location=tmp_path, base_url="/static/")
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.js")]
    outcomes = list(storage.post_process({name: (storage, name) for name in files}))
    assert [outcome for _, _, outcome in outcomes if isinstance(outcome, Exception)] == []
    page = (tmp_path / storage.hashed_files["js/live/camera_page.js"]).read_text()
    imported = re.findall(r'from "\./([^"]+)"', page)
    assert len(imported) > 5
    assert all(re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", name) for name in imported), imported
    assert all((tmp_path / "js" / "live" / name).exists() for name in imported)
