"""docker/: read as an engine would, and compared with `make run`. No engine is needed."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aslsite.tests.containers import ROOT, command_of, compose, is_left_out, stages, words
from aslsite.tests.running import free_port

SECRETS = {"SECRET_KEY": "k" * 50, "POSTGRES_PASSWORD": "p"}
OURS = {"prepare", "web", "sweeper", "predictions", "training"}


def command_in(name: str, service: dict[str, Any]) -> list[str]:
    return [str(word) for word in service.get("command", command_of(stages()[service["build"]["target"]]))]


def run_by_make() -> dict[str, list[str]]:
    parser = configparser.RawConfigParser(inline_comment_prefixes=None)
    parser.read(ROOT / "aslsite/supervisord.conf")
    programs = {name[8:]: parser[name]["command"] for name in parser.sections() if name.startswith("program:")}
    return {name: words(command.replace("\n", " ")) for name, command in programs.items() if name != "redis"}


def test_each_process_of_make_run_is_a_service_with_the_same_command() -> None:
    services = compose(**SECRETS)["services"]
    by_make = run_by_make()
    assert set(by_make) == OURS - {"prepare"}
    for name, command in by_make.items():
        assert command_in(name, services[name]) == command, name


def test_only_variables_of_the_site_are_set() -> None:
    known = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    services = compose(**SECRETS)["services"]
    for name in OURS:
        assert set(services[name]["environment"]) <= known, name
    for stage in stages().values():
        for value in stage.values("ENV"):
            names = {word.split("=")[0] for word in value.split()}
            assert names - known <= {
                "DJANGO_SETTINGS_MODULE",
                "PYTHONUNBUFFERED",
                "PYTHONDONTWRITEBYTECODE",
                "PIP_NO_CACHE_DIR",
                "PIP_DISABLE_PIP_VERSION_CHECK",
            }


def test_the_training_worker_can_send_mail_as_the_web_does() -> None:
    """It tells people that what they started has ended."""
    mail = {"EMAIL_URL": "smtp://mail.example.org", "EMAIL_FROM": "asl@example.org"}
    services = compose(**SECRETS, **mail)["services"]
    for name in OURS:
        assert mail.items() <= services[name]["environment"].items(), name


def test_variables_have_a_default_or_must_be_set_and_are_in_the_example() -> None:
    text = (ROOT / "docker/compose.yaml").read_text()
    used = set(re.findall(r"\$\{([A-Z_]+)", text))
    example = (ROOT / "docker/env.example").read_text()
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == used
    for missing in SECRETS:
        with pytest.raises(KeyError):
            compose(**{name: value for name, value in SECRETS.items() if name != missing})


def test_services_are_sound() -> None:
    content = compose(**SECRETS)
    assert set(content) - {key for key in content if key.startswith("x-")} == {"name", "services", "volumes"}
    services = content["services"]
    assert set(services) == OURS | {"database", "queue", "proxy"}
    for name, service in services.items():
        assert ("image" in service) or ("build" in service), name
        assert not str(service["image"]).endswith(":latest"), name
        assert ("ports" in service) == (name == "proxy"), f"{name}: only the proxy is reached from outside"
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed] or services[needed]["build"]["target"] == "web"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in content["volumes"] or (ROOT / "docker" / source).is_file(), volume
        if name in OURS:
            assert service["build"] == {
                "context": "..",
                "dockerfile": "docker/Dockerfile",
                "target": service["build"]["target"],
            }
            assert service["build"]["target"] in stages()
            assert (service["read_only"], service["cap_drop"], service["init"]) == (True, ["ALL"], True)
            assert service["volumes"] == ["media:/var/lib/asl/media"]


def test_nobody_of_ours_starts_before_the_tables_are_there() -> None:
    services = compose(**SECRETS)["services"]
    for name in OURS - {"prepare"}:
        assert services[name]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}, name


def test_images_run_as_nobody_special_from_pinned_requirements() -> None:
    found = stages()
    assert (found["web"].parent, found["worker"].parent) == ("base", "base")
    for name in ("web", "worker"):
        assert found[name].values("USER") == ["asl"]
        assert len(found[name].values("HEALTHCHECK")) == 1
        installs = [line for line in found[name].values("RUN") if "pip install" in line]
        assert all("--require-hashes" in line and "--no-deps" in line for line in installs)
        order = [instruction for instruction, _ in found[name].lines]
        assert order.index("USER") > max(at for at, instruction in enumerate(order) if instruction in ("RUN", "COPY"))
    installed = {name: re.findall(r"-r (\S+)", " ".join(found[name].values("RUN"))) for name in ("web", "worker")}
    assert installed["web"] == ["requirements/web.txt"]
    assert installed["worker"] == ["requirements/worker.txt", "requirements/models.txt"]


def test_what_is_copied_is_there_and_what_is_private_is_not() -> None:
    for stage in stages().values():
        for value in stage.values("COPY"):
            for source in value.split()[:-1]:
                assert (ROOT / source).exists()
                assert not is_left_out(source)
    for needed in (
        "docker/probe.py",
        "static/css/base.css",
        "worker/pretrained/artifact.json",
        "manage.py",
        "templates/base.html",
    ):
        assert not is_left_out(needed), needed
    for private in (
        ".env",
        "docker/.env",
        ".local/secret_key",
        "media/predictions/a.jpg",
        ".git/config",
        ".venv/bin/pip",
    ):
        assert is_left_out(private), private


def test_no_module_of_an_image_imports_one_that_is_left_out() -> None:
    for path in ROOT.glob("*/**/*.py"):
        name = path.relative_to(ROOT).as_posix()
        if name.split("/")[0] in ("aslsite", "accounts", "recognition", "worker") and not is_left_out(name):
            assert not re.search(r"^\s*(?:from|import) \S*\b(?:tests|benchmarks)\b", path.read_text(), re.MULTILINE), (
                name
            )


ONLY_WEB = """
import re, sys
from importlib.metadata import packages_distributions

def plain(name):
    return re.sub("[-_.]+", "-", name).lower()

lines = open("requirements/web.txt").read()
allowed = {plain(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", lines, re.M)}
refused = {
    module for module, owners in packages_distributions().items()
    if not any(plain(owner) in allowed for owner in owners)
} - {"pip", "setuptools", "pkg_resources", "_distutils_hack"}
assert {"numpy", "tensorflow", "keras", "ai_edge_litert"} <= refused

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"{name} is not part of the web image", name=name)

sys.meta_path.insert(0, Refuse())
"""


def test_the_web_starts_with_its_own_requirements_alone(tmp_path: Path) -> None:
    """With nothing of the worker's or the developer's, NumPy least of all."""
    program = ONLY_WEB + (
        "import django; django.setup()\n"
        "from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
        "call_command('collectstatic', verbosity=0, interactive=False)\n"
        "import gunicorn.app.wsgiapp, aslsite.gunicorn_conf, aslsite.prepare, worker.sweeper\n"
        "import worker.management.commands.sweep, psycopg\n"
        "from aslsite.wsgi import application\n"
        "from django.test import Client\n"
        "client = Client(HTTP_HOST='localhost')\n"
        "paths = ('/', '/healthz', '/accounts/login/', '/api/v1/schema/', '/admin/')\n"
        "print([client.get(path).status_code for path in paths])\n"
        "print('numpy' in sys.modules)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    environment |= {"DJANGO_SETTINGS_MODULE": "aslsite.settings", "LOCAL_DIR": str(tmp_path), "PORT": str(free_port())}
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert said.stdout.splitlines()[-2:] == ["[200, 200, 200, 200, 302]", "False"], said.stderr
