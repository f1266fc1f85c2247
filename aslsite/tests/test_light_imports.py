"""The web never loads the heavy libraries: a process that knows every URL and every task holds none of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "tensorflow", "keras", "ai_edge_litert", "mediapipe", "scipy", "sklearn")


@pytest.mark.parametrize(
    "load",
    [
        "from django.urls import get_resolver; get_resolver().url_patterns; import worker.tasks, worker.sweeper",
        "from django.core.checks import run_checks; run_checks()",
        "import aslsite.wsgi",
    ],
)
def test_heavy_libraries_are_not_loaded(load: str, tmp_path: Path) -> None:
    program = f"import django, sys; django.setup(); {load}; print([m for m in {HEAVY!r} if m in sys.modules])"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "aslsite.settings", "LOCAL_DIR": str(tmp_path)}
    output = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert output.stdout.strip() == "[]", output.stderr
