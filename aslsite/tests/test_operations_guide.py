"""The commands of the operations guide, run as they are written there."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/operations.md").read_text()


def commands_under(heading: str) -> str:
    """The first block of commands of a section."""
    section = GUIDE.split(f"## {heading}\n")[1].split("\n## ")[0]
    block = re.search(r"(?m)(?:^    .+\n)+", section)
    assert block is not None, heading
    return block[0]


def run_in(folder: Path, commands: str) -> None:
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/python").symlink_to(sys.executable)
    subprocess.run(["bash", "-euc", commands], cwd=folder, check=True)


def test_what_is_backed_up_can_be_restored(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / ".local").mkdir(parents=True)
    (old / ".local/secret_key").write_text("secret")
    (old / "media/predictions").mkdir(parents=True)
    (old / "media/predictions/hand.jpg").write_bytes(b"a picture")
    running = sqlite3.connect(old / ".local/db.sqlite3")
    running.executescript(
        "PRAGMA journal_mode=WAL; CREATE TABLE letters (name TEXT); INSERT INTO letters VALUES ('A');"
    )
    run_in(old, commands_under("Back up"))
    running.close()
    new.mkdir()
    (old / "backup").rename(new / "backup")
    run_in(new, commands_under("Restore"))
    assert sqlite3.connect(new / ".local/db.sqlite3").execute("SELECT name FROM letters").fetchall() == [("A",)]
    assert (new / ".local/secret_key").read_text() == "secret"
    assert (new / "media/predictions/hand.jpg").read_bytes() == b"a picture"
    assert (new / "backup/media.tar").stat().st_mode & 0o077 == 0


def test_every_variable_that_the_guide_names_is_one() -> None:
    known = set(re.findall(r"(?m)^([A-Z_]+)=", (ROOT / ".env.example").read_text()))
    assert set(re.findall(r"\b([A-Z]+_[A-Z_]+)\b", GUIDE)) <= known
