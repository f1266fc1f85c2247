"""Pages on data sets, trainings and versions: who may, what they show, and what they refuse."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts import services as accounts
from accounts.models import Consent, User
from recognition import services
from recognition.models import Dataset, DatasetImport, DatasetVersion, ModelVersion, Opinion, TrainingRun
from recognition.retraining import Refused, estimated_seconds, freeze_dataset, request_training
from recognition.tests.conftest import MakePrediction
from recognition.tests.samples import allow, offered
from worker import registry
from worker.ml.lessons import RetrainingConfig
from worker.ml.manifest import Manifest

SETTINGS = {"preset": "landmarks", "epochs": 3, "steps": 4, "batch": 16, "learning_rate": 0.0003, "seed": 1}


@pytest.fixture
def data(alice: User, charlie: User, bob: User, make_prediction: MakePrediction) -> DatasetVersion:
    """Alice signs A and R, Charlie A."""
    registry.register_shipped()
    for owner, word, number in ((alice, "A", 40), (alice, "R", 120), (charlie, "A", 200)):
        sample = offered(make_prediction, owner, word=word, number=number)
        sample.judge(by=bob, verdict=Opinion.Verdict.ACCEPT, label=word)
    return freeze_dataset(dataset=Dataset.objects.create(name="site"), by=bob)


@pytest.fixture
def trainer(bob: User, client: Client) -> Client:
    client.force_login(allow(bob, "train_models"))
    return client


def candidate(folder: Path, **fields: Any) -> ModelVersion:
    """A version whose files are the shipped ones."""
    shipped = ModelVersion.objects.get(directory="")
    return ModelVersion.objects.create(
        **{"name": "new", "family": "x", "fingerprint": shipped.fingerprint, "directory": str(folder)} | fields
    )


def compared(shipped: ModelVersion, new: float, hands: int = 40, class_new: float = 1.0) -> dict[str, Any]:
    classes = {"A": {"hands": 20, "old": 1.0, "new": class_new}}
    table = {"name": "held out", "hands": hands, "signers": 2, "old": 0.9, "new": new, "classes": classes}
    return {"against": shipped.pk, "against_name": shipped.name, "tables": [table]}


def test_a_version_is_frozen_with_its_balance_and_made_once(
    trainer: Client, data: DatasetVersion, settings: Settings
) -> None:
    manifest = Manifest.load(data.manifest_path)
    assert manifest.fingerprint == data.fingerprint
    assert all(manifest.file_of(entry).exists() for entry in manifest.entries)
    assert (data.pictures, data.signers, data.by_class["A"], data.by_class["R"]) == (3, 2, 2, 1)
    page = trainer.post(f"/datasets/{data.dataset_id}/freeze/", follow=True).content.decode()
    assert "site, version 1" in page
    assert "no model version yet" in page
    assert "Which of the site's people" in page
    assert DatasetVersion.objects.count() == 1


def test_who_leaves_is_in_no_further_version_and_staff_see_what_had_learnt_from_them(
    trainer: Client, data: DatasetVersion, alice: User, bob: User, make_prediction: MakePrediction
) -> None:
    run = request_training(data=data, by=bob, config=RetrainingConfig())
    model = candidate(Path("/nowhere"))
    TrainingRun.objects.filter(pk=run.pk).update(state="succeeded", model_version=model)
    sample = offered(make_prediction, User.objects.get(username="charlie"), word="B", number=90)
    sample.judge(by=bob, verdict=Opinion.Verdict.ACCEPT, label="B")
    accounts.delete_account(user=alice)
    page = trainer.get(f"/datasets/versions/{data.pk}/").content.decode()
    assert "2 of its pictures have left since" in page
    assert f"/models/{model.pk}/" in page
    refused = trainer.post("/training/", {"version": data.pk, **SETTINGS})
    assert refused.status_code == 409
    assert "have left the data" in refused.content.decode()
    following = freeze_dataset(dataset=data.dataset, by=bob)
    assert (following.number, following.pictures) == (2, 2)
    assert set(following.by_signer) == {sample.signer}


def test_only_versions_that_can_be_trained_on_are_offered_and_of_the_others_it_is_said_why(
    trainer: Client, data: DatasetVersion, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offered_versions() -> list[int]:
        return [value for value, _ in trainer.get("/training/").context["form"].fields["version"].choices if value]

    assert offered_versions() == [data.pk]
    assert "nothing can be learnt from" not in trainer.get("/training/").content.decode()
    with monkeypatch.context() as patch:
        patch.setattr("worker.ml.lessons.is_held_out", lambda signer: signer == f"person-{alice.pk}")
        assert offered_versions() == []
        page = trainer.get("/training/").content.decode()
        assert "There is no data set version to train on." in page
        assert "site, version 1</a>: There are too few pictures to learn from" in page
        page = trainer.get(f"/datasets/versions/{data.pk}/").content.decode()
        assert "too few pictures to learn from" in page
        assert "Train on it" not in page
        refused = trainer.post("/training/", {"version": data.pk, **SETTINGS})
        assert refused.status_code == 409
        assert "too few pictures to learn from" in refused.context["form"].non_field_errors()[0]
    accounts.delete_account(user=User.objects.get(username="charlie"))
    following = freeze_dataset(dataset=data.dataset, by=bob)
    assert offered_versions() == [following.pk]
    assert "site, version 1</a>: 1 of its pictures has left the data" in trainer.get("/training/").content.decode()


def test_the_training_page_asks_the_database_no_more_for_more_versions(
    trainer: Client, data: DatasetVersion, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with CaptureQueriesContext(connection) as asked:
        trainer.get("/training/")
    for name in ("b", "c", "d"):
        freeze_dataset(dataset=Dataset.objects.create(name=name), by=bob)
    services.delete_predictions(
        owner=User.objects.get(username="charlie"), ids=[data.samples.latest("pk").prediction_id]
    )
    with django_assert_num_queries(len(asked)):
        page = trainer.get("/training/")
    told = [(str(version), reason.partition(".")[0]) for version, reason in page.context["form"].refused]
    gone = "1 of its pictures has left the data: a consent was withdrawn, or something deleted"
    assert told == [(f"{name}, version 1", gone) for name in ("d", "c", "b", "site")]


def test_one_picture_that_has_left_is_spoken_of_as_one(data: DatasetVersion, bob: User) -> None:
    sample = data.samples.usable().first()
    assert sample is not None
    sample.prediction.delete()
    with pytest.raises(Refused, match=r"^1 of its pictures has left the data"):
        request_training(data=data, by=bob, config=RetrainingConfig())


@pytest.mark.parametrize(("taken", "least", "most"), [(85, 85, 200), (340, 340, 800)])
def test_how_long_it_takes_is_not_told_tenfold_after_a_short_training(
    data: DatasetVersion, bob: User, taken: int, least: int, most: int
) -> None:
    short = RetrainingConfig(epochs=3, steps=20)
    run, now = request_training(data=data, by=bob, config=short), timezone.now()
    ended = {"state": "succeeded", "claimed_at": now - timedelta(seconds=taken), "finished_at": now}
    TrainingRun.objects.filter(pk=run.pk).update(history=[{"loss": 1.0, "accuracy": 0.5}], attempts=1, **ended)
    assert estimated_seconds(short) == taken
    assert least < estimated_seconds(RetrainingConfig()) < most


def test_a_version_of_one_class_is_refused(trainer: Client, alice: User, bob: User) -> None:
    Consent.give(person=alice)
    dataset = Dataset.objects.create(name="empty")
    page = trainer.post(f"/datasets/{dataset.pk}/freeze/", follow=True).content.decode()
    assert "Two classes at least" in page
    assert not DatasetVersion.objects.exists()


def test_a_training_is_started_followed_cancelled_and_retried(trainer: Client, data: DatasetVersion) -> None:
    page = trainer.post("/training/", {"version": data.pk, **SETTINGS}, follow=True).content.decode()
    assert "It is the next." in page
    run = TrainingRun.objects.get()
    assert run.config["epochs"] == 3
    assert run.claim()
    run.tell("it goes on", epoch=1, step=2, steps=4, stage="Training", history=[{"loss": 1.5, "accuracy": 0.5}])
    part = trainer.get(f"/training/{run.pk}/progress/").content.decode()
    assert "Training: training" not in part
    assert "<svg" not in part  # one epoch makes no line
    assert "Epoch 1 of 3, step 2 of 4" in part
    assert "it goes on" in part
    run.tell(history=[{"loss": 1.5, "accuracy": 0.5}, {"loss": 1.0, "accuracy": 0.75}])
    part = trainer.get(f"/training/{run.pk}/progress/").content.decode()
    assert "Accuracy over epochs, from 0.5000 to 0.7500" in part
    TrainingRun.objects.update(claimed_at=timezone.now() - timedelta(hours=2))
    assert ", about 60 minutes left." in trainer.get(f"/training/{run.pk}/progress/").content.decode()
    run.tell(history=[{"loss": 1.5, "accuracy": 0.75}] * 3)
    part = trainer.get(f"/training/{run.pk}/progress/").content.decode()
    assert "All 3 epochs are done." in part
    assert "left" not in part.partition("<progress")[0]
    assert 'points="0.0,50.0 50.0,50.0 100.0,50.0"' in part
    page = trainer.post(f"/training/{run.pk}/cancel/", follow=True).content.decode()
    assert "It is being cancelled." in page
    assert not run.beat()
    assert run.cancel()
    assert 'value="3"' in trainer.get(f"/training/?clone={run.pk}").content.decode()
    trainer.post(f"/training/{run.pk}/retry/")
    assert [one.state for one in TrainingRun.objects.all()] == ["queued", "cancelled"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("epochs", 0), ("epochs", 101), ("steps", "x"), ("learning_rate", "nan"), ("batch", -1), ("version", 999)],
)
def test_settings_out_of_bounds_are_refused_by_name(
    trainer: Client, data: DatasetVersion, name: str, value: Any
) -> None:
    answer = trainer.post("/training/", {"version": data.pk, **SETTINGS, name: value})
    assert answer.status_code == 400
    assert answer.context["form"].errors[name]
    assert not TrainingRun.objects.exists()


def test_without_a_data_set_version_the_page_leads_to_where_one_is_made(trainer: Client, db: None) -> None:
    page = trainer.get("/training/").content.decode()
    assert 'There is no data set version yet to train on. <a href="/datasets/">' in page
    assert "<button" not in page.partition("<main")[2]


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "9" * 30, "²", "", "0"])
def test_a_number_in_an_address_that_is_none_is_passed_over(
    trainer: Client, data: DatasetVersion, bob: User, number: str
) -> None:
    for address in ("/training/?clone=", "/training/?version=", f"/datasets/versions/{data.pk}/pictures/?page="):
        assert trainer.get(address + number).status_code == 200
    client = Client()
    client.force_login(allow(bob, "promote_models", "view_modelversion"))
    page = client.post("/models/roll-back/", {"version": number}, follow=True).content.decode()
    assert "Somebody has changed the active version meanwhile" in page
    assert client.get(f"/bench/compare/?version={number}&version={ModelVersion.objects.get().pk}").status_code in (
        302,
        404,
    )


def test_pages_are_for_those_who_may(
    client: Client, data: DatasetVersion, alice: User, bob: User, make_prediction: MakePrediction
) -> None:
    run = request_training(data=data, by=bob, config=RetrainingConfig())
    shipped = ModelVersion.objects.get()
    seen = [f"/datasets/versions/{data.pk}/", "/datasets/", "/training/", f"/training/{run.pk}/"]
    changing = [f"/training/{run.pk}/cancel/", f"/datasets/{data.dataset_id}/freeze/", "/models/roll-back/"]
    for who in (alice, bob):
        client.force_login(who)
        assert {client.get(address).status_code for address in seen} == {403}
        assert client.get(f"/training/{run.pk}/progress/").status_code == 403
        assert {client.post(address).status_code for address in changing} == {403}
        assert client.post(f"/models/{shipped.pk}/promote/").status_code == 403
    assert client.get("/models/").status_code == 200  # bob may look at versions
    assert "Roll back" not in client.get("/models/").content.decode()
    assert TrainingRun.objects.get().state == "queued"


def test_the_admin_leads_to_the_pages(client: Client, data: DatasetVersion, admin: User) -> None:
    run = request_training(data=data, by=admin, config=RetrainingConfig())
    upload = DatasetImport.objects.create(dataset=data.dataset, archive="x.zip", asked_by=admin)
    client.force_login(admin)
    for name, link in (
        ("datasetversion", f"/datasets/versions/{data.pk}/"),
        ("trainingrun", f"/training/{run.pk}/"),
        ("sample", "/review/"),
        ("dataset", "/datasets/"),
        ("datasetimport", f"/datasets/imports/{upload.pk}/"),
        ("modelversion", f"/models/{run.base_id}/"),
    ):
        page = client.get(f"/admin/recognition/{name}/")
        assert page.status_code == 200
        assert f'href="{link}"' in page.content.decode()
        first = page.context["cl"].result_list[0].pk
        assert client.get(f"/admin/recognition/{name}/{first}/change/").status_code == 200


class TestTheGate:
    @pytest.fixture
    def promoter(self, data: DatasetVersion, bob: User, client: Client) -> Client:
        client.force_login(allow(bob, "promote_models"))
        return client

    @pytest.fixture
    def shipped(self, data: DatasetVersion) -> ModelVersion:
        return ModelVersion.objects.get()

    def test_a_better_one_is_promoted_and_rolled_back_and_both_are_logged(
        self, promoter: Client, shipped: ModelVersion
    ) -> None:
        new = candidate(registry.directory_of(shipped), comparison=compared(shipped, 0.95))
        assert "no objection" in promoter.get(f"/models/{new.pk}/").content.decode()
        promoter.post(f"/models/{new.pk}/promote/", {"instead_of": shipped.pk})
        assert ModelVersion.objects.active().get() == new
        promoter.post("/models/roll-back/", {"version": new.pk})
        assert ModelVersion.objects.active().get() == shipped
        said = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
        assert said == [f"Promoted, instead of {shipped}.", f"Rolled back to, from {new}."]
        page = promoter.post("/models/roll-back/", {"version": shipped.pk}, follow=True).content.decode()
        assert "nothing to go back to" in page

    @pytest.mark.parametrize(
        ("worse", "sentence"),
        [
            ({"new": 0.8}, "it is right in 80.0%"),
            ({"new": 0.95, "class_new": 0.7}, "Of A on people"),
            ({"new": 0.95, "hands": 12}, "Only 12 hands"),
        ],
    )
    def test_a_worse_one_needs_a_reason(
        self, promoter: Client, shipped: ModelVersion, worse: dict[str, Any], sentence: str
    ) -> None:
        new = candidate(registry.directory_of(shipped), comparison=compared(shipped, **worse))
        page = promoter.get(f"/models/{new.pk}/").content.decode()
        assert re.search(r'<input type="text" name="reason"[^>]* required', page)
        assert "(optional)" not in page
        page = promoter.post(f"/models/{new.pk}/promote/", {"instead_of": shipped.pk}, follow=True).content.decode()
        assert sentence in page
        assert ModelVersion.objects.active().get() == shipped
        promoter.post(f"/models/{new.pk}/promote/", {"instead_of": shipped.pk, "reason": "a trial"})
        assert ModelVersion.objects.active().get() == new
        assert "Reason: a trial" in LogEntry.objects.get().get_change_message()

    def test_two_who_promote_at_once_do_not_overwrite_each_other(self, promoter: Client, shipped: ModelVersion) -> None:
        folder = registry.directory_of(shipped)
        one, two = (candidate(folder, name=name, comparison=compared(shipped, 0.95)) for name in ("one", "two"))
        promoter.post(f"/models/{one.pk}/promote/", {"instead_of": shipped.pk})
        page = promoter.post(f"/models/{two.pk}/promote/", {"instead_of": shipped.pk}, follow=True).content.decode()
        assert "Somebody has made one the active version meanwhile" in page
        assert ModelVersion.objects.active().get() == one
        assert not ModelVersion.promote(version=two, instead_of=shipped)  # past every check but the last

    def test_files_that_are_gone_or_changed_are_never_served(
        self, promoter: Client, shipped: ModelVersion, tmp_path: Path
    ) -> None:
        new = candidate(tmp_path / "gone", comparison=compared(shipped, 0.95))
        page = promoter.post(f"/models/{new.pk}/promote/", {"instead_of": shipped.pk}, follow=True).content.decode()
        assert "cannot be served" in page
        changed = candidate(
            registry.directory_of(shipped), name="c", fingerprint="0" * 64, comparison=compared(shipped, 0.95)
        )
        page = promoter.post(f"/models/{changed.pk}/promote/", {"instead_of": shipped.pk}, follow=True).content.decode()
        assert "holds another version by now" in page
        assert ModelVersion.objects.active().get() == shipped


def test_what_was_imported_under_the_name_is_part_of_the_version(
    data: DatasetVersion, bob: User, media_folder: Path
) -> None:
    old = Manifest.load(data.manifest_path)
    folder = media_folder / "datasets/site"
    files = media_folder / "datasets/files"
    files.mkdir(parents=True)
    (files / "z.jpg").write_bytes(b"z")
    entry = json.loads(data.manifest_path.read_text().splitlines()[1]) | {
        "path": "z.jpg", "label": "Z", "signer": "guest", "sha256": "f" * 64,
    }  # fmt: skip
    Manifest(files, (type(old.entries[0])(**entry),)).save(folder / "manifest.jsonl")
    version = freeze_dataset(dataset=data.dataset, by=bob)
    assert (version.number, version.pictures, version.imported, version.left) == (2, 4, 1, 0)
    assert version.by_signer["guest"]["Z"] == 1
    (imported,) = [one for one in Manifest.load(version.manifest_path).entries if one.signer == "guest"]
    assert Manifest.load(version.manifest_path).file_of(imported).read_bytes() == b"z"


def test_a_family_that_reads_pictures_is_chosen_and_cloned(trainer: Client, data: DatasetVersion) -> None:
    asked = {"version": data.pk, "preset": "transfer", "epochs": 4}
    refused = trainer.post("/training/", asked | {"steps": 3})
    assert refused.status_code == 400
    assert "Only landmarks has steps" in refused.content.decode()
    page = trainer.post("/training/", asked, follow=True).content.decode()
    run = TrainingRun.objects.get()
    assert (run.preset, run.epochs) == ("transfer", 6)  # two of them with the backbone frozen
    assert "Active then" in page
    assert "Transfer: MobileNetV2, fine-tuned <code>transfer</code>" in page
    assert "Then, with the backbone learning<br><code>fine_tuning</code>" in page
    assert "<code>epochs</code>" not in page
    assert "epochs 4, examples a step 32, learning rate 0.0005" in page
    assert "_" not in re.sub(r"<code>\w+</code>", "", page.partition('<dl class="facts">')[2].partition("</dl>")[0])
    assert "and takes about 45 seconds" in page  # to begin: of three pictures it is soon done
    form = trainer.get(f"/training/?clone={run.pk}").context["form"]
    assert (form["preset"].value(), form["epochs"].value(), form["steps"].value()) == ("transfer", 4, None)
