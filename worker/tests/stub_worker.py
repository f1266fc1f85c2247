"""``python -m worker.tests.stub_worker QUEUE``: the real worker, with the stub in the recogniser's place."""

import sys

import django

from worker.__main__ import main

if __name__ == "__main__":
    django.setup()
    from worker import registry
    from worker.tests import stub

    registry.active = stub.active  # type: ignore[assignment]
    sys.exit(main(sys.argv[1]))
