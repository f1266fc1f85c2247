"""Node for the tests of the live page's modules, which touch neither a page nor a camera."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = ROOT / "static" / "js" / "live"


def node(*arguments: str, read: Any = None) -> str:
    """What a run of Node prints; skips the test where there is none. ``read`` is what it finds on stdin, as JSON."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node is not installed (Debian: apt-get install nodejs)")
    done = subprocess.run(
        [program, *arguments], input=json.dumps(read), cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def evaluate(program: str, *arguments: str, read: Any = None) -> Any:
    """The ``answer`` of a module's body, which may use ``given`` (what is read) and ``arguments``.

    It finds the live page's modules below ``live/``.
    """
    body = program.replace('"live/', f'"{MODULES.as_uri()}/')
    around = (
        'import { readFileSync } from "node:fs";\n'
        'const given = JSON.parse(readFileSync(0, "utf8"));\n'
        "const arguments_ = process.argv.slice(1);\n"
        f"{body}\nprocess.stdout.write(JSON.stringify(answer));"
    )
    return json.loads(node("--input-type=module", "--eval", around, "--", *arguments, read=read))
