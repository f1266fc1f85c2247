"""The upload page with its script: by picker, drop and paste, many at once, each with its own end."""

import base64
from pathlib import Path

import pytest
from django.http import JsonResponse
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.models import Prediction
from recognition.tests.conftest import encoded
from recognition.views import upload

pytestmark = pytest.mark.django_db(transaction=True)

GIVE = """([how, name, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
  const target = document.querySelector("main");
  target.dispatchEvent(how === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true })
    : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def page(open_page: OpenPage, alice: User) -> Page:
    page = open_page(alice)
    page.goto("/predict/")
    return page


def send(page: Page) -> None:
    page.get_by_role("button", name="Read the letters").click()


def files(folder: Path, count: int) -> list[str]:
    for number in range(count):
        (folder / f"{number}.jpg").write_bytes(encoded(size=(64 + number, 48)))
    return [str(folder / f"{number}.jpg") for number in range(count)]


def test_a_picture_alone_leads_to_its_letter(page: Page, tmp_path: Path) -> None:
    page.set_input_files("#id_images", files(tmp_path, 1))
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your picture waits for its turn")


def test_one_chosen_in_the_place_of_another_leads_to_its_letter_too(page: Page, tmp_path: Path) -> None:
    wrong, right = files(tmp_path, 2)
    page.set_input_files("#id_images", wrong)
    page.get_by_role("button", name="Remove").click()
    page.set_input_files("#id_images", right)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your picture waits for its turn")
    assert page.title().startswith("Waiting")
    assert Prediction.objects.get().original_name == "1.jpg"


def test_picked_dropped_and_pasted_ones_go_together_and_each_says_how_it_ended(page: Page, tmp_path: Path) -> None:
    page.set_input_files("#id_images", files(tmp_path, 2))
    picture = base64.b64encode(encoded(size=(100, 100))).decode()
    page.evaluate(GIVE, ["drop", "dropped.jpg", picture])
    page.evaluate(GIVE, ["paste", "pasted.jpg", picture])
    page.evaluate(GIVE, ["drop", "notes.jpg", base64.b64encode(b"%PDF-1.7").decode()])
    page.evaluate(GIVE, ["drop", "unwanted.jpg", picture])
    page.locator(".upload", has_text="unwanted.jpg").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status")).to_have_text("5 chosen.")
    assert page.evaluate("document.querySelector('#id_images').files.length") == 5
    send(page)
    expect(page.get_by_role("status")).to_have_text(
        "4 pictures were accepted, 1 could not be taken: the list says why."
    )
    expect(page.locator(".upload", has_text="notes.jpg")).to_contain_text("This is a PDF")
    assert page.evaluate("document.querySelector('#id_images').files.length") == 0
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    assert not [button for button in page.locator(".upload button").all() if button.is_visible()]
    names = Prediction.objects.values_list("original_name", flat=True)
    assert sorted(names) == ["0.jpg", "1.jpg", "dropped.jpg", "pasted.jpg"]
    page.locator(".upload", has_text="pasted.jpg").get_by_role("link").click()
    expect(page.locator(".filename").first).to_have_text("pasted.jpg")


def test_a_hundred_at_once_are_all_taken_and_none_twice_though_answers_are_lost(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[str] = []
    real = upload.as_json

    def lossy(received: upload.Received) -> JsonResponse:
        """Now and then something in between drops the answer: the site has the picture, and the page cannot know."""
        if len(lost) < 4:
            lost.append(received.accepted[0].original_name)
            return JsonResponse({}, status=429)
        return real(received)

    monkeypatch.setattr(upload, "as_json", lossy)
    page.set_input_files("#id_images", files(tmp_path, 100))
    send(page)
    expect(page.get_by_role("status")).to_have_text("100 pictures were accepted.", timeout=60_000)
    assert len(lost) == 4
    names = list(Prediction.objects.values_list("original_name", flat=True))
    assert sorted(names) == sorted(f"{number}.jpg" for number in range(100))
    page.get_by_role("link", name="See their letters").click()
    expect(page.locator(".row")).to_have_count(50)


def test_more_than_go_at_once_are_left_out_and_may_follow(
    open_page: OpenPage, alice: User, tmp_path: Path, settings: Settings
) -> None:
    settings.MAX_FILES_PER_UPLOAD = 3
    page = open_page(alice)
    page.goto("/predict/")
    chosen = files(tmp_path, 5)
    page.set_input_files("#id_images", chosen)
    expect(page.get_by_role("status")).to_have_text(
        "At most 3 go at once: 2 were left out. 3 chosen. Press “Read the letters” to send. Then choose the others."
    )
    expect(page.locator(".upload")).to_have_count(3)
    send(page)
    expect(page.get_by_role("status")).to_have_text("3 pictures were accepted.")
    page.set_input_files("#id_images", chosen[3:])
    expect(page.get_by_role("status")).to_have_text("2 chosen. Press “Read the letters” to send.")
    send(page)
    expect(page.get_by_role("status")).to_have_text("5 pictures were accepted.")
    assert Prediction.objects.count() == 5


def test_nothing_chosen_is_said(page: Page) -> None:
    send(page)
    expect(page.get_by_role("status")).to_contain_text("No picture was chosen.")
