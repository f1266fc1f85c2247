#!/usr/bin/env python
"""Django's command line for this site."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aslsite.settings")
    from django.core.management import execute_from_command_line

    from aslsite.env import EnvironmentValueError

    try:
        execute_from_command_line(sys.argv)
    except EnvironmentValueError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
