"""A disk that fills while a picture is written."""

import errno
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from recognition import services
from recognition.models import Prediction
from recognition.tests.conftest import encoded
from recognition.tests.rest import LIST, assert_problem, client_of
from recognition.tests.test_upload_page import upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file can be begun, as on a real one, and nothing can be written into it."""

    def fail(*_arguments: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("django.core.files.storage.filesystem.locks.lock", fail)


@pytest.fixture
def full_spool(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Where larger files lie while they arrive."""

    class Spool(BytesIO):
        name = "spool"

        def write(self, _data: Any) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", lambda **_options: Spool())


@pytest.fixture(autouse=True)
def nothing_is_left(db: None, media_folder: Path) -> Any:
    yield
    assert [path for path in media_folder.rglob("*") if path.is_file()] == []
    assert Prediction.objects.count() == 0


@pytest.mark.parametrize("fault", ["full_disk", "full_spool"])
def test_the_page_says_so(client: Client, alice: User, fault: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(fault)
    client.force_login(alice)
    response = upload(client, ("hand.jpg", encoded()), ("other.jpg", encoded()))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert response.content.decode().count("There is no room for pictures just now") == 2


@pytest.mark.parametrize("fault", ["full_disk", "full_spool"])
@pytest.mark.parametrize(("address", "field"), [(LIST, "image"), (f"{LIST}batch/", "images")])
def test_the_api_says_so(alice: User, address: str, field: str, fault: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(fault)
    body = (
        f'--border\r\nContent-Disposition: form-data; name="{field}"; filename="hand.jpg"\r\n\r\n'.encode()
        + encoded()
        + b"\r\n--border--\r\n"
    )
    answer = client_of(alice).generic("POST", address, body, content_type="multipart/form-data; boundary=border")
    assert "no room for pictures" in assert_problem(answer, 503, "storage_full")["detail"]
    assert answer.headers["Retry-After"] == "10"


def test_another_fault_of_the_disk_leaves_nothing_either(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr("django.core.files.storage.filesystem.locks.lock", fail)
        with pytest.raises(OSError, match="Input/output"):
            services.request_prediction(owner=alice, data=encoded())
