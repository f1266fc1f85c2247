"""One's own model in a real browser: recording with a camera or files, following it, and sound pages."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.models import Correction, PersonalModel, Prediction
from recognition.tests.conftest import MakePrediction, active_model, encoded
from recognition.tests.test_browser import assert_sound
from recognition.tests.test_personal import FIGURES, ready

pytestmark = pytest.mark.django_db(transaction=True)

CAMERA = """navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  const pen = canvas.getContext("2d");
  setInterval(() => { pen.fillStyle = `rgb(${Math.random() * 255}, 90, 60)`; pen.fillRect(0, 0, 64, 48); }, 30);
  return canvas.captureStream(30);
};"""
NO_CAMERA = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };"


def letters_told(owner: User) -> list[str]:
    told = Prediction.objects.owned_by(owner).order_by("created_at")
    return [prediction.correction.label for prediction in told.select_related("correction")]


def test_the_camera_records_letter_after_letter(open_page: OpenPage, alice: User) -> None:
    page = open_page(alice)
    page.add_init_script(CAMERA)
    page.goto("/personal/")
    page.get_by_role("button", name="Record with the camera").click()
    expect(page.locator(".recorder__letter")).to_have_text(re.compile("Sign A"))
    expect(page.get_by_role("button", name="Record with the camera")).to_be_hidden()
    page.get_by_role("button", name="Take the picture").click()
    expect(page.locator(".recorder__letter")).to_have_text(re.compile("Sign B"))
    page.get_by_role("button", name="Skip this letter").click()
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Take the picture").press("Enter")
    expect(page.locator(".recorder__letter")).to_have_text(re.compile("Sign D"))
    assert_sound(page, "recording")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("link", name="C 0+1")).to_be_visible()
    assert letters_told(alice) == ["A", "C"]


def test_a_camera_that_may_not_be_used_leads_to_the_form(open_page: OpenPage, alice: User, tmp_path: Path) -> None:
    page = open_page(alice)
    page.add_init_script(NO_CAMERA)
    page.goto("/personal/")
    page.get_by_role("button", name="Record with the camera").click()
    expect(page.get_by_text("The camera could not be opened.")).to_be_visible()
    page.select_option("#id_label", "T")
    choose(page, tmp_path, 2)
    expect(page.locator("#upload-status")).to_have_text("2 chosen. Press “Keep them” to send.")
    page.get_by_role("button", name="Keep them").click()
    expect(page.locator("#upload-status")).to_have_text("2 pictures were accepted.")
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("link", name="T 0+2")).to_be_visible()
    assert letters_told(alice) == ["T", "T"]


@pytest.fixture
def one_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognition.personal.FEWEST_JUDGED", 0)


def test_as_long_as_too_few_are_told_it_says_how_many_are_missing(open_page: OpenPage, alice: User) -> None:
    page = open_page(alice)
    page.goto("/personal/")
    expect(page.locator("#told")).to_contain_text("10 more are needed")
    expect(page.get_by_role("button", name="Make my model")).to_have_count(0)


@pytest.mark.usefixtures("one_is_enough")
def test_without_javascript_it_works_too(open_page: OpenPage, alice: User, tmp_path: Path) -> None:
    page = open_page(alice, java_script_enabled=False)
    page.goto("/personal/?letter=M")
    expect(page.locator("#id_label")).to_have_value("M")
    choose(page, tmp_path, 1)
    page.get_by_role("button", name="Keep them").click()
    expect(page.locator(".messages")).to_contain_text("1 picture of M is kept.")
    expect(page.locator("#id_label")).to_have_value("N")
    page.get_by_role("button", name="Make my model").click()
    made = PersonalModel.objects.get()
    assert made.claim()
    assert made.succeed(base=active_model(), parameters=b"...", figures=FIGURES, learnt_from=[])
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_role("heading", name="It is off")).to_be_visible()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", name="You have none yet")).to_be_visible()


@pytest.mark.usefixtures("one_is_enough")
def test_it_is_followed_without_loading_the_page_again(open_page: OpenPage, alice: User) -> None:
    page = open_page(alice)
    page.goto("/personal/")
    page.get_by_role("button", name="Make my model").click()
    expect(page.get_by_role("heading", name="It is being made")).to_be_visible()
    page.evaluate("window.isTheSamePage = true")
    made = PersonalModel.objects.get()
    assert made.claim()
    assert made.succeed(base=active_model(), parameters=b"...", figures=FIGURES, learnt_from=[])
    expect(page.get_by_role("heading", name="It is on")).to_be_visible()
    expect(page.get_by_text("76 right before, 82 right after")).to_be_visible()
    assert page.evaluate("window.isTheSamePage")


def test_the_page_is_sound_in_every_state(open_page: OpenPage, alice: User, make_prediction: MakePrediction) -> None:
    page = open_page(alice)
    page.goto("/personal/")
    assert_sound(page, "none yet")
    for label in "AAAB":
        Correction.objects.create(prediction=make_prediction(alice), label=label, by=alice)
    made = ready(alice)
    page.goto("/personal/")
    page.get_by_text("Letter by letter").click()
    assert_sound(page, "ready")
    for state, fields in [("queued", {}), ("failed", {"error": "Too few pictures.", "figures": {}, "parameters": b""})]:
        PersonalModel.objects.filter(pk=made.pk).update(state=state, **fields)
        page.goto("/personal/")
        assert_sound(page, state)
    read = make_prediction(alice, is_adapted=True)
    page.goto(f"/predictions/{read.pk}/")
    assert_sound(page, "an adapted answer")


def choose(page: Page, folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"{number}.jpg").write_bytes(encoded(size=(64 + number, 48)))
    page.set_input_files("#id_images", [str(folder / f"{number}.jpg") for number in range(count)])
