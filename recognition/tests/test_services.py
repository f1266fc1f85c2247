"""Asking for a prediction: what is kept, what is sent and when, and what happens without a queue."""

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.models import User
from aslsite.tests.queue import send_to
from recognition import services
from recognition.models import Prediction
from recognition.services import clean_name
from worker import tasks
from worker.ml import images
from worker.ml.images import ImageError


def picture(size: tuple[int, int] = (80, 60), *, exif: Image.Exif | None = None) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 120, 40)).save(buffer, "JPEG", exif=exif or Image.Exif())
    return buffer.getvalue()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_no_more_than_two_pictures_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file may hold so many pixels that sixteen of them at once would be the end of the machine."""
    running, most = 0, 0

    def decode(*args: object) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.05)
        running -= 1
        raise ImageError("truncated", "The picture is damaged.")

    def send() -> None:
        with pytest.raises(ImageError):
            services.request_prediction(owner=User(), data=b"picture")

    monkeypatch.setattr(images, "decode", decode)
    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to the queue, in place of it."""
    messages: list[str] = []
    monkeypatch.setattr(tasks.predict, "apply_async", lambda args, **options: messages.append(args[0]))
    return messages


@pytest.fixture
def broker_away(tmp_path: Path) -> Iterator[None]:
    """Celery's real publisher, and nobody at the address."""
    send_to(f"redis+socket://{tmp_path}/nobody.sock")
    yield
    send_to("memory://")


@pytest.mark.django_db(transaction=True)
def test_a_picture_is_stored_upright_and_without_metadata_and_then_sent(sent: list[str], media_folder: Path) -> None:
    alice = User.objects.create_user("alice")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010F] = "maker of the phone"
    prediction = services.request_prediction(owner=alice, data=picture((80, 60), exif=exif), original_name="hand.jpg")
    assert sent == [str(prediction.pk)]
    assert (prediction.image_width, prediction.image_height) == (60, 80)
    stored = files(media_folder)
    assert stored == [media_folder / f"predictions/{prediction.pk.hex[:2]}/{prediction.pk.hex}.jpg"]
    assert b"maker of the phone" not in stored[0].read_bytes()
    with Image.open(stored[0]) as image:
        assert (image.size, image.format, len(image.getexif())) == ((60, 80), "JPEG", 0)
    assert stored[0].stat().st_mode & 0o077 == 0  # nobody else on the machine reads users' pictures


@pytest.mark.django_db(transaction=True)
def test_the_message_is_sent_after_the_commit_only(sent: list[str]) -> None:
    alice = User.objects.create_user("alice")
    with transaction.atomic():
        services.request_prediction(owner=alice, data=picture())
        assert sent == []
    assert len(sent) == 1
    with transaction.atomic():
        services.request_prediction(owner=alice, data=picture())
        transaction.set_rollback(True)
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty"), (b"%PDF-1.7 hand.jpg", "unsupported_format"), (picture()[:300], "not_an_image")]
)
def test_what_is_no_picture_leaves_nothing(
    data: bytes, code: str, alice: User, sent: list[str], media_folder: Path
) -> None:
    with pytest.raises(ImageError) as refusal:
        services.request_prediction(owner=alice, data=data)
    assert refusal.value.code in (code, "truncated")
    assert (sent, files(media_folder), Prediction.objects.count()) == ([], [], 0)


def test_limits_are_those_of_the_settings(alice: User, settings: Settings, sent: list[str]) -> None:
    settings.IMAGE_LIMITS = type(settings.IMAGE_LIMITS)(max_pixels=1000)
    with pytest.raises(ImageError) as refusal:
        services.request_prediction(owner=alice, data=picture((80, 60)))
    assert refusal.value.code == "too_many_pixels"


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_it_says_so_within_a_second_and_keeps_nothing(broker_away: None, media_folder: Path) -> None:
    alice = User.objects.create_user("alice")
    start = time.monotonic()
    with pytest.raises(services.QueueUnavailable) as refusal:
        services.request_prediction(owner=alice, data=picture())
    assert time.monotonic() - start < 1
    assert "Try again in a moment" in str(refusal.value)
    assert refusal.value.retry_after_seconds > 0
    assert (files(media_folder), Prediction.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("hand.jpg", "hand.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Alice\\Bild.JPG", "Bild.JPG"),
        ("手話 – é.png", "手話 – é.png"),
        ("line\nbreak\x00\x1b[31m.jpg", "linebreak[31m.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("a" * 300 + ".jpg", "a" * 255),
        ("", ""),
        ("/", ""),
        ("half \ud800 a pair.jpg", "half  a pair.jpg"),
    ],
)
def test_the_clients_file_name_is_for_display_only(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.django_db(transaction=True)
def test_waiting_returns_as_soon_as_the_row_is_finished(sent: list[str]) -> None:
    prediction = services.request_prediction(owner=User.objects.create_user("alice"), data=picture())

    def finish() -> None:
        time.sleep(0.1)
        Prediction.objects.get(pk=prediction.pk).fail("No hand, no letter.")
        connection.close()

    other = threading.Thread(target=finish)
    other.start()
    start = time.monotonic()
    found = services.wait_for_result(prediction=prediction, seconds=5)
    other.join()
    assert time.monotonic() - start < 1
    assert (found.state, found.error) == (Prediction.State.FAILED, "No hand, no letter.")
    assert not connection.in_atomic_block


def test_who_comes_while_half_of_the_threads_wait_is_answered_at_once(
    alice: User, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prediction = services.request_prediction(owner=alice, data=picture())
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(services, "_WAITING", places)
    start = time.monotonic()
    with places:
        assert services.wait_for_result(prediction=prediction, seconds=5).state == Prediction.State.QUEUED
    assert time.monotonic() - start < 1
    services.wait_for_result(prediction=prediction, seconds=0.2)
    assert time.monotonic() - start >= 0.2
    assert places.acquire(blocking=False)  # who has waited makes room


def test_waiting_gives_up_in_time_and_sees_a_deletion(alice: User, sent: list[str]) -> None:
    prediction = services.request_prediction(owner=alice, data=picture())
    start = time.monotonic()
    assert services.wait_for_result(prediction=prediction, seconds=0.2).state == Prediction.State.QUEUED
    assert 0.2 <= time.monotonic() - start < 1
    Prediction.objects.all().delete()
    with pytest.raises(Prediction.DoesNotExist):
        services.wait_for_result(prediction=prediction, seconds=0.2)
