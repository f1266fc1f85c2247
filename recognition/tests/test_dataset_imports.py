"""Zip files that staff upload into a data set: read in the queue, reported on, and refused in words."""

import io
import zipfile
from collections.abc import Mapping

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from recognition.models import Dataset, DatasetImport
from recognition.retraining import freeze_dataset
from recognition.tests.samples import allow, drawn
from worker import tasks


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.fixture
def trainer(bob: User, client: Client) -> Client:
    Dataset.objects.create(name="guests")
    client.force_login(allow(bob, "train_models"))
    return client


def upload(client: Client, data: bytes, name: str = "hands.zip") -> DatasetImport:
    body = {"dataset": Dataset.objects.get().pk, "archive": SimpleUploadedFile(name, data), "signer": "guest"}
    assert client.post("/datasets/upload/", body).status_code == 302
    tasks.import_archive(DatasetImport.objects.latest("pk").pk)
    return DatasetImport.objects.latest("pk")


def test_pictures_come_into_the_data_set_and_what_was_skipped_is_told(trainer: Client, bob: User) -> None:
    found = upload(
        trainer,
        zipped({"A/1.jpg": drawn(40), "B/1.jpg": drawn(200), "B/broken.jpg": b"no picture", "Ä/1.jpg": drawn(3)}),
    )
    assert (found.state, found.error) == (DatasetImport.State.SUCCEEDED, "")
    page = trainer.get(f"/datasets/imports/{found.pk}/").content.decode()
    assert "2 pictures added" in page
    assert "1 cannot be read" in page
    assert "passed over" in page
    assert not found.archive.storage.exists(str(found.archive.name))
    version = freeze_dataset(dataset=found.dataset, by=bob)
    assert (version.imported, version.by_signer["guest"]["A"]) == (2, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 half a zip",
        b"",
        zipped({"notes.txt": b"nothing to see"}),
        zipped({"A/bomb.jpg": b"\0" * 30_000_000}),
        zipped({"../A/1.jpg": drawn(1)}),
    ],
    ids=["broken", "empty", "wrong layout", "bomb", "outside"],
)
def test_what_cannot_be_imported_is_refused_in_words(trainer: Client, data: bytes) -> None:
    dataset = Dataset.objects.get()
    body = {"dataset": dataset.pk, "archive": SimpleUploadedFile("hands.zip", data)}
    answer = trainer.post("/datasets/upload/", body)
    if data:
        found = DatasetImport.objects.get()
        tasks.import_archive(found.pk)
        found.refresh_from_db()
        assert found.state == DatasetImport.State.FAILED
        assert found.error.endswith((".", '"', "'"))
        assert "fault on our side" not in found.error
        assert found.error in trainer.get(f"/datasets/imports/{found.pk}/").context["upload"].error
        assert not found.archive.storage.exists(str(found.archive.name))
    else:
        assert answer.status_code == 400
    assert not dataset.imported_path.exists()


def test_an_import_whose_worker_died_is_taken_over_and_no_other(trainer: Client) -> None:
    found = DatasetImport.objects.create(dataset=Dataset.objects.get(), archive="x.zip")
    assert found.claim()
    assert not DatasetImport.objects.get().claim()
    assert DatasetImport.objects.get().claim(redelivered=True)


def test_only_who_may_train_uploads(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.post("/datasets/upload/", {}).status_code == 403
