"""Zip files that staff upload into a data set: read in the queue, reported on, and refused in words."""

import errno
import fcntl
import io
import json
import os
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from recognition.models import Dataset, DatasetImport, DatasetVersion, Opinion, Sample
from recognition.retraining import freeze_dataset, request_training
from recognition.tests.conftest import MakePrediction
from recognition.tests.samples import allow, drawn, offered
from worker import registry, sweeper, tasks
from worker.ml.lessons import RetrainingConfig


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


TWO_CLASSES = {"guest/A/1.jpg": drawn(40), "guest/B/1.jpg": drawn(200)}


@pytest.fixture
def trainer(bob: User, client: Client) -> Client:
    Dataset.objects.create(name="guests")
    client.force_login(allow(bob, "train_models"))
    return client


def full(*arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


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
    assert "Which of the site's people" not in trainer.get(f"/datasets/versions/{version.pk}/").content.decode()


def test_pictures_of_nobody_known_are_told_and_a_version_is_made_anew_once_it_is_known(
    trainer: Client, bob: User
) -> None:
    def sent(files: Mapping[str, bytes]) -> DatasetVersion:
        body = {"dataset": Dataset.objects.get().pk, "archive": SimpleUploadedFile("hands.zip", zipped(files))}
        assert trainer.post("/datasets/upload/", body).status_code == 302
        tasks.import_archive(DatasetImport.objects.latest("pk").pk)
        return freeze_dataset(dataset=Dataset.objects.get(), by=bob)

    unknown = sent({"A/1.jpg": drawn(40), "B/1.jpg": drawn(200)})
    page = trainer.get(f"/datasets/versions/{unknown.pk}/").content.decode()
    assert "2, of 0 known signers" in page
    assert "Whose hand it is in 2 of them nobody has said." in page
    assert "no model is judged on them" in page
    known = sent(TWO_CLASSES)
    assert (known.number, known.pictures, known.signers, known.fingerprint) == (2, 2, 1, unknown.fingerprint)
    assert "nobody has said" not in trainer.get(f"/datasets/versions/{known.pk}/").content.decode()
    registry.register_shipped()
    runs = {request_training(data=data, by=bob, config=RetrainingConfig()).key for data in (unknown, known)}
    assert len(runs) == 2


def test_in_a_version_no_imported_picture_counts_as_a_near_duplicate_of_one_of_the_sites_people(
    trainer: Client, alice: User, bob: User, make_prediction: MakePrediction
) -> None:
    samples = [offered(make_prediction, alice, word=word, number=number) for word, number in (("A", 90), ("R", 120))]
    for sample in samples:
        assert sample.judge(by=bob, verdict=Opinion.Verdict.ACCEPT, label=sample.word)
    Sample.objects.filter(pk=samples[0].pk).update(group=1)  # as one of what is imported
    Sample.objects.filter(pk=samples[1].pk).update(group=0)  # not compared with others yet
    found = upload(trainer, zipped(TWO_CLASSES))
    version = freeze_dataset(dataset=found.dataset, by=bob)
    written = version.manifest_path.read_text(encoding="utf-8").splitlines()[1:]
    assert len({json.loads(line)["group"] for line in written}) == 4


def test_a_file_that_comes_twice_and_one_that_comes_under_two_classes_are_told(trainer: Client) -> None:
    files = {
        "A/1.jpg": drawn(40),
        "A/2.jpg": drawn(40),
        "A/3.jpg": drawn(3),
        "B/3.jpg": drawn(3),
        "B/1.jpg": drawn(200),
    }
    found = upload(trainer, zipped(files))
    page = trainer.get(f"/datasets/imports/{found.pk}/").content.decode()
    assert "2 pictures added" in page
    assert "copy of another picture of its class and signer (A/2.jpg)" in page
    assert (
        "the same file is in several classes; leave it in the right one and import it again (A/3.jpg = B/3.jpg)" in page
    )


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 half a zip",
        b"",
        zipped({"notes.txt": b"nothing to see"}),
        zipped({"A/bomb.jpg": b"\0" * 30_000_000}),
        zipped({"../A/1.jpg": drawn(1)}),
        zipped({"Ä/1.jpg": drawn(1), "eleven/1.jpg": drawn(2)}),
    ],
    ids=["broken", "empty", "wrong layout", "bomb", "outside", "labels outside the 29"],
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


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b"no archive",
            "It is neither a folder nor a zip file. Pack the folder as a zip file, and upload that.",
        ),
        (
            zipped(TWO_CLASSES)[:-40],
            "The zip file is damaged or was cut off: its end is missing. Pack or download it again, and upload that.",
        ),
        (
            zipped({"Download it again./1.jpg": drawn(40)}),
            "There are no pictures of known classes in it. Expected <CLASS>/*.jpg or <signer>/<CLASS>/*.jpg, where a "
            "class is A to Z, space, del or nothing. Of 'Download it again./1.jpg', for one: its folder 'Download it "
            "again.' is not named after a class.",
        ),
    ],
    ids=["no archive", "cut off", "a folder of any name"],
)
def test_why_it_failed_is_said_to_who_uploads_and_not_to_who_gives_commands(
    trainer: Client, data: bytes, said: str
) -> None:
    assert upload(trainer, data).error == said


