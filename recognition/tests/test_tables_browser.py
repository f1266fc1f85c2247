"""Tables of figures in a narrow window: what fits, and how the rest is reached."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.models import LiveSession, PracticeAttempt, PracticeRound
from recognition.tests.test_browser import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)

TELEPHONE = {"width": 375, "height": 800}
HIDDEN = "frame => frame.scrollWidth - frame.clientWidth"


def test_practice_by_letter_fits_a_telephone_and_the_rounds_scroll(open_page: OpenPage, alice: User) -> None:
    practised = PracticeRound.objects.create(
        owner=alice, key=uuid4(), mode="letters", limit_seconds=120, finished_at="2026-11-01T12:00Z"
    )
    PracticeAttempt.objects.bulk_create(
        PracticeAttempt(round=practised, label="A", is_signed=True, was_shown=False, is_right=True, milliseconds=12_900)
        for _ in range(15)
    )
    page = open_page(alice, viewport=TELEPHONE)
    page.goto("/live/practice/progress/")
    assert page.get_by_role("region", name="How often each letter was right at once").evaluate(HIDDEN) == 0
    rounds = page.get_by_role("region", name="Your rounds")
    delete = rounds.get_by_role("button", name="Delete")
    delete.focus()
    expect(delete).to_be_in_viewport(ratio=0.9)
    box = delete.bounding_box()
    assert box is not None
    assert box["height"] < 60, "its name stands on one line"


def test_the_signs_of_a_text_stand_in_a_frame_that_the_keyboard_reaches(open_page: OpenPage, alice: User) -> None:
    signs = [{"label": "space", "confidence": 0.97, "milliseconds": 4_000_000}]
    session = LiveSession.objects.create(owner=alice, text="HELLO", signs=signs)
    page = open_page(alice, viewport=TELEPHONE)
    page.goto(f"/live/texts/{session.pk}/")
    page.get_by_text("The signs, with their times").press("Enter")
    page.keyboard.press("Tab")
    frame = page.get_by_role("region", name="The signs, with their times")
    expect(frame).to_be_focused()
    assert_sound(page, "the signs of a text")
