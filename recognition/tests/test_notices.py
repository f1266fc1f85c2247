"""Notices: who started something is told that it has ended, on the site and by mail, and nobody else is."""

import smtplib
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import services as accounts
from accounts.archive import account_facts
from accounts.models import User
from recognition.models import Dataset, DatasetVersion, ModelVersion, Notice, Opinion, TrainingRun
from recognition.retraining import freeze_dataset, request_training
from recognition.tests.conftest import MakePrediction, active_model
from recognition.tests.samples import allow, offered
from worker import notices, training_runs
from worker.ml.lessons import RetrainingConfig

pytestmark = pytest.mark.django_db


@pytest.fixture
def data(alice: User, bob: User, make_prediction: MakePrediction) -> DatasetVersion:
    active_model()
    for word, number in (("A", 40), ("R", 120)):
        sample = offered(make_prediction, alice, word=word, number=number)
        sample.judge(by=bob, verdict=Opinion.Verdict.ACCEPT, label=word)
    return freeze_dataset(dataset=Dataset.objects.create(name="site"), by=bob)


@pytest.fixture
def run(data: DatasetVersion, bob: User) -> TrainingRun:
    found = request_training(data=data, by=bob, config=RetrainingConfig())
    assert found.claim()
    return found


@pytest.fixture
def trainer(bob: User, client: Client) -> Client:
    client.force_login(allow(bob, "train_models"))
    return client


def end_well(run: TrainingRun) -> None:
    assert training_runs.end(run, lambda: run.succeed(model_version=active_model()))


def test_it_stands_on_every_page_until_it_is_dismissed_and_leads_to_the_run(trainer: Client, run: TrainingRun) -> None:
    end_well(run)
    page = " ".join(trainer.get("/datasets/?x=1").content.decode().split())
    assert f"Training {run.pk} is done" in page
    assert f'<a href="/training/{run.pk}/">' in page
    assert 'role="status"' in page
    assert 'name="next" value="/datasets/?x=1"' in page
    notice = Notice.objects.get()
    back = trainer.post(f"/notices/{notice.pk}/dismiss/", {"next": "/datasets/?x=1"})
    assert (back.status_code, back.headers["Location"]) == (302, "/datasets/?x=1")
    assert "is done" not in trainer.get("/datasets/").content.decode()
    assert trainer.post(f"/notices/{notice.pk}/dismiss/").status_code == 404


def test_several_are_dismissed_at_once_but_none_that_was_not_seen(trainer: Client, bob: User, alice: User) -> None:
    texts = [f"Training {number} is done" for number in range(5)]
    told = [Notice.objects.create(person=bob, kind="success", title=text, text="", address="/") for text in texts]
    assert "Dismiss all 5 notices" in " ".join(trainer.get("/datasets/").content.decode().split())
    others = Notice.objects.create(person=alice, kind="info", title="Hers", text="", address="/")
    back = trainer.post("/notices/dismiss/", {"newest": told[3].pk, "next": "/datasets/"})
    assert back.headers["Location"] == "/datasets/"
    assert set(Notice.objects.all()) == {told[4], others}
    assert "Dismiss all" not in trainer.get("/datasets/").content.decode()
    assert trainer.post("/notices/dismiss/", {"newest": "x"}).status_code == 302
    assert Notice.objects.count() == 2


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_dismissing_leads_nowhere_else(trainer: Client, run: TrainingRun, back: str) -> None:
    end_well(run)
    answer = trainer.post(f"/notices/{Notice.objects.get().pk}/dismiss/", {"next": back})
    assert answer.headers["Location"] == "/"


def test_a_failure_and_what_was_skipped_are_told_too(data: DatasetVersion, run: TrainingRun, bob: User) -> None:
    training_runs.end(run, lambda: run.fail("The disk is full."))
    assert not training_runs.end(run, lambda: run.fail("Twice."))
    assert [(one.kind, one.title, one.text) for one in bob.notices.all()] == [
        ("error", f"Training {run.pk} failed", "The disk is full.")
    ]
    again = request_training(data=data, by=bob, config=RetrainingConfig(seed=2))
    assert again.claim()
    end_well(again)
    skipped = request_training(data=data, by=bob, config=RetrainingConfig(seed=2))
    newest = bob.notices.all()[0]
    assert (newest.kind, newest.title) == ("info", f"Training {skipped.pk} was skipped")
    assert f"training {again.pk} had the same data" in newest.text


def test_others_neither_see_nor_dismiss_it(client: Client, run: TrainingRun, charlie: User, admin: User) -> None:
    end_well(run)
    for who in (charlie, admin):
        client.force_login(who)
        assert "is done" not in client.get("/").content.decode()
        assert client.post(f"/notices/{Notice.objects.get().pk}/dismiss/").status_code == 404
    client.logout()
    assert client.post(f"/notices/{Notice.objects.get().pk}/dismiss/").status_code == 302
    assert Notice.objects.count() == 1


def test_it_goes_with_the_account_and_is_part_of_what_one_takes_along(run: TrainingRun, bob: User) -> None:
    end_well(run)
    assert account_facts(bob)["notices"][0]["title"] == f"Training {run.pk} is done"
    accounts.delete_account(user=bob)
    assert not Notice.objects.exists()


def test_who_is_gone_is_not_told(run: TrainingRun, bob: User) -> None:
    accounts.delete_account(user=bob)
    run.refresh_from_db()
    end_well(run)
    assert not Notice.objects.exists()


class TestMail:
    @pytest.fixture(autouse=True)
    def sent(self, settings: Settings) -> None:
        settings.MAIL_IS_SENT = True

    def test_is_sent_where_a_server_is_configured(
        self, run: TrainingRun, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            end_well(run)
        (mail,) = mailoutbox
        assert mail.to == ["bob@example.org"]
        assert mail.subject == f"ASL Alphabet: Training {run.pk} is done"
        assert f"/training/{run.pk}/" in mail.body

    def test_is_not_sent_to_who_has_no_address_nor_without_a_server(
        self, run: TrainingRun, bob: User, settings: Settings, mailoutbox: list[EmailMessage],
        django_capture_on_commit_callbacks: Any,
    ) -> None:  # fmt: skip
        with django_capture_on_commit_callbacks(execute=True):
            settings.MAIL_IS_SENT = False
            notices.tell_of_comparison(ModelVersion.objects.get(), bob)
            settings.MAIL_IS_SENT = True
            User.objects.filter(pk=bob.pk).update(email="")
            bob.refresh_from_db()
            notices.tell_of_comparison(ModelVersion.objects.get(), bob, "No pictures.")
        assert mailoutbox == []
        assert Notice.objects.count() == 2

    @pytest.mark.parametrize(
        "fault", [smtplib.SMTPServerDisconnected("gone"), ConnectionRefusedError(), TimeoutError()]
    )
    def test_that_cannot_be_sent_leaves_run_and_notice_as_they_are(
        self, run: TrainingRun, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any,
        fault: Exception, caplog: pytest.LogCaptureFixture,
    ) -> None:  # fmt: skip
        def fail(*arguments: Any) -> None:
            raise fault

        monkeypatch.setattr(notices, "send_mail", fail)
        with django_capture_on_commit_callbacks(execute=True):
            end_well(run)
        assert TrainingRun.objects.get().state == "succeeded"
        assert Notice.objects.exists()
        assert "could not be sent" in caplog.text
