"""The review queue: what is offered, in which order, what an answer does, and who may give it."""

import re

import pytest
from django.test import Client

from accounts.models import Consent, User
from recognition import services
from recognition.models import Correction, Opinion, Sample
from recognition.review import judge_sample, queue_of, take_back
from recognition.tests.conftest import MakePrediction
from recognition.tests.samples import allow, offered
from worker.collecting import collect_samples


@pytest.fixture
def reviewer(bob: User) -> User:
    return allow(bob, "review_samples")


@pytest.fixture
def second(charlie: User) -> User:
    return allow(charlie, "review_samples")


def client_for(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_only_judged_or_unsure_pictures_of_who_allows_it_are_offered(
    alice: User, charlie: User, make_prediction: MakePrediction
) -> None:
    Consent.give(person=alice)
    sure, unsure, judged = make_prediction(alice), make_prediction(alice, is_unsure=True), make_prediction(alice)
    forbidden = make_prediction(charlie, is_unsure=True)
    Correction.objects.create(prediction=judged, label="R", by=alice)
    assert collect_samples() == 2
    assert collect_samples() == 0
    offered_ones = set(Sample.objects.values_list("prediction", flat=True))
    assert offered_ones == {unsure.pk, judged.pk}
    assert sure.pk not in offered_ones
    assert forbidden.pk not in offered_ones


def test_who_takes_the_consent_back_is_in_no_queue_and_sees_to_it_that_staff_see_nothing(
    alice: User, reviewer: User, make_prediction: MakePrediction
) -> None:
    sample = offered(make_prediction, alice, word="L")
    client = client_for(reviewer)
    assert client.get(f"/review/{sample.pk}/picture/").status_code == 200
    Consent.withdraw(person=alice)
    assert not queue_of(reviewer).exists()
    assert client.get(f"/review/{sample.pk}/picture/").status_code == 404
    client.post(f"/review/{sample.pk}/", {"answer": "L"})
    sample.refresh_from_db()
    assert sample.state == Sample.State.PENDING


@pytest.mark.parametrize("address", ["/review/{}/", "/review/{}/take-back/"])
@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}], ids=["with scripts", "without"])
def test_who_looks_at_a_picture_while_it_is_taken_away_is_told(
    alice: User,
    charlie: User,
    reviewer: User,
    make_prediction: MakePrediction,
    address: str,
    headers: dict[str, str],
) -> None:
    sample = offered(make_prediction, alice, word="L")
    offered(make_prediction, charlie, word="W", guess="W", number=200)
    Consent.withdraw(person=alice)
    answer = client_for(reviewer).post(address.format(sample.pk), {"answer": "L"}, headers=headers, follow=True)
    page = answer.content.decode()
    assert page.count("That picture was taken away meanwhile. Nothing was changed.") == 1
    assert "Is it W?" in page


def test_an_answer_that_the_owner_gave_too_is_accepted_and_the_next_picture_follows(
    alice: User, reviewer: User, make_prediction: MakePrediction
) -> None:
    first = offered(make_prediction, alice, word="R", number=1)
    offered(make_prediction, alice, word="W", guess="W", number=200)
    client = client_for(reviewer)
    page = client.get("/review/").content.decode()
    assert "Is it R?" in page  # its owner contradicts the model, so it tells more
    page = client.post(f"/review/{first.pk}/", {"answer": "R"}, follow=True).content.decode()
    assert "Accepted as R." in page
    assert "Is it W?" in page
    first.refresh_from_db()
    assert (first.state, first.label) == (Sample.State.ACCEPTED, "R")
    assert [opinion.reviewer for opinion in first.opinions.all()] == [reviewer]


def test_a_reviewer_who_contradicts_the_owner_needs_a_second_opinion(
    alice: User, reviewer: User, second: User, make_prediction: MakePrediction
) -> None:
    sample = offered(make_prediction, alice, word="R")
    judge_sample(sample=sample, by=reviewer, answer="U")
    assert sample.state == Sample.State.DISPUTED
    assert not queue_of(reviewer).exists()
    assert not sample.judge(by=reviewer, verdict=Opinion.Verdict.ACCEPT, label="U")  # not twice
    assert queue_of(second).get() == sample
    judge_sample(sample=sample, by=second, answer="U")
    assert (sample.state, sample.label) == (Sample.State.ACCEPTED, "U")


