"""What an unsure answer wavers between, and how that is worded."""

import pytest

from worker.ml.recognition import Candidate, Recognition, contenders, one_of


def best_first(**shares: float) -> tuple[Candidate, ...]:
    return tuple(Candidate(label, share) for label, share in shares.items())


@pytest.mark.parametrize(
    ("top", "labels"),
    [
        (best_first(M=0.48, N=0.31, T=0.15, S=0.03), "M N T"),
        (best_first(M=0.55, N=0.41, T=0.02), "M N"),  # two hold nearly all
        (best_first(M=0.55, N=0.34, T=0.06), "M N T"),
        (best_first(M=0.7, N=0.1, T=0.04, S=0.04), "M N"),  # the third has too little of its own
        (best_first(M=0.96, N=0.02, T=0.01), "M N"),  # an answer between one is no question
        (best_first(M=0.2, N=0.19, T=0.18, S=0.17, E=0.16), "M N T"),
        (best_first(nothing=0.9), "nothing"),
        ((), ""),
    ],
    ids=str,
)
def test_it_wavers_between_two_or_three_that_hold_most_of_the_probability(
    top: tuple[Candidate, ...], labels: str
) -> None:
    assert " ".join(contenders(top)) == labels


def test_only_an_unsure_answer_has_contenders() -> None:
    top = best_first(M=0.55, N=0.41)
    sure = Recognition("M", 0.55, top, None, {})
    unsure = Recognition("M", 0.55, top, None, {}, is_unsure=True)
    assert (sure.contenders, unsure.contenders) == ((), ("M", "N"))
    assert (sure.as_dict()["is_unsure"], unsure.as_dict()["is_unsure"]) == (False, True)


@pytest.mark.parametrize(
    ("words", "together"), [(["M", "N", "T"], "M, N or T"), (["M", "N"], "M or N"), (["M"], "M"), ([], "")]
)
def test_alternatives_as_a_sentence_lists_them(words: list[str], together: str) -> None:
    assert one_of(words) == together
