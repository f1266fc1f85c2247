"""A version of a data set is made while the site goes on: others write, and people take their pictures back."""

from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import Consent, User
from recognition import retraining, services
from recognition.models import Dataset, DatasetVersion, Opinion, Sample
from recognition.review import judge_sample
from recognition.tests.conftest import MakePrediction
from recognition.tests.samples import offered
from worker.ml.manifest import Entry, Manifest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def accepted(alice: User, bob: User, charlie: User, make_prediction: MakePrediction) -> list[Sample]:
    """Alice signs A and R, Charlie A."""
    samples = []
    for owner, word, number in ((alice, "A", 40), (alice, "R", 120), (charlie, "A", 200)):
        samples.append(offered(make_prediction, owner, word=word, number=number))
        assert samples[-1].judge(by=bob, verdict=Opinion.Verdict.ACCEPT, label=word)
    return samples


@pytest.fixture
def freeze(accepted: list[Sample], bob: User, monkeypatch: pytest.MonkeyPatch) -> Callable[..., DatasetVersion]:
    """Makes a version; ``meanwhile`` is done when the last picture was read."""
    read = retraining._entry_of

    def freeze(meanwhile: Callable[[], object]) -> DatasetVersion:
        def read_and_go_on(sample: Sample) -> Entry | None:
            entry = read(sample)
            if sample == accepted[-1]:
                meanwhile()
            return entry

        monkeypatch.setattr(retraining, "_entry_of", read_and_go_on)
        dataset, _ = Dataset.objects.get_or_create(name="site")
        return retraining.freeze_dataset(dataset=dataset, by=bob)

    return freeze


def test_others_may_write_while_the_pictures_are_read(freeze: Callable[..., DatasetVersion]) -> None:
    seen: list[bool] = []
    version = freeze(lambda: seen.append(connection.in_atomic_block))
    assert (version.pictures, seen) == (3, [False])


def takes_the_consent_back(sample: Sample, bob: User) -> None:
    Consent.withdraw(person=sample.prediction.owner)


def deletes_the_picture(sample: Sample, bob: User) -> None:
    services.delete_predictions(owner=sample.prediction.owner, ids=[sample.prediction_id])


def deletes_it_for_good(sample: Sample, bob: User) -> None:
    deletes_the_picture(sample, bob)
    sample.prediction.refresh_from_db()
    sample.prediction.purge()


def says_something_else(sample: Sample, bob: User) -> None:
    services.correct_prediction(prediction=sample.prediction, by=sample.prediction.owner, label="R")


def says_something_else_which_is_accepted(sample: Sample, bob: User) -> None:
    says_something_else(sample, bob)
    judge_sample(sample=Sample.objects.get(pk=sample.pk), by=bob, answer="R")


@pytest.mark.parametrize(
    "happens",
    [
        takes_the_consent_back,
        deletes_the_picture,
        deletes_it_for_good,
        says_something_else,
        says_something_else_which_is_accepted,
    ],
)
def test_what_was_taken_back_while_it_was_read_is_not_in_the_version(
    freeze: Callable[..., DatasetVersion], accepted: list[Sample], bob: User, happens: Callable[[Sample, User], None]
) -> None:
    version = freeze(lambda: happens(accepted[-1], bob))
    assert (version.pictures, version.left) == (2, 0)
    assert list(version.samples.order_by("pk")) == accepted[:2]
    assert list(version.by_signer) == [accepted[0].signer]
    manifest = Manifest.load(version.manifest_path)
    assert [entry.path for entry in manifest.entries] == [one.prediction.image.name for one in accepted[:2]]
    assert manifest.fingerprint == version.fingerprint


def test_nothing_is_made_if_too_little_is_left_by_then(
    freeze: Callable[..., DatasetVersion], accepted: list[Sample], bob: User
) -> None:
    with pytest.raises(retraining.Refused, match="Two classes at least"):
        freeze(lambda: deletes_the_picture(accepted[1], bob))
    assert not DatasetVersion.objects.exists()


def test_of_two_who_make_the_same_at_once_the_second_is_given_the_first_ones(
    freeze: Callable[..., DatasetVersion], bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, others = retraining._entry_of, []

    def somebody_else_makes_it() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(retraining, "_entry_of", read)
            others.append(retraining.freeze_dataset(dataset=Dataset.objects.get(), by=bob))

    assert [freeze(somebody_else_makes_it)] == others
    assert DatasetVersion.objects.get().number == 1
