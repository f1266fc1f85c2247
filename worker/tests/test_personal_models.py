"""Personal models in the worker: made from their owner's word, applied to their owner's pictures, made anew in time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from accounts.models import User
from aslsite import broker
from recognition import personal as services
from recognition.models import Correction, ModelVersion, PersonalModel, Prediction
from recognition.services import correct_prediction, delete_predictions, request_prediction, withdraw_correction
from recognition.specimens import specimen_hand
from recognition.tests.conftest import MakePrediction, active_model
from worker import personal_models, registry, sweeper, tasks
from worker.ml.artifact import SHIPPED
from worker.ml.images import ImageError
from worker.ml.inference import Recogniser
from worker.ml.labels import LABELS
from worker.ml.personal import Adaptation, Sight
from worker.ml.recognition import Candidate, Hand, Recognition
from worker.ml.tests.photos import needs_photos, photos_of
from worker.ml.tests.sights import sight_like
from worker.tests.pictures import jpeg

State = PersonalModel.State
LETTERS = "ABMNT"


class HandRecogniser:
    """Finds the same hand everywhere, calls it an N, and hands on what an adaptation makes of that.

    What it sees when it looks again stands in ``sights``: of the n-th picture the n-th.
    """

    finds_hands = True

    def __init__(self) -> None:
        self.sights: list[Sight] = []
        self.seen = 0

    def look_again(self, data: bytes, hand: Hand) -> Sight:
        self.seen += 1
        return self.sights[self.seen - 1]

    def recognise(self, data: bytes, *, adaptation: Adaptation | None = None) -> Recognition:
        sight = sight_like("M", read_as="N")
        said = adaptation.adapt(sight) if adaptation else sight.probabilities
        best = LABELS[int(said.argmax())]
        hand = Hand.from_dict(specimen_hand("L")) if b"no hand" not in data else None
        return Recognition(best, 0.9, (Candidate(best, 0.9),), hand, {"total": 1.0})


@pytest.fixture
def recogniser(monkeypatch: pytest.MonkeyPatch) -> HandRecogniser:
    found = HandRecogniser()
    monkeypatch.setattr(registry, "active", lambda: (active_model(), found))
    return found


@pytest.fixture
def tell(make_prediction: MakePrediction, recogniser: HandRecogniser) -> Callable[..., list[Prediction]]:
    """``owner`` has so many pictures of each of five letters, all read as N, and says what they are."""

    def tell(owner: User, count: int = 2) -> list[Prediction]:
        told = []
        for _ in range(count):
            for label in LETTERS:
                prediction = make_prediction(owner, label="N")
                Correction.objects.create(prediction=prediction, label=label, by=owner)
                recogniser.sights.append(sight_like(label, read_as="N"))
                told.append(prediction)
        return told

    return tell


def deliver(personal: PersonalModel, *, redelivered: bool = False) -> PersonalModel:
    tasks.personalise.push_request(delivery_info={"redelivered": redelivered})
    try:
        tasks.personalise.run(personal.pk)
    finally:
        tasks.personalise.pop_request()
    return PersonalModel.objects.get(pk=personal.pk)


def read_for(owner: User) -> Prediction:
    prediction = request_prediction(owner=owner, data=jpeg())
    tasks.predict.run(str(prediction.pk))
    return Prediction.objects.get(pk=prediction.pk)


def made_for(owner: User, tell: Callable[..., list[Prediction]]) -> tuple[PersonalModel, list[Prediction]]:
    told = tell(owner)
    return deliver(services.request_personal_model(owner=owner)), told


def test_it_is_made_and_reads_its_owners_pictures_alone(
    alice: User, charlie: User, tell: Callable[..., list[Prediction]]
) -> None:
    made, told = made_for(alice, tell)
    assert (made.state, made.helps, made.error) == (State.READY, True, "")
    assert {key: made.figures[key] for key in ("samples", "letters", "judged", "before", "after")} == {
        "samples": 10, "letters": 5, "judged": 10, "before": 2, "after": 10,
    }  # fmt: skip
    assert made.figures["by_letter"]["M"] == {"judged": 2, "before": 0, "after": 2}
    assert set(made.learnt_from.all()) == set(told)
    own, others = read_for(alice), read_for(charlie)
    assert (own.label, own.is_adapted) == ("M", True)
    assert (others.label, others.is_adapted) == ("N", False)


def test_its_owner_takes_part_in_no_trial(
    alice: User, charlie: User, tell: Callable[..., list[Prediction]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both pictures are drawn for the candidate on trial; one is answered by the model that is its owner's own."""
    made_for(alice, tell)
    on_trial = (ModelVersion.objects.create(name="on-trial", fingerprint="c" * 64), HandRecogniser())
    monkeypatch.setattr(registry, "canary_for", lambda pk: on_trial)
    own, others = read_for(alice), read_for(charlie)
    assert (own.model_version, own.is_adapted) == (active_model(), True)
    assert (others.model_version, others.is_adapted) == (on_trial[0], False)


