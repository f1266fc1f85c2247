"""``python -m worker.tests.stub_worker QUEUE``: the real worker, with the stub in the recogniser's place."""

import os
import sys

import django

from worker.__main__ import main

if __name__ == "__main__":
    django.setup()
    from worker import children, registry
    from worker.tests import stub

    registry.active = stub.active  # type: ignore[assignment]
    children.LOOK_SECONDS = float(os.environ.get("LOOK_SECONDS") or children.LOOK_SECONDS)
    sys.exit(main(sys.argv[1]))
