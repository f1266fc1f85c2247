"""Data sets, trainings and versions in a real browser: live without the page being loaded again, and sound."""

import hashlib
import re

import pytest
from playwright.sync_api import expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.models import Dataset, ModelVersion, Notice, Opinion, SecondReading, TrainingRun
from recognition.retraining import freeze_dataset, request_training
from recognition.tests.conftest import MakePrediction
from recognition.tests.samples import allow, offered
from recognition.tests.test_browser import assert_sound
from worker import registry
from worker.ml.lessons import RetrainingConfig

pytestmark = pytest.mark.django_db(transaction=True)

HISTORY = [{"loss": 1.4, "accuracy": 0.62}, {"loss": 0.9, "accuracy": 0.8}, {"loss": 0.8, "accuracy": 0.83}]


@pytest.fixture
def run(alice: User, bob: User, make_prediction: MakePrediction) -> TrainingRun:
    registry.register_shipped()
    for number, word in enumerate("AR"):
        sample = offered(make_prediction, alice, word=word, number=40 + 80 * number)
        sample.judge(by=bob, verdict=Opinion.Verdict.ACCEPT, label=word)
    data = freeze_dataset(dataset=Dataset.objects.create(name="site", description="What people sent"), by=bob)
    return request_training(data=data, by=bob, config=RetrainingConfig())


def test_a_run_is_followed_and_cancelled_without_loading_the_page_again(
    open_page: OpenPage, bob: User, run: TrainingRun
) -> None:
    page = open_page(allow(bob, "train_models"))
    page.goto(f"/training/{run.pk}/")
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    page.evaluate("window.isTheSamePage = true")
    assert run.claim()
    run.tell("epoch 3 of 10", stage="Training", epoch=4, step=20, steps=60, history=HISTORY)
    expect(page.get_by_text("Epoch 4 of 10, step 20 of 60")).to_be_visible()
    expect(page.get_by_role("img", name="Accuracy over epochs, from 0.6200 to 0.8300")).to_be_visible()
    assert page.evaluate("window.isTheSamePage")
    page.get_by_role("button", name="Cancel it").click()
    expect(page.get_by_text("It is being cancelled.")).to_be_visible()
    assert run.cancel()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()


def test_a_trial_is_begun_and_ended_a_file_had_and_a_notice_dismissed_without_scripts(
    open_page: OpenPage, bob: User, run: TrainingRun
) -> None:
    shipped = ModelVersion.objects.get()
    ModelVersion.objects.create(name="candidate", family="fusion", fingerprint=shipped.fingerprint)
    Notice.objects.create(person=bob, kind="success", title="Training 1 is done", address=f"/training/{run.pk}/")
    page = open_page(allow(bob, "train_models", "promote_models", "download_models"), java_script_enabled=False)
    page.goto("/models/")
    expect(page.get_by_role("status", name="Notice: Training 1 is done")).to_be_visible()
    page.get_by_role("button", name="Dismiss Training 1 is done").click()
    expect(page).to_have_url(re.compile("/models/$"))
    expect(page.get_by_role("status", name="Notice: Training 1 is done")).not_to_be_attached()
    page.get_by_role("link", name="candidate").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="letters.keras").click()
    (published,) = [file for file in registry.files_of(shipped) if file.name == "letters.keras"]
    assert hashlib.sha256(download.value.path().read_bytes()).hexdigest() == published.sha256
    page.get_by_label("Per cent of new pictures").fill("25")
    page.get_by_role("button", name="Put it on trial").click()
    expect(page.get_by_text("answers 25 % of the new pictures", exact=False).first).to_be_visible()
    expect(page.get_by_role("row", name="Pictures answered")).to_contain_text("0")
    page.get_by_role("button", name="End the trial").click()
    expect(page.get_by_text("the active version answers all pictures")).to_be_visible()
    expect(page.get_by_role("button", name="Put it on trial")).to_be_visible()


def test_the_pages_are_sound(
    open_page: OpenPage, bob: User, alice: User, run: TrainingRun, make_prediction: MakePrediction
) -> None:
    shipped = ModelVersion.objects.get()
    classes = {"A": {"hands": 20, "old": 1.0, "new": 0.7}, "R": {"hands": 20, "old": 0.8, "new": 0.9}}
    table = {"name": "held out", "hands": 40, "signers": 2, "old": 0.9, "new": 0.8, "classes": classes}
    comparison = {"against": shipped.pk, "against_name": shipped.name, "tables": [table]}
    new = ModelVersion.objects.create(
        name="fusion-0123abcd-1 89abcdef",
        family="fusion",
        comparison=comparison,
        fingerprint=shipped.fingerprint,
        base=shipped,
        card=shipped.card,
        metrics=shipped.metrics,
    )
    TrainingRun.objects.create(data=run.data, base=shipped, state="succeeded", model_version=new)
    assert new.start_canary(share=10)
    read = make_prediction(alice, model_version=new)
    SecondReading.objects.create(prediction=read, model_version=shipped, label="R")
    Notice.objects.create(
        person=bob, kind="success", title="Training 1 is done", text="It made one.", address="/training/1/"
    )
    Notice.objects.create(
        person=bob, kind="error", title="Import 1 into site failed", text="A bomb.", address="/datasets/"
    )
    assert run.claim()
    run.tell("epoch 3 of 10: loss 0.8, accuracy 0.83", stage="Training", epoch=4, step=20, steps=60, history=HISTORY)
    page = open_page(allow(bob, "train_models", "promote_models", "download_models"), bypass_csp=True)
    for path in (
        "/datasets/",
        f"/datasets/versions/{run.data_id}/",
        f"/datasets/versions/{run.data_id}/pictures/",
        "/training/",
        f"/training/{run.pk}/",
        "/models/",
        f"/models/{new.pk}/",
    ):
        page.goto(path)
        page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        assert_sound(page, path)
