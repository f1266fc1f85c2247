"""A real queue for the tests that ask for one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from accounts.models import User
from aslsite.tests.queue import send_to
from recognition import services
from recognition.models import Prediction
from recognition.tests.conftest import make_prediction
from worker.tests.pictures import jpeg
from worker.tests.servers import RedisServer, Worker

__all__ = ["make_prediction"]


@pytest.fixture
def redis_server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """An own Redis, running; Celery in this process sends to it."""
    server = RedisServer(tmp_path_factory.mktemp("r"))
    settings.REDIS_URL = server.url
    send_to(f"redis+socket://{server.socket}")
    server.start()
    yield server
    server.kill()
    send_to("memory://")


@pytest.fixture
def start_worker(
    transactional_db: None, redis_server: RedisServer, media_folder: Path, tmp_path: Path
) -> Iterator[Callable[..., Worker]]:
    """Starts workers that share this test's database, pictures and queue."""
    workers: list[Worker] = []
    environment = {
        "DJANGO_SETTINGS_MODULE": "aslsite.settings",
        "LOCAL_DIR": str(tmp_path),
        "MEDIA_ROOT": str(media_folder),
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "REDIS_URL": redis_server.url,
    }

    def start(**extra: str) -> Worker:
        worker = Worker(environment | extra)
        worker.start()
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.kill()


@pytest.fixture
def alice_committed(transactional_db: None) -> User:
    """Alice, where other processes see her."""
    return User.objects.create_user("alice", "alice@example.org", "alice-password")


@pytest.fixture
def send(alice_committed: User) -> Callable[..., Prediction]:
    """Alice sends a picture of this width."""

    def send(width: int = 64) -> Prediction:
        return services.request_prediction(owner=alice_committed, data=jpeg(width), original_name="hand.jpg")

    return send
