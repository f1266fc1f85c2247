"""``python -m worker.tests.roundtrip``: a picture through database, queue and worker as the environment names them.

Runs in a process of its own, as a test cannot change the database of its settings. Prints the row as JSON.
"""

import json

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from recognition import services
    from worker.sweeper import sweep
    from worker.tests.pictures import jpeg

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("alice")
    predictions = [services.request_prediction(owner=owner, data=jpeg(), original_name="手.jpg") for _ in range(5)]
    done = [services.wait_for_result(prediction=prediction, seconds=20) for prediction in predictions]
    sweep()
    print(
        json.dumps(
            {
                "database": connection.vendor,
                "states": [prediction.state for prediction in done],
                "labels": [prediction.label for prediction in done],
                "attempts": [prediction.attempts for prediction in done],
                "name": done[0].original_name,
            }
        )
    )


if __name__ == "__main__":
    main()
