"""Shares in words and per cent."""

import pytest

from recognition.measured import measured
from recognition.templatetags.recognition_tags import chance_in_words, duration, in_words, percent, svg_rest, svg_width


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.934, "93 %"), (0.999, "over 99 %"), (1.0, "100 %"), (0.004, "under 1 %"), (0.0, "0 %"), (None, "")],
)
def test_per_cent_never_claims_more_than_is_so(share: float | None, shown: str) -> None:
    assert percent(share).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.99, "almost certain"),
        (0.8, "quite sure"),
        (0.7, "fairly sure"),
        (0.41, "doubtful"),
        (0.1, "a guess"),
        (None, ""),
    ],
)
def test_in_words(share: float | None, words: str) -> None:
    assert in_words(share) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0.9, "likely"), (0.48, "possible"), (0.15, "less likely"), (0.04, "unlikely")]
)
def test_a_chance_in_words_is_never_sure(share: float, words: str) -> None:
    assert chance_in_words(share) == words


def test_a_bar_is_as_long_as_its_share() -> None:
    assert [svg_width(share) for share in (0.5, 1.0, None)] == ["50.0", "100.0", "0.0"]
    assert [svg_rest(share) for share in (0.25, 1.0)] == ["75.0", "0.0"]


def test_figures_are_told_with_their_units() -> None:
    metrics = {"signs": 538, "sure_share": 0.8631, "milliseconds": 36.66, "size_bytes": 13_909_727, "gain_bytes": None}
    metrics |= {"vault_sure_share": 0.858}
    assert measured(metrics).figures == [
        ("signs", "538"),
        ("sure share", "0.863"),
        ("time of a picture, median", "36.7 ms"),
        ("size", "13.9 MB"),
        ("gain bytes", "–"),
        ("sure share, signers kept until the end", "0.858"),
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (45, "45 seconds"),
        (95, "2 minutes"),
        (3300, "55 minutes"),
        (5399, "90 minutes"),
        (5400, "1 hour 30 minutes"),
        (7100, "2 hours"),
        (8400, "2 hours 20 minutes"),
        (40_000, "11 hours"),
    ],
)
def test_a_duration_is_told_in_the_unit_that_people_would_use(seconds: float, words: str) -> None:
    assert duration(seconds) == words
