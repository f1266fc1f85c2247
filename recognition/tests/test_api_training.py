"""Training runs by REST and from a shell: the same verbs as the page's."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from recognition.models import Dataset, DatasetVersion, Opinion, TrainingRun
from recognition.retraining import freeze_dataset
from recognition.tests.conftest import MakePrediction
from recognition.tests.rest import V1, assert_problem, client_of, named
from recognition.tests.samples import allow, offered

RUNS = f"{V1}training-runs/"
JSON = {"content_type": "application/json"}


@pytest.fixture
def data(alice: User, bob: User, make_prediction: MakePrediction) -> DatasetVersion:
    for word, number in (("A", 40), ("R", 120)):
        sample = offered(make_prediction, alice, word=word, number=number)
        sample.judge(by=bob, verdict=Opinion.Verdict.ACCEPT, label=word)
    return freeze_dataset(dataset=Dataset.objects.create(name="site"), by=bob)


def test_staff_start_follow_cancel_and_retry(bob: User, data: DatasetVersion) -> None:
    client = client_of(allow(bob, "train_models"))
    answer = client.post(RUNS, {"dataset_version": data.pk, "epochs": 4}, **JSON)  # type: ignore[arg-type]
    assert answer.status_code == 202
    run = client.get(answer.headers["Location"]).json()
    assert (run["state"], run["position"], run["candidate"], run["config"]["epochs"]) == ("queued", 0, None, 4)
    assert client.post(f"{run['url']}cancel/").json()["state"] == "cancelled"
    assert_problem(client.post(f"{run['url']}cancel/"), 409, "refused")
    again = client.post(f"{run['url']}retry/").json()
    assert [one["id"] for one in client.get(RUNS).json()["results"]] == [again["id"], run["id"]]


def test_what_is_wrong_is_named(bob: User, data: DatasetVersion) -> None:
    client = client_of(allow(bob, "train_models"))
    answer = client.post(RUNS, {"dataset_version": 99, "epochs": 0, "epoch": 1}, **JSON)  # type: ignore[arg-type]
    assert set(named(assert_problem(answer, 400, "invalid"))) == {"dataset_version", "epochs", "epoch"}
    data.samples.all().delete()
    assert_problem(client.post(RUNS, {"dataset_version": data.pk}, **JSON), 409, "refused")  # type: ignore[arg-type]


def test_others_may_not(alice: User, bob: User, data: DatasetVersion) -> None:
    for who in (alice, bob):
        client = client_of(who)
        assert_problem(client.get(RUNS), 403, "permission_denied")
        body = {"dataset_version": data.pk}
        assert_problem(client.post(RUNS, body, **JSON), 403, "permission_denied")  # type: ignore[arg-type]
    assert not TrainingRun.objects.exists()


def test_from_a_shell(bob: User, data: DatasetVersion) -> None:
    said = StringIO()
    call_command("train", "site", by="bob", epochs=2, no_wait=True, stdout=said)
    run = TrainingRun.objects.get()
    assert f"Training {run.pk} on site, version 1: Waiting." in said.getvalue()
    assert (run.data, run.asked_by, run.epochs) == (data, bob, 2)
    with pytest.raises(CommandError, match="no data set other"):
        call_command("train", "other", by="bob")


def test_a_family_that_reads_pictures_is_asked_for_by_name(bob: User, data: DatasetVersion) -> None:
    client = client_of(allow(bob, "train_models"))
    body = {"dataset_version": data.pk, "preset": "simple_cnn", "epochs": 7}
    run = client.post(RUNS, body, **JSON).json()  # type: ignore[arg-type]
    assert (run["preset"], run["config"]["fitting"]["epochs"]) == ("simple_cnn", 7)
    refused = client.post(RUNS, body | {"steps": 5}, **JSON)  # type: ignore[arg-type]
    assert set(named(assert_problem(refused, 400, "invalid"))) == {"steps"}
    assert set(named(assert_problem(client.post(RUNS, body | {"preset": "x"}, **JSON), 400, "invalid"))) == {"preset"}  # type: ignore[arg-type]