def test_a_third_answer_is_flagged(alice: User, reviewer: User, second: User, make_prediction: MakePrediction) -> None:
    sample = offered(make_prediction, alice, word="R")
    judge_sample(sample=sample, by=reviewer, answer="U")
    judge_sample(sample=sample, by=second, answer="V")
    assert sample.state == Sample.State.FLAGGED
    assert queue_of(reviewer, flagged=True).get() == sample
    judge_sample(sample=sample, by=reviewer, answer="R")
    assert (sample.state, sample.label) == (Sample.State.ACCEPTED, "R")


def test_what_is_flagged_is_not_flagged_again_however_often_one_asks(
    alice: User, reviewer: User, make_prediction: MakePrediction
) -> None:
    sample = offered(make_prediction, alice, word="R")
    client, address = client_for(reviewer), f"/review/{sample.pk}/"
    assert 'value="flag"' in client.get("/review/").content.decode()
    said = [client.post(address, {"answer": "flag"}, headers={"HX-Request": "true"}).content.decode() for _ in range(3)]
    assert "Flagged." in said[0]
    for page in said[1:]:
        assert "That picture is flagged already. Nothing was changed." in page
    assert "Nothing waits for you" in client.get("/review/").content.decode()
    sample.refresh_from_db()
    assert (sample.state, sample.opinions.count()) == (Sample.State.FLAGGED, 1)
    page = client.get("/review/?show=flagged").content.decode()
    assert "Is it R?" in page
    assert 'value="flag"' not in page
    assert "ArrowUp" not in page  # a key presses a button that is there
    assert judge_sample(sample=sample, by=reviewer, answer="R").sentence == "Accepted as R."
    page = client.get("/review/?show=flagged").content.decode()
    assert "Nothing is flagged" in page
    assert "0 wait" not in page


def test_the_second_of_two_who_judge_at_once_changes_nothing(
    alice: User, reviewer: User, second: User, make_prediction: MakePrediction
) -> None:
    sample = offered(make_prediction, alice, word="R")
    stale = Sample.objects.get(pk=sample.pk)
    judge_sample(sample=sample, by=reviewer, answer="R")
    judged = judge_sample(sample=stale, by=second, answer="reject")
    assert judged.count == 0
    assert "Somebody else" in judged.sentence
    assert Sample.objects.get().state == Sample.State.ACCEPTED


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}], ids=["with scripts", "without"])
def test_who_judges_what_somebody_else_has_judged_is_told(
    alice: User, reviewer: User, second: User, make_prediction: MakePrediction, headers: dict[str, str]
) -> None:
    sample = offered(make_prediction, alice, word="R")
    judge_sample(sample=sample, by=reviewer, answer="R")
    answer = client_for(second).post(f"/review/{sample.pk}/", {"answer": "reject"}, headers=headers, follow=True)
    page = answer.content.decode()
    assert page.count("Somebody else has judged that picture meanwhile. Nothing was changed.") == 1
    assert "Rejected" not in page


def test_pictures_that_look_alike_are_judged_in_one_go_and_taken_back_so(
    alice: User, reviewer: User, make_prediction: MakePrediction
) -> None:
    samples = [offered(make_prediction, alice, word="R", number=3) for _ in range(3)]
    other = offered(make_prediction, alice, word="R", number=244)
    judged = judge_sample(sample=samples[0], by=reviewer, answer="R", alike=[one.pk for one in samples])
    assert judged.sentence == "Accepted as R, and 2 like it."
    assert list(Sample.objects.exclude(state=Sample.State.ACCEPTED)) == [other]
    assert take_back(sample=judged.sample, by=reviewer)
    assert Sample.objects.filter(state=Sample.State.PENDING).count() == 4


def test_of_many_that_look_alike_those_are_judged_that_were_shown(
    alice: User, reviewer: User, make_prediction: MakePrediction
) -> None:
    samples = [offered(make_prediction, alice, word="R", number=3) for _ in range(15)]
    client = client_for(reviewer)
    response = client.get("/review/")
    shown, page = {samples[0], *response.context["alike"]}, response.content.decode()
    assert "The same answer for 12 like it" in page
    assert page.count('loading="lazy"') == 12
    shown_ones = re.search(r'name="alike"\s+value="([^"]+)"', page)
    assert shown_ones is not None
    arrived = offered(make_prediction, alice, word="R", number=3)
    services.correct_prediction(prediction=response.context["alike"][0].prediction, by=alice, label="U")
    address, answer = f"/review/{samples[0].pk}/", {"answer": "R", "alike": shown_ones[1]}
    page = client.post(address, answer, headers={"HX-Request": "true"}).content.decode()
    assert "Accepted as R, and 11 like it." in page
    assert set(Sample.objects.accepted()) == shown - {response.context["alike"][0]}
    assert queue_of(reviewer).filter(pk=arrived.pk).exists()


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}], ids=["with scripts", "without"])
def test_it_is_said_how_many_like_it_were_judged_with_a_picture(
    alice: User, reviewer: User, make_prediction: MakePrediction, headers: dict[str, str]
) -> None:
    samples = [offered(make_prediction, alice, word="R", number=3) for _ in range(3)]
    answer = {"answer": "R", "alike": f"{samples[1].pk} {samples[2].pk}"}
    client = client_for(reviewer)
    page = client.post(f"/review/{samples[0].pk}/", answer, headers=headers, follow=True).content.decode()
    assert "Accepted as R, and 2 like it." in page
    page = client.get(f"/review/?judged={samples[0].pk}&alike=x").content.decode()
    assert "Accepted as R." in page


