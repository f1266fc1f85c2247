""" "Was this right?": what people answer, and who may."""

import pytest

from accounts.models import User
from recognition import services
from recognition.models import Correction
from recognition.tests.conftest import MakePrediction


def test_the_same_letter_confirms_and_another_corrects(alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice, label="L")
    assert services.correct_prediction(prediction=prediction, by=alice, label="L").is_confirmation
    assert not services.correct_prediction(prediction=prediction, by=alice, label="G").is_confirmation


def test_the_last_word_counts(alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice)
    for label in ("G", "space", "L", "D"):
        services.correct_prediction(prediction=prediction, by=alice, label=label)
    assert Correction.objects.get().label == "D"


def test_it_can_be_taken_back_by_who_gave_it(alice: User, bob: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice)
    services.correct_prediction(prediction=prediction, by=alice, label="G")
    assert not services.withdraw_correction(prediction=prediction, by=bob)
    assert services.withdraw_correction(prediction=prediction, by=alice)
    assert not services.withdraw_correction(prediction=prediction, by=alice)
    assert not Correction.objects.exists()


@pytest.mark.parametrize("label", ["", "l", "AA", "delete", "\x00"])
def test_only_the_29_classes_are_answers(alice: User, make_prediction: MakePrediction, label: str) -> None:
    with pytest.raises(services.NotCorrectable, match="one of the 29"):
        services.correct_prediction(prediction=make_prediction(alice), by=alice, label=label)


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
def test_without_an_answer_there_is_nothing_to_correct(
    alice: User, make_prediction: MakePrediction, state: str
) -> None:
    with pytest.raises(services.NotCorrectable, match="was read"):
        services.correct_prediction(prediction=make_prediction(alice, state=state), by=alice, label="L")


def test_nor_when_it_was_deleted_meanwhile(alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice)
    services.delete_predictions(owner=alice, ids=[prediction.pk])
    with pytest.raises(services.NotCorrectable, match="still there"):
        services.correct_prediction(prediction=prediction, by=alice, label="L")


def test_it_outlives_the_account_of_who_gave_it(alice: User, bob: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice)
    services.correct_prediction(prediction=prediction, by=bob, label="G")
    bob.delete()
    assert Correction.objects.get().by is None
