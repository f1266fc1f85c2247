"""Forgotten passwords and addresses: with a mail server, without one, and with one that is away."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User

RESET = "/accounts/password/reset/"
NEW_PASSWORD = "a-hand-shape-or-two"


@pytest.fixture
def mail_server(settings: Settings) -> None:
    settings.MAIL_IS_SENT = True


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"http://[^/\s]+(/\S+)", str(mail.body))
    assert found is not None, mail.body
    return found[1]


@pytest.mark.parametrize(
    "path", [RESET, "/accounts/email/", "/accounts/confirm-email/", "/accounts/confirm-email/x:y/"]
)
def test_without_a_mail_server_the_page_says_so(client: Client, alice: User, path: str) -> None:
    for _ in range(2):
        page = client.get(path).content.decode()
        assert "No mail is sent here" in page
        assert "sk whoever runs this site</a>" in page
        client.force_login(alice)


def test_without_a_mail_server_nothing_is_sent(client: Client, alice: User, mailoutbox: list[EmailMessage]) -> None:
    client.post(RESET, {"email": alice.email})
    client.login(username="alice", password="alice-password")
    client.post("/accounts/password/change/", passwords(oldpassword="alice-password"))
    assert mailoutbox == []


def test_who_signs_up_with_an_address_where_no_mail_is_sent_does_not_count_on_it(
    client: Client, db: None, settings: Settings
) -> None:
    page = client.get("/accounts/signup/").content.decode()
    assert "This site sends no mail: it cannot be used to get a new password." in page
    settings.MAIL_IS_SENT = True
    assert "sends no mail" not in client.get("/accounts/signup/").content.decode()


def test_without_a_mail_server_the_account_page_offers_no_change_of_address(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/accounts/").content.decode()
    assert "alice@example.org" in page
    assert "This site sends no mail" in page
    assert "/accounts/email/" not in page


@pytest.mark.usefixtures("mail_server")
class TestWithAMailServer:
    def test_a_forgotten_password_is_set_anew_by_a_mailed_link(
        self, client: Client, alice: User, mailoutbox: list[EmailMessage]
    ) -> None:
        assert RESET in client.get("/accounts/login/").content.decode()
        page = client.post(RESET, {"email": "alice@example.org"}, follow=True).content.decode()
        assert "We have sent you an email" in page
        (mail,) = mailoutbox
        assert mail.to == ["alice@example.org"]
        assert mail.subject.startswith("ASL Alphabet: ")
        assert str(mail.body).startswith("Hello from ASL Alphabet!")
        link = link_in(mail)
        form = client.get(link, follow=True)
        assert form.status_code == 200
        done = client.post(form.redirect_chain[-1][0], passwords(), follow=True)
        assert done.redirect_chain[-1][0] == "/accounts/login/"
        assert "Password successfully changed." in done.content.decode()
        assert client.login(username="alice", password=NEW_PASSWORD)
        assert_broken(Client().get(link), "Send another link")  # it works once

    @pytest.mark.parametrize("path", ["key/1-wrong/", "key/zzzz-0-0/", "key/1-set-password/"])
    def test_a_wrong_link_is_told(self, client: Client, alice: User, path: str) -> None:
        for answer in (client.get(RESET + path), client.post(RESET + path, passwords())):
            assert_broken(answer, "Send another link")
        assert client.login(username="alice", password="alice-password")

    def test_who_asks_learns_nothing_about_others(
        self, client: Client, alice: User, mailoutbox: list[EmailMessage]
    ) -> None:
        answers = [client.post(RESET, {"email": email}) for email in ("alice@example.org", "nobody@example.org")]
        assert len({(answer.status_code, answer.headers["Location"]) for answer in answers}) == 1

    def test_an_address_is_added_by_a_mailed_link(
        self, client: Client, alice: User, mailoutbox: list[EmailMessage]
    ) -> None:
        sign_in(client)
        page = client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"}, follow=True)
        assert "Unverified" in page.content.decode()
        link = link_in(mailoutbox[-1])
        assert "Please confirm that" in client.get(link).content.decode()
        assert not EmailAddress.objects.get(email="new@example.org").verified  # a mail scanner only looks
        client.post(link)
        assert EmailAddress.objects.get(email="new@example.org").verified
        assert_broken(client.get(link), "Your email addresses")
        client.post("/accounts/email/", {"action_primary": "", "email": "new@example.org"})
        alice.refresh_from_db()
        assert alice.email == "new@example.org"

    def test_a_wrong_confirmation_is_told(self, client: Client, db: None) -> None:
        for ask in (client.get, client.post):
            assert_broken(ask("/accounts/confirm-email/nonsense/"), "Your email addresses")

    @pytest.mark.parametrize("fate", ["too old", "of a deleted account"])
    def test_links_that_outlived_their_purpose(
        self, client: Client, alice: User, settings: Settings, mailoutbox: list[EmailMessage], fate: str
    ) -> None:
        client.post(RESET, {"email": "alice@example.org"})
        sign_in(client)
        client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
        if fate == "too old":
            settings.PASSWORD_RESET_TIMEOUT = settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = -1
        else:
            alice.delete()
        for mail, remedy in zip(mailoutbox, ("Send another link", "Your email addresses"), strict=True):
            assert_broken(Client().get(link_in(mail)), remedy)

    def test_an_address_that_somebody_else_has_confirmed_meanwhile(
        self, client: Client, alice: User, charlie: User, mailoutbox: list[EmailMessage]
    ) -> None:
        sign_in(client)
        client.post("/accounts/email/", {"action_add": "", "email": "shared@example.org"})
        EmailAddress.objects.create(user=charlie, email="shared@example.org", verified=True)
        answer = client.get(link_in(mailoutbox[-1]))
        assert answer.status_code == 409
        assert "already confirmed by a different account" in answer.content.decode()

    def test_a_changed_password_is_told_by_mail(
        self, client: Client, alice: User, settings: Settings, mailoutbox: list[EmailMessage]
    ) -> None:
        settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
        sign_in(client)
        client.post("/accounts/password/change/", passwords(oldpassword="alice-password"))
        assert "Your password has been changed" in str(mailoutbox[-1].body)
        assert re.search(r"- Date: \d+ \w+ \d{4}, \d\d:\d\d\sUTC", str(mailoutbox[-1].body))

    def test_a_mail_server_that_is_away_is_told(
        self, client: Client, alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*args: Any, **kwargs: Any) -> int:
            raise ConnectionRefusedError

        monkeypatch.setattr(EmailMessage, "send", refuse)
        response = client.post(RESET, {"email": "alice@example.org"})
        assert response.status_code == 503
        assert "The mail could not be sent" in response.content.decode()
        settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
        sign_in(client)
        assert client.post("/accounts/password/change/", passwords(oldpassword="alice-password")).status_code == 302
        assert client.login(username="alice", password=NEW_PASSWORD)

    def test_the_old_address_hears_of_the_new_one_once(
        self, client: Client, alice: User, settings: Settings, mailoutbox: list[EmailMessage]
    ) -> None:
        settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
        for email, primary in (("alice@example.org", True), ("new@example.org", False)):
            EmailAddress.objects.create(user=alice, email=email, primary=primary, verified=True)
        sign_in(client)
        for _ in range(2):
            client.post("/accounts/email/", {"action_primary": "", "email": "new@example.org"})
        (mail,) = mailoutbox
        assert mail.to == ["alice@example.org"]
        assert "from alice@example.org to new@example.org" in str(mail.body)
        page = client.post("/accounts/email/", {"action_remove": "", "email": "new@example.org"}, follow=True)
        assert "You cannot remove your primary email address" in page.content.decode()

    def test_without_an_address_nobody_is_told_to_look_for_a_mail(
        self, client: Client, db: None, settings: Settings
    ) -> None:
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        User.objects.create_user("dana", "", "dana-password")
        answer = client.post("/accounts/login/", {"login": "dana", "password": "dana-password"})
        assert answer.status_code == 403
        assert "Your account has no email address" in answer.content.decode()
        assert client.get("/history/").status_code == 302

    def test_verification_can_be_made_a_condition(
        self, client: Client, db: None, settings: Settings, mailoutbox: list[EmailMessage]
    ) -> None:
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
        data = {"username": "dana", **passwords()}
        assert client.post("/accounts/signup/", data).status_code == 200  # without an address
        response = client.post("/accounts/signup/", {**data, "email": "dana@example.org"}, follow=True)
        assert "Verify your email address" in response.content.decode()
        assert client.get("/history/").status_code == 302
        client.post(link_in(mailoutbox[-1]))
        client.post("/accounts/login/", {"login": "dana", "password": NEW_PASSWORD})
        assert client.get("/history/").status_code == 200


def assert_broken(answer: Any, remedy: str) -> None:
    assert answer.status_code == 410
    assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert "This link no longer works" in page
    assert f"{remedy}</a>" in page


def passwords(**others: str) -> dict[str, str]:
    return {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, **others}


def sign_in(client: Client) -> None:
    """With the password asked again, as whoever changes an address meets it."""
    client.login(username="alice", password="alice-password")
    client.post("/accounts/reauthenticate/", {"password": "alice-password"})
