"""`.env.example` and the settings say the same, and a wrong value is refused in words."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / ".env.example").read_text()


def variables_in_settings() -> dict[str, str]:
    """Each variable that settings read, with the text of its default."""
    source = (ROOT / "aslsite/settings.py").read_text()
    return dict(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"(?:,\s*([^,)]+))?", source))


def test_every_variable_is_in_the_example_and_the_reverse() -> None:
    assert set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == set(variables_in_settings())


def test_every_variable_in_the_example_is_explained_on_the_line_above() -> None:
    lines = EXAMPLE.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"[A-Z_]+=", line):
            assert lines[number - 1].startswith("# "), f"{line} has no comment"


def test_defaults_in_the_example_are_those_of_the_settings() -> None:
    defaults = variables_in_settings()
    for name, shown in re.findall(r"^([A-Z_]+)=(.+)$", EXAMPLE, re.MULTILINE):
        default = defaults[name].strip('"').replace("_", "").replace("False", "0")
        assert default.startswith(shown.split(",")[0].replace("_", "")), name


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "eighty", "PORT is 'eighty', but must be a whole number from 1 to 65535"),
        ("PORT", "70000", "PORT is '70000'"),
        ("DEBUG", "maybe", "DEBUG is 'maybe', but must be one of 1, 0, true, false"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL is 'LOUD', but must be one of DEBUG"),
        ("DATABASE_URL", "mysql://host/name", "must be a URL like sqlite:////absolute/path or postgres://user:"),
        ("DATABASE_URL", "sqlite:///asl.sqlite3", "must be a URL like sqlite:////absolute/path"),
        ("DATABASE_URL", "sqlite:///:memory:", "must be a URL like sqlite:////absolute/path"),
        ("DATABASE_URL", "postgres://host:port/name", "DATABASE_URL is 'postgres://host:port/name'"),
        ("DATABASE_URL", "postgres://anna:secret@host:port/name", "DATABASE_URL is 'postgres://...@host:port/name'"),
        ("REDIS_URL", "localhost:6379", "must be a URL like redis://host:port/number or unix:///absolute/path"),
        ("REDIS_URL", "redis://host:port/0", "REDIS_URL is 'redis://host:port/0'"),
        ("REDIS_URL", "redis://host:6379/queue", "REDIS_URL is 'redis://host:6379/queue'"),
        ("REDIS_URL", "unix:redis.sock", "REDIS_URL is 'unix:redis.sock'"),
        ("ALLOWED_HOSTS", "localhost,https://asl.example.org", "ALLOWED_HOSTS is 'https://asl.example.org'"),
        ("ALLOWED_HOSTS", ",", "must be host names like asl.example.org, comma-separated"),
        ("CSRF_TRUSTED_ORIGINS", "asl.example.org", "a comma-separated list of origins"),
        ("MEDIA_ROOT", "/etc/hostname", "MEDIA_ROOT is '/etc/hostname', but must be a folder"),
        ("API_USER_RATE", "many/minute", "API_USER_RATE is 'many/minute', but must be a number of at least 1"),
        ("API_ANONYMOUS_RATE", "10/fortnight", "API_ANONYMOUS_RATE is '10/fortnight'"),
        ("EMAIL_URL", "mail.example.org", "EMAIL_URL is 'mail.example.org', but must be a URL like smtp+tls://user:"),
        ("EMAIL_VERIFICATION", "mandatory", "EMAIL_VERIFICATION is 'mandatory', but must be one of none"),
        ("HOST", "no such host", "HOST is 'no such host'"),
        ("LOCAL_DIR", "/proc/nowhere", "LOCAL_DIR"),
    ],
)
def test_start_refuses_a_wrong_value_in_one_sentence(name: str, value: str, words: str, tmp_path: Path) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "aslsite.settings", "LOCAL_DIR": str(tmp_path), name: value}
    start = subprocess.run(
        [sys.executable, "-m", "aslsite.launch"], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert start.returncode == 2
    assert words in start.stderr
    assert "Traceback" not in start.stderr
    assert len(start.stderr.strip().splitlines()) == 1


def test_a_folder_may_have_a_name_that_means_something_in_a_url(tmp_path: Path) -> None:
    folder = tmp_path / "a b#c?d%41"
    code = "from aslsite import settings; print(settings.DATABASES['default']['NAME'], settings.REDIS_URL, sep='\\n')"
    environment = os.environ | {"LOCAL_DIR": str(folder)}
    said = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True)
    database, redis_url = said.stdout.splitlines()
    assert Path(database) == folder / "db.sqlite3"
    assert re.fullmatch(r"unix:///[\w/.-]+", redis_url)
