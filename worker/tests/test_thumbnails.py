"""Small copies for lists: made after the answer, once, and never a reason to fail."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from accounts.models import User
from recognition import services
from recognition.models import Prediction
from worker import registry, tasks, thumbnails
from worker.tests import stub
from worker.tests.pictures import jpeg
from worker.tests.test_tasks import deliver


@pytest.fixture(autouse=True)
def stub_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "active", stub.active)


@pytest.fixture
def queued(alice: User) -> Callable[..., Prediction]:
    return lambda width=64: services.request_prediction(owner=alice, data=jpeg(width))


def test_each_answer_leaves_a_small_square_copy(queued: Callable[..., Prediction], media_folder: Path) -> None:
    done = deliver(queued())
    assert done.thumbnail.name == f"thumbnails/{done.pk.hex[:2]}/{done.pk.hex}.webp"
    with Image.open(media_folder / done.thumbnail.name) as small:
        assert (small.format, small.size) == ("WEBP", (144, 144))


def test_what_could_not_be_read_has_one_too(queued: Callable[..., Prediction]) -> None:
    assert deliver(queued(stub.FAULTY_WIDTH)).thumbnail


def test_without_a_file_there_is_none_and_no_other_error(queued: Callable[..., Prediction]) -> None:
    prediction = queued()
    prediction.image.delete(save=False)
    done = deliver(prediction)
    assert done.error == tasks.NO_FILE
    assert not done.thumbnail


def test_a_worker_that_died_after_its_answer_is_made_up_for(queued: Callable[..., Prediction]) -> None:
    prediction = queued()
    assert prediction.claim()
    assert prediction.fail("It took too long.")
    assert not Prediction.objects.get().thumbnail
    assert deliver(prediction, redelivered=True).thumbnail


def test_a_second_one_is_not_kept(queued: Callable[..., Prediction], media_folder: Path) -> None:
    done = deliver(queued())
    assert not done.keep_thumbnail(b"another")
    assert len(list(media_folder.glob("thumbnails/*/*"))) == 1


def test_for_a_row_that_is_gone_none_is_left_behind(queued: Callable[..., Prediction], media_folder: Path) -> None:
    prediction = queued()
    Prediction.objects.filter(pk=prediction.pk).delete()
    assert not prediction.keep_thumbnail(b"small")
    assert list(media_folder.glob("thumbnails/*/*")) == []


@pytest.mark.parametrize("size", [(2000, 16), (16, 2000), (16, 16), (2000, 1500)])
def test_any_shape_becomes_the_same_square(size: tuple[int, int]) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, "JPEG")
    with Image.open(io.BytesIO(thumbnails.small_copy(buffer.getvalue()))) as small:
        assert small.size == (144, 144)
