"""`manage.py bench`: all trained versions and what was measured of them, as a table."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from recognition import bench
from recognition.templatetags.recognition_tags import bench_figure

_MISSING = "–"


class Command(BaseCommand):
    help = "Lists the trained versions: data, accuracy in the room and on unseen signers, calibration, latency, size."

    def add_arguments(self, parser: ArgumentParser) -> None:
        orders = [sign + column.key for column in bench.COLUMNS for sign in ("", "-")]
        parser.add_argument("--sort", default=bench.NEWEST_FIRST, choices=orders, metavar="COLUMN", help=_help(orders))

    def handle(self, *, sort: str, **options: Any) -> None:
        head = [column.title for column in bench.COLUMNS]
        table = [head, *(_cells(row) for row in bench.rows(sort))]
        widths = [max(len(line[place]) for line in table) for place in range(len(head))]
        for line in table:
            cells = [
                cell.rjust(width) if column.is_number else cell.ljust(width)
                for cell, width, column in zip(line, widths, bench.COLUMNS, strict=True)
            ]
            self.stdout.write("  ".join(cells).rstrip())


def _cells(row: bench.Row) -> list[str]:
    figures = [bench_figure(value, column.key) or _MISSING for column, value in row.figures]
    return [row.name, row.family, row.data or _MISSING, f"{row.added:%Y-%m-%d}", *figures]


def _help(orders: list[str]) -> str:
    return (
        f"one of {', '.join(order for order in orders if order[0] != '-')}; with - (--sort=-size_bytes) greatest first"
    )
