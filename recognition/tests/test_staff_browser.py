"""The API's reference and the admin's own pages in a browser."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.models import Correction, ModelVersion
from recognition.tests.conftest import MakePrediction, encoded
from recognition.tests.test_browser import assert_fits

CARD = "# A card\n\nNames the letter.\n\n## Data\n\n| source | photos |\n|---|---|\n| one | 12 |\n\n- short\n"
METRICS = {"accuracy_mean_over_sessions": 0.913, "sessions": {"kept_1": {"photos": 12, "accuracy": 0.75}}}


def test_swagger_is_drawn_from_our_own_origin(db: None, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/api/v1/docs/")
    page.get_by_text("/api/v1/tokens/").first.wait_for()


def test_redoc_is_drawn_from_our_own_origin(db: None, chromium: Browser, live_server: Any) -> None:
    """It would show its maker's mark from elsewhere: the one thing that our policy stops."""
    page = chromium.new_page()
    answered, complaints = [], []
    page.on("response", lambda response: answered.append(response.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{live_server.url}/api/v1/redoc/")
    page.get_by_role("heading", name="Correct or confirm a prediction").first.wait_for(state="attached")
    page.close()
    assert [url for url in answered if not url.startswith((live_server.url, "data:", "blob:"))] == []
    assert [text for text in complaints if "logo-mini.svg" not in text] == []


def test_staff_pages_are_sound_to_axe(
    alice: User, bob: User, make_prediction: MakePrediction, open_page: OpenPage
) -> None:
    prediction = make_prediction(alice)
    prediction.keep_thumbnail(encoded("WEBP"))
    Correction.objects.create(prediction=prediction, label="A", by=alice)
    make_prediction(alice, state="queued")
    version = ModelVersion.objects.create(name="m", family="landmarks", card=CARD, metrics=METRICS)
    page = open_page(bob, bypass_csp=True)  # axe-core lays styles on what it measures
    for address in (
        "recognition/prediction/queue/",
        "recognition/prediction/",
        f"recognition/prediction/{prediction.pk}/change/",
        f"recognition/modelversion/{version.pk}/change/",
        "accounts/user/",
    ):
        page.goto(f"/admin/{address}")
        found = Axe().run(page).response["violations"]
        wrong = [f"{item['id']}: {node['html']}" for item in found for node in item["nodes"]]
        assert wrong == [], address


def test_a_telephone_shows_the_admins_lists_whole_by_keyboard_too(
    alice: User, bob: User, make_prediction: MakePrediction, open_page: OpenPage
) -> None:
    make_prediction(alice)
    page = open_page(bob, viewport={"width": 320, "height": 800})
    for address in ("recognition/prediction/?q=hand", "accounts/user/", "recognition/prediction/queue/"):
        page.goto(f"/admin/{address}")
        assert_fits(page, address)
    page.goto("/admin/recognition/prediction/")
    page.get_by_label("Search for").fill("hand")
    expect(page.get_by_text("Scroll the list sideways")).to_be_visible()
    listed = page.get_by_role("region", name="Predictions")
    listed.focus()
    page.keyboard.press("ArrowRight")
    expect(listed).not_to_have_js_property("scrollLeft", 0)


def test_no_heading_of_the_admin_stands_twice(admin: User, open_page: OpenPage) -> None:
    page = open_page(admin)
    page.goto("/admin/")
    headings = page.locator("#content-main caption").all_inner_texts()
    assert len(headings) == len(set(headings)) > 3