def test_switched_off_it_says_nothing(alice: User, tell: Callable[..., list[Prediction]]) -> None:
    made_for(alice, tell)
    services.switch_personal_model(owner=alice, is_on=False)
    assert (read_for(alice).label, read_for(alice).is_adapted) == ("N", False)
    services.switch_personal_model(owner=alice, is_on=True)
    assert read_for(alice).label == "M"


def test_deleted_it_is_gone_and_the_pictures_stay(alice: User, tell: Callable[..., list[Prediction]]) -> None:
    made_for(alice, tell)
    assert services.delete_personal_model(owner=alice)
    assert not services.delete_personal_model(owner=alice)
    assert read_for(alice).label == "N"
    assert Prediction.objects.owned_by(alice).count() == 11


def test_it_goes_with_its_owner(alice: User, tell: Callable[..., list[Prediction]]) -> None:
    made_for(alice, tell)
    alice.delete()
    assert not PersonalModel.objects.exists()


def test_what_others_said_of_ones_pictures_teaches_nothing(
    alice: User, bob: User, tell: Callable[..., list[Prediction]]
) -> None:
    tell(alice)
    Correction.objects.update(by=bob)
    made = deliver(services.request_personal_model(owner=alice))
    assert made.state == State.FAILED
    assert "10 are needed" in made.error


