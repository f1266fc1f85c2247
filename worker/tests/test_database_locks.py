"""Many writers on one SQLite file wait for their turn: nobody meets "database is locked"."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.models import User
from recognition import services
from recognition.models import Prediction
from worker.tests.pictures import jpeg


@pytest.mark.django_db(transaction=True)
def test_web_and_workers_write_at_once_without_a_lock_error() -> None:
    owner = User.objects.create_user("alice")
    data = jpeg()
    start = threading.Barrier(8)

    def write(number: int) -> None:
        start.wait()
        try:
            for _ in range(15):
                prediction = services.request_prediction(owner=owner, data=data)
                assert prediction.claim()
                with transaction.atomic():  # reads before it writes, as the admin does
                    row = Prediction.objects.get(pk=prediction.pk)
                    assert row.fail("done")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    assert Prediction.objects.filter(state=Prediction.State.FAILED).count() == 8 * 15
