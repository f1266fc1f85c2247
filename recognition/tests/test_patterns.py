"""The patterns page, for who builds: each component in each state."""

import re

from django.test import Client

from accounts.models import User


def test_the_filter_is_there_closed_open_and_with_errors(client: Client, bob: User) -> None:
    client.force_login(bob)
    page = client.get("/patterns/").content.decode()
    filters = re.findall(r'<details class="filter" (open)?>(.*?)</details>', page, re.DOTALL)
    assert [is_open for is_open, _fields in filters] == ["", "open", "open"]
    assert ["A day is written like" in fields for _is_open, fields in filters] == [False, False, True]


def test_the_statistics_are_there_of_no_of_few_and_of_many_pictures(client: Client, bob: User) -> None:
    client.force_login(bob)
    addresses = re.findall(r'href="(/patterns/statistics/[^"]+)"', client.get("/patterns/").content.decode())
    empty, few, many = [client.get(address).content.decode() for address in addresses]
    assert "Nothing to count yet" in empty
    assert "So few say little yet." in few
    assert (few.count("chart__block--"), many.count("chart__block--")) == (3, 72)


def test_they_are_for_who_builds_alone(client: Client, charlie: User) -> None:
    client.force_login(charlie)
    assert client.get("/patterns/statistics/few/").status_code == 404
