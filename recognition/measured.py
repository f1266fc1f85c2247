"""A version's metrics as tables, for pages and the admin: each family measures what it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_TIMES: Final = {"milliseconds": "time of a picture, median", "milliseconds_p95": "time of a picture, 95th percentile"}
_VAULT: Final = "vault_"
"""Begins the names of what was measured on the signers of ``docs/evaluation.md``'s vault."""


@dataclass(frozen=True)
class Table:
    """Figures by session or class, one column each."""

    name: str
    columns: list[str]
    rows: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Measured:
    """Single figures with their names, and what was measured by something."""

    figures: list[tuple[str, str]]
    tables: list[Table]


def measured(metrics: Mapping[str, Any]) -> Measured:
    """In the order in which they come. Lists are left out: they are for the bench and the report."""
    figures = {name: value for name, value in metrics.items() if not isinstance(value, dict | list)}
    tables = [_table(name, value) for name, value in metrics.items() if isinstance(value, dict) and value]
    return Measured([_figure(name, value) for name, value in figures.items()], tables)


def _figure(name: str, value: Any) -> tuple[str, str]:
    """With its unit where the name has one."""
    if name.endswith("_bytes") and isinstance(value, int | float):
        return _words(name.removesuffix("_bytes")), f"{value / 1e6:.1f} MB"
    if name in _TIMES and isinstance(value, int | float):
        return _TIMES[name], f"{value:.1f} ms"
    return _words(name), _shown(value)


def _table(name: str, rows: dict[str, Any]) -> Table:
    columns = list(dict.fromkeys(key for row in rows.values() if isinstance(row, dict) for key in row))
    cells = [
        (label, [_shown(row.get(column)) for column in columns] if isinstance(row, dict) else [_shown(row)])
        for label, row in rows.items()
    ]
    return Table(_words(name), [_words(column) for column in columns] or ["value"], cells)


def _words(name: str) -> str:
    if name.startswith(_VAULT):
        return f"{_words(name.removeprefix(_VAULT))}, signers kept until the end"
    return name.replace("_", " ")


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "–" if value is None else str(value)
