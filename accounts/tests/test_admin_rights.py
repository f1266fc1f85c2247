"""Staff with rights over accounts cannot raise themselves or take over an administrator."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import User


@pytest.fixture
def staff(client: Client, bob: User) -> Client:
    """Bob with every right over addresses, second factors and groups that Django can give."""
    models = ["emailaddress", "authenticator", "group"]
    bob.user_permissions.add(*Permission.objects.filter(content_type__model__in=models))
    client.force_login(bob)
    return client


def test_nobody_gives_an_administrator_another_address(staff: Client, admin: User) -> None:
    fields = {"user": admin.pk, "email": "evil@example.org", "verified": "on", "primary": "on"}
    assert staff.post("/admin/account/emailaddress/add/", fields).status_code == 403
    assert not EmailAddress.objects.filter(email="evil@example.org").exists()


def test_addresses_are_not_verified_by_staff(staff: Client, alice: User) -> None:
    address = EmailAddress.objects.create(user=alice, email="victim@example.org", verified=False)
    staff.post("/admin/account/emailaddress/", {"action": "make_verified", "_selected_action": [address.pk]})
    address.refresh_from_db()
    assert not address.verified


def test_addresses_are_listed(staff: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="alice@example.org", verified=True)
    page = staff.get("/admin/account/emailaddress/").content.decode()
    assert "alice@example.org" in page
    assert "Add email address" not in page


@pytest.mark.parametrize(("name", "left"), [("admin", 1), ("alice", 0)])
def test_an_administrators_second_factor_is_not_taken_away_by_staff(
    staff: Client, admin: User, alice: User, name: str, left: int
) -> None:
    owner = {"admin": admin, "alice": alice}[name]
    factor = Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={})
    staff.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert Authenticator.objects.count() == left


def test_nor_among_others(staff: Client, admin: User, alice: User) -> None:
    for owner in (admin, alice):
        Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={})
    chosen = list(Authenticator.objects.values_list("pk", flat=True))
    fields = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    staff.post("/admin/mfa/authenticator/", fields)
    assert Authenticator.objects.filter(user=admin).exists()


def test_groups_are_made_and_changed_by_administrators_alone(staff: Client, bob: User) -> None:
    own = Group.objects.create(name="reviewers")
    bob.groups.add(own)
    rights = [Permission.objects.get(codename="delete_user").pk]
    staff.post(f"/admin/auth/group/{own.pk}/change/", {"name": "reviewers", "permissions": rights})
    assert not own.permissions.exists()
    assert staff.post("/admin/auth/group/add/", {"name": "rulers", "permissions": rights}).status_code == 403


def test_administrators_make_groups(client: Client, admin: User) -> None:
    client.force_login(admin)
    client.post("/admin/auth/group/add/", {"name": "reviewers"})
    assert Group.objects.filter(name="reviewers").exists()
