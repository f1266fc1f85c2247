"""The pages in a real browser: axe-core, narrow windows, both colour schemes, without JavaScript, by keyboard."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import ApiToken, User
from aslsite.tests.browser import OpenPage
from recognition.models import Prediction
from recognition.patterns import specimens
from recognition.specimens import specimen_statistics
from recognition.tests.conftest import MakePrediction, encoded

pytestmark = pytest.mark.django_db(transaction=True)

LOGGED_OUT = [
    "/",
    "/about/",
    "/about/model/",
    "/guide/",
    "/contact/",
    "/accounts/login/",
    "/accounts/signup/",
    "/nowhere/",
]
SIGNED_IN = [
    "/",
    "/predict/",
    "/history/",
    "/history/?label=L",
    "/history/?label=L&min_confidence=7",
    "/statistics/",
    "/statistics/?step=day",
    "/accounts/",
    "/accounts/delete/",
    "/accounts/tokens/",
    "/accounts/logout/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/predictions/{waiting}/",
    "/predictions/{read}/",
    "/predictions/{failed}/",
    "/predictions/{nothing}/",
    "/predictions/{unsure}/",
    "/predictions/{perhaps}/",
]
STAFF = [
    "/patterns/",
    *(f"/patterns/result/{specimen.slug}/" for specimen in specimens()),
    *(f"/patterns/statistics/{slug}/" for slug in specimen_statistics()),
]
WINDOWS = [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)]


def assert_sound(page: Page, path: str) -> None:
    """In both colour schemes, wide and at 320 px: axe-core finds nothing, nothing is cut off, there is one h1.

    Nor is anything cut off on a telephone with text twice as large.
    """
    for scheme, width in WINDOWS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], f"{path} {scheme} {width}"
        assert_fits(page, f"{path} at {width} px")
    page.set_viewport_size({"width": 375, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert_fits(page, f"{path} at 375 px, text at 200 %")
    page.evaluate("document.documentElement.style.fontSize = ''")
    assert page.locator("h1").count() == 1, path


def assert_fits(page: Page, place: str) -> None:
    hidden = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert hidden <= 0, f"{place} scrolls sideways"


def test_pages_for_everybody(open_page: OpenPage) -> None:
    page = open_page()
    for path in LOGGED_OUT:
        page.goto(path)
        assert_sound(page, path)


def test_pages_for_who_is_signed_in(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction, make_unsure: MakePrediction
) -> None:
    ids = {
        "waiting": make_prediction(alice, state="queued").pk,
        "failed": make_prediction(alice, state="failed", error="It took too long.", original_name="x" * 255).pk,
        "nothing": make_prediction(alice, label="nothing").pk,
        "read": make_prediction(alice, original_name="手話 – é.jpg").pk,
        "unsure": make_unsure(alice, {"del": 0.4, "space": 0.3, "W": 0.2}).pk,
        "perhaps": make_unsure(alice, {"nothing": 0.5, "A": 0.3, "S": 0.15}, hand=None).pk,
    }
    ApiToken.issue(owner=alice, name="W" * 80)
    page = open_page(alice)
    titles = []
    for path in SIGNED_IN:
        page.goto(path.format(**ids))
        assert_sound(page, path)
        titles.append(page.title())
    assert len(set(titles)) == len(titles) - 1  # statistics by day and by week are one page


def test_pages_with_something_to_tell(open_page: OpenPage, alice: User, tmp_path: Path) -> None:
    """Empty, wrong and refused: the states that a look at the pages alone does not show."""
    page = open_page(alice)
    page.goto("/history/")
    assert_sound(page, "empty history")
    page.goto("/predict/")
    page.set_input_files("#id_images", upload_file(tmp_path, "notes.txt", b"Dear diary"))
    assert_sound(page, "chosen file")
    page.get_by_role("button", name="Read the letters").click()
    expect(page.locator(".upload[data-state=refused]")).to_contain_text("not a picture")
    assert_sound(page, "refused upload")
    page.goto("/accounts/password/change/")
    for name in ("oldpassword", "password1", "password2"):
        page.fill(f"[name={name}]", name)
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert_sound(page, "wrong form")
    page.goto("/accounts/tokens/")
    page.fill("[name=name]", "laptop")
    page.get_by_role("button", name="Create the token").click()
    expect(page.locator(".key")).to_contain_text("asl_")
    assert_sound(page, "new token")


def test_pages_for_staff(open_page: OpenPage, bob: User) -> None:
    page = open_page(bob)
    for path in STAFF:
        page.goto(path)
        assert_sound(page, path)


def test_a_wrong_choice_is_marked_like_a_wrong_entry(open_page: OpenPage, bob: User) -> None:
    page = open_page(bob)
    page.goto("/patterns/")
    colour = "field => getComputedStyle(field).borderTopColor"
    right, choice, entry = [
        page.locator(f"#{field}").evaluate(colour)
        for field in ("open_min_confidence", "wrong_min_confidence", "wrong_since")
    ]
    assert right != choice == entry


def test_the_letter_appears_by_itself_and_is_announced(
    open_page: OpenPage, alice: User, make_prediction: MakePrediction
) -> None:
    prediction = make_prediction(alice, state="queued")
    page = open_page(alice)
    page.goto(f"/predictions/{prediction.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your picture waits for its turn")
    page.evaluate("window.sameDocument = true")
    assert prediction.claim()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your picture is being read")
    finished = make_prediction(alice)
    Prediction.objects.filter(pk=prediction.pk).update(
        state="succeeded", label="L", confidence=0.93, top=finished.top, hand=finished.hand
    )
    expect(page.get_by_role("heading", level=1)).to_contain_text("The hand sign represents:")
    expect(page.get_by_role("status").first).to_contain_text("The hand sign represents: L")
    expect(page).to_have_title("Letter L: hand.jpg · ASL Alphabet")
    assert page.evaluate("window.sameDocument")
    assert page.evaluate("document.querySelector('#result').hasAttribute('hx-get')") is False


def test_a_list_finishes_by_itself(open_page: OpenPage, alice: User, make_prediction: MakePrediction) -> None:
    prediction = make_prediction(alice, state="queued")
    page = open_page(alice)
    page.goto("/history/")
    expect(page.get_by_role("status").first).to_contain_text("1 picture on this page is still to be read")
    assert prediction.fail("It took too long.")
    expect(page.get_by_role("link", name="Could not be read")).to_be_visible()
    expect(page.locator("#history-status")).to_have_text("1 picture, newest first.")


def test_without_javascript_everything_works_too(open_page: OpenPage, alice: User, tmp_path: Path) -> None:
    page = open_page(alice, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Upload pictures").click()
    page.set_input_files("#id_images", upload_file(tmp_path, "hand.jpg", encoded()))
    page.get_by_role("button", name="Read the letters").click()
    assert Prediction.objects.get().fail("It took too long.")
    page.get_by_role("link", name="Refresh this page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This picture could not be read")
    page.locator("summary", has_text="Account").click()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_several_files_at_once_end_in_the_list_with_a_summary(open_page: OpenPage, alice: User, tmp_path: Path) -> None:
    page = open_page(alice, java_script_enabled=False)
    page.goto("/predict/")
    page.set_input_files(
        "#id_images",
        [upload_file(tmp_path, f"{number}.jpg", encoded()) for number in range(3)]
        + [upload_file(tmp_path, "notes.pdf", b"%PDF-1.7")],
    )
    page.get_by_role("button", name="Read the letters").click()
    expect(page.locator(".messages")).to_contain_text("3 pictures were accepted")
    expect(page.locator(".messages")).to_contain_text("notes.pdf")
    expect(page.locator(".row")).to_have_count(3)


def test_the_keyboard_reaches_the_content_first(open_page: OpenPage, db: None) -> None:
    page = open_page()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Create an account")


def test_the_api_page_comes_from_here_alone(open_page: OpenPage, db: None) -> None:
    page = open_page()
    page.goto("/api/v1/docs/")
    expect(page.get_by_text("Send a picture")).to_be_visible()


def upload_file(folder: Path, name: str, data: bytes) -> Any:
    path = folder / name
    path.write_bytes(data)
    return path
