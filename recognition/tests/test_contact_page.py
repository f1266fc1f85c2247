"""The contact page: a message from anybody, read by staff."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import services
from accounts.archive import account_facts
from accounts.models import User
from recognition.models import ContactMessage

LIST = "/admin/recognition/contactmessage/"


def write(client: Client, text: str = "My R is read as a U.", **fields: str) -> str:
    return client.post("/contact/", {"text": text, **fields}, follow=True).content.decode()


@pytest.fixture
def reader(bob: User) -> User:
    bob.user_permissions.add(Permission.objects.get(codename="view_contactmessage"))
    return bob


def test_every_page_leads_there(client: Client, db: None) -> None:
    assert 'href="/contact/"' in client.get("/").content.decode()


def test_who_is_signed_out_can_write(client: Client, db: None) -> None:
    assert "Your message has arrived" in write(client, email="dana@example.org")
    message = ContactMessage.objects.get()
    assert (message.sender, message.email, message.text) == (None, "dana@example.org", "My R is read as a U.")


def test_who_is_signed_in_is_known(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/contact/").content.decode()
    assert "they see that the message is yours" in page
    assert 'value="alice@example.org"' in page
    write(client, email="")
    message = ContactMessage.objects.get()
    assert (message.sender, message.email) == (alice, "")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": " "}, "This field is required."),
        ({"text": "a" * 5001}, "Ensure this value has at most 5000 characters (it has 5001)."),
        ({"text": "\x00"}, "Null characters are not allowed."),
        ({"text": "Hello", "email": "not an address"}, "Enter a valid email address."),
    ],
)
def test_what_cannot_be_a_message_is_refused_and_kept_in_the_form(
    client: Client, db: None, fields: dict[str, str], sentence: str
) -> None:
    response = client.post("/contact/", fields)
    page = response.content.decode()
    assert response.status_code == 400
    assert sentence in page
    assert 'aria-invalid="true"' in page
    assert fields["text"].strip("\x00 ") in page
    assert not ContactMessage.objects.exists()


def test_a_program_that_fills_in_everything_is_thanked_and_forgotten(client: Client, db: None) -> None:
    assert "Your message has arrived" in write(client, website="https://spam.example/")
    assert not ContactMessage.objects.exists()


def test_a_double_click_is_one_message(client: Client, db: None) -> None:
    for text in ("Hello", "Hello", "Hello again"):
        write(client, text)
    assert ContactMessage.objects.count() == 2


def test_nobody_floods_the_staff(client: Client, db: None) -> None:
    for number in range(20):
        write(client, f"Message {number}")
    assert client.post("/contact/", {"text": "One more"}).status_code == 429
    assert ContactMessage.objects.count() == 20


def test_staff_read_it_and_change_no_word(client: Client, reader: User) -> None:
    write(client, "<script>alert(1)</script>\nSecond line", email="dana@example.org")
    client.force_login(reader)
    page = client.get(LIST).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Second line" not in page
    message = ContactMessage.objects.get()
    page = client.get(f"{LIST}{message.pk}/change/").content.decode()
    assert "Second line" in page
    assert 'name="_save"' not in page
    assert client.post(f"{LIST}{message.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_others_do_not(client: Client, bob: User, charlie: User, db: None) -> None:
    client.force_login(bob)  # staff without this permission
    assert client.get(LIST).status_code == 403
    client.force_login(charlie)
    assert client.get(LIST).status_code == 302


def test_what_was_handled_is_marked_filtered_and_logged(client: Client, admin: User) -> None:
    for text in ("First", "Second"):
        write(client, text)
    client.force_login(admin)
    first = ContactMessage.objects.get(text="First")
    data = {"action": "mark_handled", "_selected_action": [str(first.pk)]}
    assert "1 marked as handled." in client.post(LIST, data, follow=True).content.decode()
    page = client.get(f"{LIST}?state=open").content.decode()
    assert "Second" in page
    assert "First" not in page
    assert LogEntry.objects.get().object_id == str(first.pk)
    assert "0 marked as handled." in client.post(LIST, data, follow=True).content.decode()


def test_who_may_only_look_is_offered_no_action(client: Client, reader: User) -> None:
    write(client)
    client.force_login(reader)
    assert "mark_handled" not in client.get(LIST).content.decode()
    message = ContactMessage.objects.get()
    client.post(LIST, {"action": "mark_handled", "_selected_action": [str(message.pk)]})
    assert ContactMessage.objects.open().count() == 1


@pytest.mark.parametrize("rows", [1, 50])
def test_the_list_takes_the_same_few_queries_however_long_it_is(
    client: Client, admin: User, django_assert_max_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    ContactMessage.objects.bulk_create(ContactMessage(sender=admin, text="Hello") for _ in range(rows))
    client.force_login(admin)
    client.get(LIST)
    with django_assert_max_num_queries(8):
        client.get(LIST)


def test_ones_messages_are_part_of_ones_data_and_go_with_the_account(client: Client, alice: User) -> None:
    client.force_login(alice)
    write(client)
    assert [message["text"] for message in account_facts(alice)["messages_to_the_site"]] == ["My R is read as a U."]
    services.delete_account(user=alice)
    assert not ContactMessage.objects.exists()
