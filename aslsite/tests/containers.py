"""Reads docker/ as the engine would, as far as the tests need it."""

import fnmatch
import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
INSTRUCTIONS = {"ARG", "FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}

_VARIABLE = r"\$\{(?P<name>[A-Z_]+)(?:(?P<kind>:-|:\?)(?P<default>[^}]*))?\}"


@dataclass
class Stage:
    name: str
    parent: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    def values(self, instruction: str) -> list[str]:
        return [value for name, value in self.lines if name == instruction]


def stages() -> dict[str, Stage]:
    """The stages of the Dockerfile by name. Raises ValueError for an instruction that it should not have."""
    text = (ROOT / "docker/Dockerfile").read_text()
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", text))
    found: dict[str, Stage] = {}
    current = Stage("", "")
    for line in filter(None, (line.strip() for line in joined.splitlines())):
        instruction, _, value = line.partition(" ")
        if instruction not in INSTRUCTIONS:
            raise ValueError(f"{instruction} is no instruction that this file needs")
        if instruction == "FROM":
            parent, _as, name = value.split()
            current = found[name] = Stage(name, parent)
        else:
            current.lines.append((instruction, value.strip()))
    return found


def command_of(stage: Stage) -> list[str]:
    (value,) = stage.values("CMD")
    return [str(word) for word in json.loads(value)]


def compose(**variables: str) -> dict[str, Any]:
    """compose.yaml with its variables filled in. Raises KeyError for one that must be set and is not."""

    def fill(match: re.Match[str]) -> str:
        name, kind, default = match["name"], match["kind"], match["default"]
        value = variables.get(name, "")
        if value or kind == ":-":
            return value or str(default)
        raise KeyError(name)

    def filled(content: Any) -> Any:
        if isinstance(content, dict):
            return {key: filled(value) for key, value in content.items()}
        if isinstance(content, list):
            return [filled(value) for value in content]
        return re.sub(_VARIABLE, fill, content) if isinstance(content, str) else content

    parsed: dict[str, Any] = filled(yaml.safe_load((ROOT / "docker/compose.yaml").read_text()))
    return parsed


def is_left_out(path: str) -> bool:
    """Whether .dockerignore keeps a path of the repository from the images."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    parts = path.split("/")
    heads = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return any(
        fnmatch.fnmatch(head, pattern) or (pattern.startswith("**/") and fnmatch.fnmatch(Path(head).name, pattern[3:]))
        for head in heads
        for pattern in patterns
    )


def words(command: str) -> list[str]:
    """A command of supervisord.conf without what ties it to its manager."""
    split = [word for word in shlex.split(command) if "aslsite.leash" not in word]
    python = "%(ENV_ASL_PYTHON)s"
    while split[:2] in ([python, "-m"], [python, python]) and split[2:3] == [python]:
        split = split[2:]
    return ["python" if word == python else word for word in split]
