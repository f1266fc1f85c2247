"""The bench: versions in an order, class by class, and their reports; for staff alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from recognition.bench import COLUMNS, compare, rows
from recognition.models import ModelVersion

pytestmark = pytest.mark.django_db

FUSION = {
    "accuracy_mean_over_sessions": 0.9223,
    "calibration_error": 0.018,
    "classes": {"A": 0.9, "B": 0.5},
    "most_confused": [{"true": "J", "given": "I", "share": 0.15, "photos": 8}],
    "data": {"sha256": "0123456789ab", "photos": 24243},
}
CNN = {
    "accuracy_in_room": 0.9861,
    "accuracy_unseen": 0.081,
    "calibration_error": 0.3,
    "milliseconds": 1.26,
    "size_bytes": 2_750_000,
    "classes": {"A": 0.99},
    "classes_unseen": {"A": 0.25, "B": 0.5},
    "most_confused": [
        {"true": "J", "given": "I", "share": 0.4, "photos": 9},
        {"true": "S", "given": "A", "share": 0.2, "photos": 3},
    ],
    "data": {"name": "kaggle64", "photos": 20300},
}


def make(name: str, metrics: dict[str, Any], directory: Path | str = "/nowhere", **fields: Any) -> ModelVersion:
    return ModelVersion.objects.create(
        name=name, family=name, fingerprint=name, metrics=metrics, directory=str(directory), **fields
    )


@pytest.fixture
def versions() -> list[ModelVersion]:
    return [make("fusion", FUSION, state="active"), make("cnn", CNN), make("bare", {})]


@pytest.fixture
def client(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


def words_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode().partition("<main")[2]).split())


def test_each_version_is_told_with_what_was_measured(client: Client, versions: list[ModelVersion]) -> None:
    words = words_of(client, "/bench/")
    assert "Active · no report fusion SHA-256 01234567, 24,243 photos" in words
    assert "– not measured 0.922 0.018 – not measured – not measured" in words
    assert "0.986 0.081 0.300 1.3 2.8 MB" in words
    assert "kaggle64, 20,300 photos" in words


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("", ["bare", "cnn", "fusion"]),
        ("nonsense", ["bare", "cnn", "fusion"]),
        ("added", ["fusion", "cnn", "bare"]),
        ("name", ["bare", "cnn", "fusion"]),
        ("unseen", ["cnn", "fusion", "bare"]),
        ("-unseen", ["fusion", "cnn", "bare"]),
        ("-size_bytes", ["cnn", "bare", "fusion"]),
    ],
)
def test_they_are_sorted_by_any_column_and_what_was_not_measured_comes_last(
    client: Client, versions: list[ModelVersion], order: str, names: list[str]
) -> None:
    page = client.get("/bench/", {"sort": order}).content.decode()
    assert re.findall(r"Compare (\w+)</span>", page) == names


def test_the_heading_of_the_column_says_how_it_is_sorted_and_turns_it_round(
    client: Client, versions: list[ModelVersion]
) -> None:
    page = client.get("/bench/?sort=-unseen").content.decode()
    assert re.search(r'aria-sort="descending">\s*<a href="\?sort=unseen">Accuracy on unseen signers</a>', page)
    assert page.count("aria-sort") == 1
    for column in COLUMNS:
        assert client.get(f"/bench/?sort={column.key}").status_code == 200


def test_figures_that_are_none_are_not_measured(client: Client) -> None:
    make(
        "broken", {"calibration_error": "low", "size_bytes": None, "classes": [1], "most_confused": {"x": 1}, "data": 3}
    )
    make("odd", {"accuracy_unseen": True, "most_confused": [1, {"true": "Ä", "given": "A", "share": 1}]})
    assert all(value is None for row in rows() for _, value in row.figures)
    comparison = compare(list(ModelVersion.objects.all()))
    assert (comparison.confusions, comparison.judged_on) == ([], ["", ""])


@pytest.mark.parametrize("count", [1, 12])
def test_it_takes_few_queries_however_many_there_are(
    client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make(f"v{number}", CNN)
    with django_assert_num_queries(5):  # session, person, their rights twice, versions
        client.get("/bench/")


def test_versions_are_compared_class_by_class_on_unseen_signers_where_both_can_be(
    client: Client, versions: list[ModelVersion]
) -> None:
    fusion, cnn, _ = versions
    words = words_of(client, f"/bench/compare/?version={fusion.pk}&version={cnn.pk}")
    assert "fusion on unseen signers cnn on unseen signers A 0.900 0.250 −0.650 B 0.500 0.500 +0.000 C" in words
    assert "J as I 0.150 0.400 +0.250 S as A – not measured 0.200" in words
    assert "Accuracy on unseen signers 0.922 0.081 −0.841" in words
    assert "Measured on different people" not in words


def test_classes_of_a_room_and_of_unseen_signers_do_not_compare_and_the_page_says_so(client: Client) -> None:
    room = make("room", {"accuracy_in_room": 0.99, "classes": {"A": 0.99}})
    fusion = make("fusion", FUSION)
    words = words_of(client, f"/bench/compare/?version={room.pk}&version={fusion.pk}")
    assert "Measured on different people" in words
    assert "room on the room fusion on unseen signers" in words


@pytest.mark.parametrize("asked", [[], [0], [0, 0], ["x", 0], ["9" * 30, 0]])
def test_fewer_than_two_are_not_compared(client: Client, versions: list[ModelVersion], asked: list[Any]) -> None:
    picked = [versions[one].pk if isinstance(one, int) else one for one in asked]
    response = client.get("/bench/compare/", {"version": picked}, follow=True)
    assert response.redirect_chain == [("/bench/", 302)]
    assert "Choose two to four versions to compare." in response.content.decode()


def test_one_that_does_not_exist_is_not_compared(client: Client, versions: list[ModelVersion]) -> None:
    for unknown in ("999999", "9" * 18):
        assert client.get(f"/bench/compare/?version={versions[0].pk}&version={unknown}").status_code == 404
    for unknown in ("9" * 30, "1" * 19):
        assert client.get(f"/bench/{unknown}/report.html").status_code == 404


@pytest.fixture
def reported(tmp_path: Path) -> ModelVersion:
    folder = tmp_path / "artefact"
    folder.mkdir()
    (folder / "report.html").write_text("<!doctype html><title>Report</title><style>p{}</style><p>It is good.")
    (folder / "report.json").write_text("{}")
    (folder / "artifact.json").write_text("{}")
    return make("reported", {}, folder)


def test_a_report_is_reached_from_its_row_and_can_do_nothing(client: Client, reported: ModelVersion) -> None:
    page = client.get("/bench/").content.decode()
    for kind, content_type in (("html", "text/html; charset=utf-8"), ("json", "application/json")):
        address = f"/bench/{reported.pk}/report.{kind}"
        assert f'href="{address}"' in page
        response = client.get(address)
        assert response.headers["Content-Type"] == content_type
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert "script-src" not in policy
    assert b"".join(response.streaming_content) == b"{}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["htm", "HTML", "..", "html/", "md", "tflite"])
def test_nothing_else_of_the_artefact_is_served(client: Client, reported: ModelVersion, kind: str) -> None:
    assert client.get(f"/bench/{reported.pk}/report.{kind}").status_code == 404
    assert client.get(f"/bench/{reported.pk}/artifact.json").status_code == 404


def test_a_link_in_the_artefact_is_not_followed(client: Client, reported: ModelVersion, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    report = Path(reported.directory) / "report.html"
    report.unlink()
    report.symlink_to(tmp_path / "secret")
    assert client.get(f"/bench/{reported.pk}/report.html").status_code == 404
    assert f"/bench/{reported.pk}/report.html" not in client.get("/bench/").content.decode()


@pytest.mark.parametrize("address", ["/bench/", "/bench/compare/", "/bench/{pk}/report.html"])
def test_it_is_for_staff_who_may_look_at_versions(
    client: Client, alice: User, reported: ModelVersion, address: str
) -> None:
    address = address.format(pk=reported.pk)
    client.force_login(alice)
    assert client.get(address).status_code == 403
    client.logout()
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"


def test_the_menu_and_the_administration_lead_to_it(client: Client, alice: User, versions: list[ModelVersion]) -> None:
    assert 'href="/bench/"' in client.get("/about/").content.decode()
    assert 'href="/bench/"' in client.get("/admin/recognition/modelversion/").content.decode()
    client.force_login(alice)
    assert 'href="/bench/"' not in client.get("/about/").content.decode()


def test_without_any_version_it_says_how_to_get_one(client: Client) -> None:
    assert "register_model" in words_of(client, "/bench/")
