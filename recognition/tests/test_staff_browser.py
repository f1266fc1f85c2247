"""The API's reference and the admin's own pages in a browser."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.models import Correction, ModelVersion
from recognition.tests.conftest import MakePrediction, encoded

CARD = "# A card\n\nNames the letter.\n\n## Data\n\n| source | photos |\n|---|---|\n| one | 12 |\n\n- short\n"
METRICS = {"accuracy_mean_over_sessions": 0.913, "sessions": {"kept_1": {"photos": 12, "accuracy": 0.75}}}


_DJANGOS_OWN = "label-title-only"  # its search field has a label, which is an icon


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
        wrong = [
            f"{item['id']}: {node['html']}" for item in found for node in item["nodes"] if item["id"] != _DJANGOS_OWN
        ]
        assert wrong == [], address
