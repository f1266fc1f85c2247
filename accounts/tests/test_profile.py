"""The profile: name, hand, appearance, consent."""

import re

import pytest
from django.test import Client

from accounts import consents
from accounts.consents import ConsentText
from accounts.models import Consent, User

PROFILE = "/accounts/"


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def save(client: Client, **fields: str) -> str:
    """The page that comes after the form was sent."""
    data = {"display_name": "", "signing_hand": "", "appearance": "system", **fields}
    return client.post(PROFILE, data, follow=True).content.decode()


def html_tag(page: str) -> str:
    tag = re.search("<html[^>]*>", page)
    assert tag is not None
    return tag[0]


def test_a_stranger_is_led_to_the_log_in(db: None) -> None:
    assert Client().get(PROFILE).headers["Location"] == "/accounts/login/?next=/accounts/"


def test_the_chosen_name_is_what_the_site_calls_one(client: Client) -> None:
    assert "Signed in as <strong>alice</strong>" in client.get("/").content.decode()
    page = save(client, display_name="  Alice 手話 O’Neill 👩‍🦰 ", signing_hand="left")
    assert "Your profile is saved." in page
    assert "Signed in as <strong>Alice 手話 O’Neill 👩‍🦰</strong>" in page
    assert '<option value="left" selected>Left</option>' in page


def test_the_chosen_name_greets_one_after_the_log_in(client: Client) -> None:
    save(client, display_name="Alice O’Neill")
    login = {"login": "alice", "password": "alice-password"}
    page = Client().post("/accounts/login/", login, follow=True).content.decode()
    assert "Successfully signed in as Alice O’Neill." in page


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a" * 10_000, "Ensure this value has at most 60 characters (it has 10000)."),
        ("Al\x07ice", "characters that cannot be seen"),
        ("Alice\r\nBcc: all", "characters that cannot be seen"),
        ("\u202eecila", "characters that cannot be seen"),
        ("Alice\x00", "Null characters are not allowed."),
    ],
)
def test_a_name_that_is_none_is_refused_with_a_sentence(client: Client, alice: User, name: str, sentence: str) -> None:
    response = client.post(PROFILE, {"display_name": name, "appearance": "dark"})
    page = response.content.decode()
    assert response.status_code == 400
    assert sentence in page
    assert 'aria-invalid="true"' in page
    assert "Signed in as <strong>alice</strong>" in page
    assert 'data-appearance="system"' in html_tag(page)
    alice.refresh_from_db()
    assert (alice.display_name, alice.appearance) == ("", "system")


def test_markup_in_a_name_is_text(client: Client) -> None:
    assert "<script>alert" not in save(client, display_name="<script>alert(1)</script>")


def test_the_appearance_is_said_by_an_attribute_of_every_page(client: Client) -> None:
    assert 'data-appearance="system"' in html_tag(client.get("/").content.decode())
    save(client, appearance="dark")
    for path in ("/", "/history/", "/accounts/logout/", "/nowhere/"):
        assert 'data-appearance="dark"' in html_tag(client.get(path).content.decode())
    assert 'data-appearance="system"' in html_tag(Client().get("/").content.decode())


def test_an_unknown_appearance_is_refused(client: Client) -> None:
    assert "is not one of the available choices" in save(client, appearance="plaid")


def test_nobody_agrees_to_training_unasked(client: Client, alice: User) -> None:
    assert not alice.allows_training
    page = client.get(PROFILE).content.decode()
    assert "You have not agreed" in page
    assert consents.TRAINING.text in page


def test_a_yes_is_kept_with_wording_and_time_and_can_be_taken_back(client: Client, alice: User) -> None:
    answer = {"answer": "yes", "text_version": consents.TRAINING.version}
    for _ in range(2):  # a double click
        page = client.post("/accounts/consent/", answer, follow=True).content.decode()
    assert "You agreed" in page
    consent = Consent.objects.get()
    assert (consent.person, consent.text_version) == (alice, consents.TRAINING.version)
    assert f'datetime="{consent.given_at:%Y-%m-%dT%H:%M:%S}' in page
    assert alice.allows_training
    page = client.post("/accounts/consent/", {"answer": "no"}, follow=True).content.decode()
    assert "You have not agreed" in page
    assert "taken back on" in page
    assert not alice.allows_training
    client.post("/accounts/consent/", answer)
    assert alice.allows_training
    assert alice.consents.count() == 2  # the first one stays on record


def test_a_new_wording_has_to_be_agreed_to_anew(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    old = consents.TRAINING.version
    Consent.give(person=alice)
    new = ConsentText(version="2027-01-01", text="Something else.")
    monkeypatch.setattr("accounts.models.TRAINING", new)
    monkeypatch.setattr("accounts.profile.TRAINING", new)
    assert not alice.allows_training
    page = client.post("/accounts/consent/", {"answer": "yes", "text_version": old}, follow=True).content.decode()
    assert "The wording has changed" in page
    assert not alice.allows_training


@pytest.mark.parametrize("path", ["consent/", "data/", "tokens/new/"])
def test_a_link_alone_changes_nothing(client: Client, path: str) -> None:
    """Who had to sign in first comes back by GET."""
    assert client.get(f"/accounts/{path}").status_code == 302
    assert not Consent.objects.exists()
