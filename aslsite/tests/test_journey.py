"""From nothing to a stranger's letter, on real photos: in the browser with and without scripts, by curl, in a shell."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from aslsite.tests.running import ROOT, Run
from worker.ml.tests.photos import needs_photos, photos_of

pytestmark = needs_photos

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The site as `make run` starts it, with its own queue, workers and the shipped model."""
    run = Run(tmp_path_factory.mktemp("site"))
    run.wait_until_ready()
    yield run
    run.kill()


def photo(letter: str) -> Path:
    return photos_of("mariia00", letter, 3)[1]


def sign_up(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("again", re.IGNORECASE)).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()


def upload(page: Page, *photos: Path) -> None:
    page.goto("/predict/")
    page.locator("#id_images").set_input_files(photos)
    page.get_by_role("button", name=re.compile("Upload|Read")).click()


@pytest.fixture
def page(chromium: Browser, site: Run, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab in which scripts run unless the test's parameter says otherwise."""
    context = chromium.new_context(
        base_url=f"http://127.0.0.1:{site.port}", java_script_enabled=getattr(request, "param", True)
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def test_a_newcomer_reads_the_letter_in_the_browser(page: Page) -> None:
    sign_up(page, "alice")
    upload(page, photo("W"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("W")  # the page updates itself
    expect(page.locator("svg polyline, svg path, svg line").first).to_be_visible()
    page.get_by_role("link", name="Your history").click()
    expect(page.get_by_role("link", name=re.compile("^W"))).to_be_visible()


@pytest.mark.parametrize("page", [False], indirect=True)
def test_without_scripts_a_refresh_shows_the_letter(page: Page) -> None:
    sign_up(page, "anna")
    upload(page, photo("L"))
    refresh = page.get_by_role("link", name=re.compile("refresh", re.IGNORECASE))
    for _ in range(20):
        if not refresh.is_visible():
            break
        refresh.click()
        page.wait_for_timeout(300)
    expect(page.get_by_role("heading", level=1)).to_contain_text("L")


def test_several_pictures_and_one_that_is_none(page: Page, tmp_path: Path) -> None:
    wrong = tmp_path / "letter.jpg"
    wrong.write_bytes(b"%PDF-1.7 not a picture")
    sign_up(page, "agnes")
    upload(page, photo("Y"), wrong, photo("V"), photos_of("rooms", "nothing", 1)[0])
    expect(page.get_by_text("This is a PDF")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("3 pictures were accepted, 1 could not be taken")
    page.get_by_role("link", name="See their letters").click()
    for answer in ("^Y", "^V", "No hand was found"):
        expect(page.get_by_role("link", name=re.compile(answer))).to_be_visible()


class Curl:
    """The command line of somebody who has curl and a cookie jar."""

    def __init__(self, site: Run, jar: Path) -> None:
        self.site = site
        self.jar = jar

    def __call__(self, path: str, *arguments: str) -> str:
        url = f"http://127.0.0.1:{self.site.port}{path}"
        options = ["--silent", "--show-error", "--max-time", "30", "-b", str(self.jar), "-c", str(self.jar)]
        command = ["curl", *options, *arguments, url]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def submit(self, page: str, action: str, **fields: str) -> str:
        secret = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self(page))
        assert secret
        fields["csrfmiddlewaretoken"] = secret[1]
        pairs = [word for name, value in fields.items() for word in ("--data-urlencode", f"{name}={value}")]
        return self(action, "--location", *pairs)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_same_by_curl(site: Run, tmp_path: Path) -> None:
    curl = Curl(site, tmp_path / "cookies")
    curl.submit("/accounts/signup/", "/accounts/signup/", username="abel", password1=PASSWORD, password2=PASSWORD)
    page = curl.submit("/accounts/tokens/", "/accounts/tokens/new/", name="curl")
    key = re.search(r">(asl_[\w-]+)<", page)
    assert key
    header = f"Authorization: Bearer {key[1]}"
    sent = curl("/api/v1/predictions/", "-H", header, "-H", "Prefer: wait=15", "-F", f"image=@{photo('B')}")
    answer = json.loads(sent)
    assert (answer["state"], answer["label"]) == ("succeeded", "B")
    assert len(answer["top"]) == 5
    assert len(answer["hand"]["landmarks"]) == 21
    listed = json.loads(curl("/api/v1/predictions/", "-H", header))
    assert [row["id"] for row in listed["results"]] == [answer["id"]]


def test_a_shell_reads_a_folder_without_web_queue_or_database(tmp_path: Path) -> None:
    for letter in "BWY":
        shutil.copy(photo(letter), tmp_path / f"{letter}.jpg")
    nowhere = {
        "DJANGO_SETTINGS_MODULE": "aslsite.settings",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    run = subprocess.run(
        [sys.executable, "manage.py", "classify", str(tmp_path), "--format", "jsonl"],
        cwd=ROOT,
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(Path(line["path"]).name, line["label"]) for line in lines] == [
        ("B.jpg", "B"),
        ("W.jpg", "W"),
        ("Y.jpg", "Y"),
    ]
    assert set(lines[0]) == {
        "path", "label", "confidence", "is_unsure", "contenders", "top", "hand", "milliseconds", "error",
    }  # fmt: skip
