"""What is known of the signers fits the photos there are, and the vault holds whole persons who are judged."""

import pytest

from worker.ml.datasets import PERSONS, person_of
from worker.ml.evaluation import is_evaluated
from worker.ml.signers import ATTRIBUTES, SESSIONS, TONES_BY_EYE, VAULT, is_in_vault
from worker.ml.tests.photos import DATA, needs_photos


@needs_photos
def test_every_session_with_hands_is_known() -> None:
    assert set(SESSIONS) == {folder.name for folder in (DATA / "hands").iterdir()} - {"rooms"}


def test_the_vault_is_six_persons_who_would_be_folds() -> None:
    persons = {person_of(session) for session in SESSIONS if is_evaluated(session)}
    assert len(VAULT) == 6
    assert persons > VAULT
    assert not VAULT & set(PERSONS)  # names of persons, not of one of their sessions


def test_no_person_is_half_in_the_vault() -> None:
    inside = {person_of(session) for session in SESSIONS if is_in_vault(session)}
    outside = {person_of(session) for session in SESSIONS if not is_in_vault(session)}
    assert inside == VAULT
    assert not inside & outside


def test_the_vault_holds_different_kinds_and_leaves_some_of_each_to_learn_from() -> None:
    for name, cameras in (
        ("camera", {"webcam", "tight crop", "cut out on black"}),
        ("hand as shown", {"left", "right"}),
    ):
        of = ATTRIBUTES[name]
        assert {of(session) for session in SESSIONS if is_in_vault(session)} == cameras
        assert cameras <= {of(session) for session in SESSIONS if not is_in_vault(session) and is_evaluated(session)}


def test_tones_by_eye_are_of_known_sessions() -> None:
    assert set(TONES_BY_EYE) < set(SESSIONS)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_session_of_other_data_has_unknown_attributes(name: str) -> None:
    assert ATTRIBUTES[name]("somebody else") == "unknown"
    assert ATTRIBUTES[name]("carbonara") != "unknown"
