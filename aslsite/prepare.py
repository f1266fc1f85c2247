"""``python -m aslsite.prepare``: tables, the first administrator and the shipped model, for a start without `make run`.

Containers (docker/) run it once before the others. ``make run`` does the same itself.
"""

import os
import sys

from aslsite.launch import CannotStart, prepare_database, read_settings


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aslsite.settings")
    try:
        read_settings()
        prepare_database()
    except CannotStart as obstacle:
        print(obstacle, file=sys.stderr)
        return obstacle.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