def test_where_no_hand_was_seen_no_per_cent_are_told(
    alice: User, reviewer: User, make_prediction: MakePrediction
) -> None:
    sample = offered(make_prediction, alice, word="nothing", guess="nothing", confidence=1.0)
    client = client_for(reviewer)
    page = client.get("/review/").content.decode().partition("<main")[2]
    assert "no hand was found" in page
    assert "%" not in page
    assert "Is there no hand?" in page
    assert page.count('value="nothing"') == 1
    page = client.post(f"/review/{sample.pk}/", {"answer": "nothing"}, follow=True).content.decode()
    assert "Accepted as no hand." in page


def test_what_one_has_disputed_oneself_is_not_shown_as_to_be_judged_again(
    alice: User, reviewer: User, second: User, make_prediction: MakePrediction
) -> None:
    for by in (reviewer, second):
        judge_sample(sample=offered(make_prediction, alice, word="R", number=3), by=by, answer="U")
    assert "like it" not in client_for(reviewer).get("/review/").content.decode()


def test_nobody_takes_back_what_somebody_else_said(
    alice: User, reviewer: User, second: User, make_prediction: MakePrediction
) -> None:
    sample = offered(make_prediction, alice, word="R")
    judge_sample(sample=sample, by=reviewer, answer="reject")
    assert not take_back(sample=sample, by=second)
    client_for(second).post(f"/review/{sample.pk}/take-back/")
    assert Sample.objects.get().state == Sample.State.REJECTED


def test_an_owner_who_says_something_else_has_the_picture_reviewed_anew(
    alice: User, reviewer: User, make_prediction: MakePrediction
) -> None:
    sample = offered(make_prediction, alice, word="R")
    judge_sample(sample=sample, by=reviewer, answer="R")
    services.correct_prediction(prediction=sample.prediction, by=alice, label="U")
    sample.refresh_from_db()
    assert (sample.state, sample.label, sample.opinions.count()) == (Sample.State.PENDING, "", 0)


def test_least_sure_and_rarest_come_first(alice: User, reviewer: User, make_prediction: MakePrediction) -> None:
    common = offered(make_prediction, alice, guess="A", confidence=0.5, number=1)
    judge_sample(sample=common, by=reviewer, answer="A")
    sure = offered(make_prediction, alice, guess="B", confidence=0.9, number=36)
    frequent = offered(make_prediction, alice, guess="A", confidence=0.4, number=100)
    unsure = offered(make_prediction, alice, guess="B", confidence=0.4, number=200)
    assert list(queue_of(reviewer)) == [unsure, sure, frequent]


def test_who_may_not_review_sees_nothing(
    alice: User, bob: User, client: Client, make_prediction: MakePrediction
) -> None:
    sample = offered(make_prediction, alice, word="R")
    assert client.get("/review/").status_code == 302
    for who in (alice, bob):
        for answer in (
            client_for(who).get("/review/"),
            client_for(who).get(f"/review/{sample.pk}/picture/"),
            client_for(who).post(f"/review/{sample.pk}/", {"answer": "R"}),
        ):
            assert answer.status_code == 403
    assert Sample.objects.get().state == Sample.State.PENDING


@pytest.mark.parametrize("answer", ["", "Ä", "accept", "a"])
def test_what_is_no_answer_is_refused(
    alice: User, reviewer: User, make_prediction: MakePrediction, answer: str
) -> None:
    sample = offered(make_prediction, alice, word="R")
    assert client_for(reviewer).post(f"/review/{sample.pk}/", {"answer": answer}).status_code == 400
    assert Sample.objects.get().state == Sample.State.PENDING


def test_a_long_queue_takes_few_queries(
    alice: User, reviewer: User, make_prediction: MakePrediction, django_assert_max_num_queries: object
) -> None:
    for number in range(6):
        offered(make_prediction, alice, word="R", number=number * 40)
    client = client_for(reviewer)
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        client.get("/review/")