def test_an_import_beside_another_one_is_told_when_to_be_uploaded_again(trainer: Client, media_folder: Path) -> None:
    folder = media_folder / "datasets/guests"
    folder.mkdir(parents=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        found = upload(trainer, zipped(TWO_CLASSES))
    finally:
        os.close(handle)
    assert found.error == "Another import into 'guests' is running. Upload it again when that has ended."


@pytest.mark.parametrize("name", ["My guests", "Guests", "-guests", "_guests", "files", "gäste"])
def test_a_name_that_nothing_could_be_imported_under_is_refused_in_plain_words(trainer: Client, name: str) -> None:
    told = trainer.get("/datasets/").context["form"]["name"].help_text
    assert told.startswith("Small letters a to z, digits, - and _, at most 60, a letter or digit first")
    answer = trainer.post("/datasets/", {"name": name})
    assert answer.status_code == 400
    assert answer.context["form"].errors["name"] == [told]
    assert Dataset.objects.count() == 1


@pytest.mark.parametrize("name", ["more_guests", "2-guests", "g" * 60])
def test_a_name_that_is_taken_can_be_imported_under(trainer: Client, name: str) -> None:
    Dataset.objects.all().delete()
    assert trainer.post("/datasets/", {"name": name}).status_code == 302
    assert upload(trainer, zipped(TWO_CLASSES)).state == DatasetImport.State.SUCCEEDED


def test_into_a_data_set_whose_name_was_taken_before_the_rule_nothing_is_uploaded(trainer: Client) -> None:
    Dataset.objects.update(name="Guests")
    body = {"dataset": Dataset.objects.get().pk, "archive": SimpleUploadedFile("hands.zip", zipped(TWO_CLASSES))}
    answer = trainer.post("/datasets/upload/", body)
    assert answer.status_code == 400
    assert "Nothing can be imported under the name Guests." in answer.content.decode()
    assert not DatasetImport.objects.exists()


def test_a_data_set_of_one_class_is_imported_and_no_version_is_made_of_it(trainer: Client) -> None:
    found = upload(trainer, zipped({"A/1.jpg": drawn(40), "A/2.jpg": drawn(200)}))
    assert found.state == DatasetImport.State.SUCCEEDED
    page = trainer.post(f"/datasets/{found.dataset_id}/freeze/", follow=True).content.decode()
    assert "Two classes at least are needed" in page


def test_a_disk_that_is_full_while_pictures_are_kept_is_told(
    trainer: Client, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.ml.store.os.replace", full)
    found = upload(trainer, zipped(TWO_CLASSES))
    assert found.state == DatasetImport.State.FAILED
    assert "There is no room for more pictures" in found.error
    assert "Make room and upload it again." in found.error
    assert "There is no room" in bob.notices.get().text
    assert not found.dataset.imported_path.exists()


@pytest.fixture
def killed(trainer: Client, bob: User) -> DatasetImport:
    """An import whose worker has died in the midst of it."""
    body = {"dataset": Dataset.objects.get().pk, "archive": SimpleUploadedFile("hands.zip", zipped(TWO_CLASSES))}
    trainer.post("/datasets/upload/", body)
    found = DatasetImport.objects.get()
    assert found.claim()
    return found


def fall_silent() -> None:
    DatasetImport.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))


def test_an_import_whose_worker_died_goes_on_and_nobody_takes_a_living_ones(killed: DatasetImport) -> None:
    tasks.import_archive(killed.pk)  # the message comes again, and finds it held
    sweeper._rescue_trainings()
    killed.refresh_from_db()
    assert (killed.state, killed.attempts) == (DatasetImport.State.RUNNING, 1)
    fall_silent()
    sweeper._rescue_trainings()
    assert DatasetImport.objects.get().state == DatasetImport.State.QUEUED
    tasks.import_archive(killed.pk)
    done = DatasetImport.objects.get()
    assert (done.state, done.attempts) == (DatasetImport.State.SUCCEEDED, 2)
    assert not killed.tell("I live")  # who was taken for dead changes nothing
    assert not killed.fail("I failed")


def test_one_that_kills_every_worker_fails_with_the_reason(killed: DatasetImport, trainer: Client, bob: User) -> None:
    for _ in range(DatasetImport.MAX_ATTEMPTS - 1):
        fall_silent()
        sweeper._rescue_trainings()
        assert DatasetImport.objects.get().claim()
    fall_silent()
    sweeper._rescue_trainings()
    found = DatasetImport.objects.get()
    assert found.state == DatasetImport.State.FAILED
    assert "died 3 times" in trainer.get(f"/datasets/imports/{found.pk}/").content.decode()
    assert not found.archive.storage.exists(str(found.archive.name))
    assert "died 3 times" in bob.notices.get().text


def test_only_who_may_train_uploads(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.post("/datasets/upload/", {}).status_code == 403


def test_a_page_of_another_site_uploads_nothing(bob: User) -> None:
    wary = Client(enforce_csrf_checks=True)
    wary.force_login(allow(bob, "train_models"))
    assert wary.post("/datasets/upload/", {"archive": SimpleUploadedFile("hands.zip", b"PK")}).status_code == 403


def test_an_archive_that_the_disk_has_no_room_for_is_refused_and_nothing_of_it_stays(
    trainer: Client, media_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.core.files.storage.filesystem.locks.lock", full)
    body = {"dataset": Dataset.objects.get().pk, "archive": SimpleUploadedFile("hands.zip", zipped(TWO_CLASSES))}
    answer = trainer.post("/datasets/upload/", body)
    assert answer.status_code == 503
    assert "There is no room for it on the disk. Nothing was kept." in answer.content.decode()
    assert not DatasetImport.objects.exists()
    assert [path for path in media_folder.rglob("*") if path.is_file()] == []