def test_of_each_letter_the_newest_are_learnt_from(
    alice: User, tell: Callable[..., list[Prediction]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tell(alice, 4)
    monkeypatch.setattr(personal_models, "MOST_OF_A_LETTER", 2)
    made = deliver(services.request_personal_model(owner=alice))
    assert set(made.learnt_from.all()) == set(told[10:])


@pytest.mark.parametrize("change", ["deleted", "other word", "word taken back"])
def test_what_was_learnt_from_a_picture_goes_with_it(
    alice: User, tell: Callable[..., list[Prediction]], change: str
) -> None:
    _made, told = made_for(alice, tell)
    if change == "deleted":
        delete_predictions(owner=alice, ids=[told[3].pk])
    elif change == "other word":
        correct_prediction(prediction=told[3], by=alice, label="Z")
    else:
        assert withdraw_correction(prediction=told[3], by=alice)
    now = PersonalModel.objects.get()
    assert (now.state, now.helps, now.figures, now.learnt_from.count()) == (State.QUEUED, False, {}, 0)
    assert read_for(alice).label == "N"


def test_a_word_that_stays_and_a_picture_that_taught_nothing_change_nothing(
    alice: User, tell: Callable[..., list[Prediction]], make_prediction: MakePrediction
) -> None:
    _made, told = made_for(alice, tell)
    correct_prediction(prediction=told[0], by=alice, label="A")
    other = make_prediction(alice)
    correct_prediction(prediction=other, by=alice, label="L")
    delete_predictions(owner=alice, ids=[other.pk])
    assert PersonalModel.objects.get().state == State.READY


def test_a_picture_that_is_deleted_while_it_is_learnt_from_teaches_nothing(
    alice: User, tell: Callable[..., list[Prediction]], recogniser: HandRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tell(alice)
    look = recogniser.look_again

    def look_while_it_is_deleted(data: bytes, hand: Hand) -> Sight:
        if recogniser.seen == 9:
            delete_predictions(owner=alice, ids=[told[0].pk])
        return look(data, hand)

    monkeypatch.setattr(recogniser, "look_again", look_while_it_is_deleted)
    left = deliver(services.request_personal_model(owner=alice))
    assert (left.state, left.helps) == (State.QUEUED, False)  # its answer came too late; the next one is on its way


def test_a_picture_without_its_file_is_passed_over(alice: User, tell: Callable[..., list[Prediction]]) -> None:
    told = tell(alice, 3)
    told[0].delete_files()
    made = deliver(services.request_personal_model(owner=alice))
    assert made.state == State.READY
    assert told[0] not in made.learnt_from.all()


def test_a_picture_in_which_no_hand_is_found_is_not_adapted(
    alice: User, tell: Callable[..., list[Prediction]], recogniser: HandRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_for(alice, tell)
    say = recogniser.recognise
    monkeypatch.setattr(recogniser, "recognise", lambda data, adaptation: replace(say(data), hand=None))
    assert not read_for(alice).is_adapted


def test_a_model_that_reads_whole_pictures_cannot_be_adapted(
    alice: User, tell: Callable[..., list[Prediction]], recogniser: HandRecogniser
) -> None:
    tell(alice)
    recogniser.finds_hands = False
    made = deliver(services.request_personal_model(owner=alice))
    assert (made.state, made.error) == (State.FAILED, personal_models.NO_HANDS)


@pytest.mark.parametrize(
    ("mishap", "sentence"),
    [
        (SoftTimeLimitExceeded(), personal_models.TOO_SLOW),
        (RuntimeError(), personal_models.OUR_FAULT),
        (ImageError("truncated", "The picture is damaged."), "Too few pictures"),
    ],
)
def test_a_mishap_ends_with_its_sentence(
    alice: User,
    tell: Callable[..., list[Prediction]],
    recogniser: HandRecogniser,
    monkeypatch: pytest.MonkeyPatch,
    mishap: Exception,
    sentence: str,
) -> None:
    tell(alice)

    def fail(data: bytes, hand: Hand) -> Sight:
        raise mishap

    monkeypatch.setattr(recogniser, "look_again", fail)
    made = deliver(services.request_personal_model(owner=alice))
    assert made.state == State.FAILED
    assert made.error.startswith(sentence)


def test_another_active_version_has_it_made_anew_and_is_not_corrected_meanwhile(
    alice: User, tell: Callable[..., list[Prediction]], recogniser: HandRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "waiting_messages", lambda queue: 0)
    made, _told = made_for(alice, tell)
    newer = ModelVersion.objects.create(name="landmarks-newer", family="landmarks")
    newer.activate()
    assert not read_for(alice).is_adapted
    sweeper.sweep()
    assert PersonalModel.objects.get().state == State.READY  # not at every round: once a minute at most
    PersonalModel.objects.update(finished_at=timezone.now() - timedelta(minutes=2))
    sweeper.sweep()
    again = PersonalModel.objects.get()
    assert (again.state, again.base) == (State.QUEUED, made.base)
    recogniser.seen = 0
    assert (deliver(again).base, read_for(alice).label) == (newer, "M")


def test_what_is_stored_in_another_format_is_left_out(alice: User, tell: Callable[..., list[Prediction]]) -> None:
    made_for(alice, tell)
    PersonalModel.objects.update(parameters=b"of another age")
    assert (read_for(alice).state, read_for(alice).is_adapted) == (Prediction.State.SUCCEEDED, False)


def test_a_lost_message_is_sent_again_and_a_dead_worker_gives_up_after_three(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "waiting_messages", lambda queue: 0)
    sent: list[int] = []
    monkeypatch.setattr(tasks.personalise, "apply_async", lambda args: sent.append(args[0]))
    personal = services.request_personal_model(owner=alice)
    PersonalModel.objects.update(asked_at=timezone.now() - timedelta(seconds=6))
    sweeper.sweep()
    sweeper.sweep()
    assert sent == [personal.pk]
    for attempt in (1, 2, 3):
        assert PersonalModel.objects.get().claim()
        PersonalModel.objects.update(claimed_at=timezone.now() - timedelta(minutes=5))
        sweeper.sweep()
        state = State.QUEUED if attempt < 3 else State.FAILED
        assert PersonalModel.objects.get().state == state
    assert "stopped the worker 3 times" in PersonalModel.objects.get().error


def test_a_message_that_comes_twice_does_nothing_twice(alice: User, tell: Callable[..., list[Prediction]]) -> None:
    made, _told = made_for(alice, tell)
    assert deliver(made).finished_at == made.finished_at
    assert deliver(made, redelivered=True).state == State.READY
    tasks.personalise.run(made.pk + 1)  # its row is gone: nothing happens


@needs_photos
def test_from_real_photos_it_is_made_and_used(
    alice: User, make_prediction: MakePrediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody calls W what everybody calls B, and B a W, as an extreme of signing otherwise: it is learnt."""
    shipped = Recogniser.load(SHIPPED)
    monkeypatch.setattr(registry, "active", lambda: (active_model(), shipped))
    for seen, word in [("B", "W"), ("W", "B"), ("L", "L"), ("Y", "Y"), ("I", "I")]:
        for path in photos_of("mariia00", seen, 5)[:4]:
            prediction = services.record_sample(owner=alice, data=path.read_bytes(), label=word)
            tasks.predict.run(str(prediction.pk))
    made = deliver(services.request_personal_model(owner=alice))
    assert (made.state, made.helps) == (State.READY, True)
    assert (made.figures["judged"], made.figures["before"]) == (20, 12)
    assert made.figures["after"] >= 18
    third = request_prediction(owner=alice, data=photos_of("mariia00", "B", 5)[4].read_bytes())
    tasks.predict.run(str(third.pk))
    third.refresh_from_db()
    assert (third.label, third.is_adapted) == ("W", True)
