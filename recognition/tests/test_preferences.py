"""``Prefer: wait=N`` as RFC 7240 writes it."""

import pytest

from recognition.api.preferences import preferred_wait_seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("wait=5", 5),
        ("Wait = 5", 5),
        ('wait="5"', 5),
        ("respond-async, wait=5", 5),
        ("respond-async; x=1, wait=5; y", 5),
        ('handling="lenient, wait=3", wait=5', 5),
        ("wait=5, wait=9", 5),
        ("wait=0", 0),
        ("wait=999999", 20),
        ("wait", None),
        ("wait=", None),
        ("wait=five", None),
        ("wait=-5", None),
        ("wait=1.5", None),
        ("wait=٥", None),
        ("wait=99999999999999999999", None),
        ("wait=5 seconds", None),
        ("=5", None),
        (";;,,", None),
        ('"wait=5', None),
        ("wait=five, wait=5", None),
    ],
)
def test_seconds_are_read_and_what_is_malformed_is_ignored(header: str, seconds: int | None) -> None:
    assert preferred_wait_seconds(header, most=20) == seconds


def test_a_long_hostile_header_is_read_quickly() -> None:
    for hostile in ("a" * 8000, "a=;" * 2600, '"' * 8000, 'a="\\' * 2000, "a" + " " * 8000 + "="):
        assert preferred_wait_seconds(hostile, most=20) is None
