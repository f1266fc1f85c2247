"""The history page of somebody with 100,000 pictures against one with 100: ``python -m benchmarks.history [URL]``

Makes both people in a database of its own (SQLite in a temporary folder; or beside the one of the PostgreSQL URL given,
such as postgres://postgres@127.0.0.1:5432/postgres) and removes it at the end. Asks each page in turn through the whole
of Django, and prints medians in milliseconds, their ratio, the rows on each page, and the queries of one request. Goal:
a ratio of at most 2 where both pages have as many rows; of 100 pictures some filters find few. A part of a file name
that no picture has is the one question that looks at every row.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

FEW, MANY = 100, 100_000
ROUNDS = 25
NAME = "asl_history_benchmark"
PAGES = {
    "first page": "",
    "next page": "{after}",
    "deep page": "{deep}",
    "letter": "?label=L",
    "state": "?state=failed",
    "sure ones": "?min_confidence=0.8",
    "not sure": "?certainty=unsure",
    "decided": "?certainty=sure",
    "not answered": "?answer=unanswered",
    "corrected": "?answer=corrected",
    "surest first": "?sort=surest",
    "days": "?since=2026-01-01&until=2026-12-31",
    "file name": "?search=IMG",
    "no such file name": "?search=nothing",
}


def main(url: str) -> None:
    with tempfile.TemporaryDirectory() as place, _database(url, place) as own:
        os.environ |= {
            "LOCAL_DIR": place,
            "MEDIA_ROOT": f"{place}/media",
            "DATABASE_URL": own,
            "DJANGO_SETTINGS_MODULE": "aslsite.settings",
        }
        import django

        django.setup()
        print(json.dumps(_measure(), indent=1))


@contextmanager
def _database(url: str, place: str) -> Iterator[str]:
    if not url:
        yield f"sqlite:///{place}/db.sqlite3"
        return
    import psycopg

    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {NAME}")
        try:
            yield f"{url.rsplit('/', 1)[0]}/{NAME}"
        finally:
            from django.db import connections

            connections.close_all()
            server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def _measure() -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    people = [_person("few", FEW), _person("many", MANY)]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    clients = []
    for person in people:
        client = Client(SERVER_NAME="localhost")
        client.force_login(person)
        clients.append(client)
    report: dict[str, Any] = {"database": connection.vendor}
    for name, query in PAGES.items():
        times: list[list[float]] = [[], []]
        rows = [0, 0]
        addresses = ["/history/" + query.format(**_edges(person)) for person in people]
        for _ in range(ROUNDS + 2):
            for which, client in enumerate(clients):
                start = time.perf_counter()
                page = client.get(addresses[which])
                times[which].append((time.perf_counter() - start) * 1000)
                rows[which] = page.content.count(b'class="row ')
        with CaptureQueriesContext(
            connection,
        ) as queries:
            clients[1].get(addresses[1])
        few, many = (statistics.median(each[2:]) for each in times)  # the first ones warm up
        report[name] = {
            "few_ms": round(few, 1),
            "many_ms": round(many, 1),
            "ratio": round(many / few, 2),
            "few_rows": rows[0],
            "many_rows": rows[1],
            "queries": len(queries),
        }
    return report


def _person(name: str, count: int) -> Any:
    """Somebody with pictures of every kind; one in twenty is failed, one in ten answered, one in 25 unsure."""
    from django.utils import timezone

    from accounts.models import User
    from recognition.models import Correction, Prediction
    from worker.ml.labels import LABELS

    owner = User.objects.create_user(name)
    now = timezone.now()
    for start in range(0, count, 5000):
        rows = [
            Prediction(
                owner=owner,
                image=f"predictions/{number}.jpg",
                thumbnail=f"thumbnails/{number}.webp",
                image_width=640,
                image_height=480,
                original_name=f"IMG_{number:06}.jpg",
                state="failed" if number % 20 == 0 else "succeeded",
                label="" if number % 20 == 0 else LABELS[number % 29],
                confidence=None if number % 20 == 0 else (number * 37 % 1000) / 1000,
                is_unsure=number % 25 == 7,
                top=[{"label": label, "confidence": 0.2} for label in LABELS[:5]],
                hand={"landmarks": [[0.123456, 0.123456, 0.0]] * 21},
            )
            for number in range(start, min(start + 5000, count))
        ]
        Prediction.objects.bulk_create(rows, batch_size=1000)
        for number, row in enumerate(rows, start=start):
            row.created_at = now - timedelta(minutes=number)
        Prediction.objects.bulk_update(rows, ["created_at"], batch_size=500)
        answers = [Correction(prediction=row, label="H", by=owner) for row in rows[1::10] if row.label]
        Correction.objects.bulk_create(answers, batch_size=1000)
    return owner


def _edges(person: Any) -> dict[str, str]:
    """Where a page in the middle and one near the end begin."""
    from recognition.filters import ORDERS
    from recognition.models import Prediction

    order = ORDERS["newest"]
    rows = order.sort(Prediction.objects.owned_by(person))
    places = {"after": 49, "deep": rows.count() * 95 // 100 - 51}
    return {name: f"?after={order.edge_of(rows[max(place, 0)])}" for name, place in places.items()}


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
