"""About, user guide, model card: words for everybody, signed in or not."""

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from recognition.documents import read_document, render_document
from recognition.models import ModelVersion
from recognition.tests.conftest import active_model
from recognition.views.about import USER_GUIDE


@pytest.mark.parametrize("path", ["/about/", "/about/model/", "/guide/"])
def test_they_are_open_to_everybody_and_linked(client: Client, db: None, path: str) -> None:
    page = client.get(path).content.decode()
    assert page.count("<h1") == 1
    assert f'href="{path}"' in client.get("/").content.decode() + client.get("/about/").content.decode()


def test_about_says_what_it_is_not_and_what_happens_to_pictures(client: Client, db: None) -> None:
    page = " ".join(client.get("/about/").content.decode().split())
    assert "It does not translate sign language." in page
    assert "had back for 10 minutes" in page
    assert "sent to nobody" in page


def test_every_link_of_these_pages_leads_somewhere(client: Client, db: None) -> None:
    for path in ("/about/", "/about/model/", "/guide/", "/contact/"):
        page = client.get(path).content.decode()
        for address in set(re.findall(r'href="(/[^"#]*)', page)) - set(re.findall(r'href="(/static[^"]*)', page)):
            assert client.get(address).status_code in (200, 302), address
        ids = set(re.findall(r'id="([^"]+)"', page))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def test_the_guide_is_the_document_of_the_repository(client: Client, db: None) -> None:
    page = client.get("/guide/").content.decode()
    for heading in re.findall(r"(?m)^## (.+)$", USER_GUIDE.read_text()):
        assert f">{heading}</h2>" in page
        assert page.count(f">{heading}</a>") == 1  # in the contents


def test_the_card_is_that_of_the_model_that_answers(client: Client, db: None) -> None:
    assert "has no card" in client.get("/about/model/").content.decode()
    model = active_model()
    ModelVersion.objects.filter(pk=model.pk).update(card="# Card of one\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    page = client.get("/about/model/").content.decode()
    assert "<td>2</td>" in page
    assert model.name in page
    assert model.name not in client.get("/about/").content.decode()  # a name for machines


def test_about_gives_the_figures_of_the_model_that_answers_and_no_others(client: Client, db: None) -> None:
    assert "It was right about" not in client.get("/about/").content.decode()
    figures = {"accuracy_mean_over_sessions": 0.9204, "accuracy_of_worst_session": 0.7962}
    ModelVersion.objects.filter(pk=active_model().pk).update(metrics=figures)
    page = words_of_about(client)
    assert "It was right about <strong>92 %</strong> of a person’s pictures on average, and about 80 %" in page
    assert "by the points alone" not in page
    ModelVersion.objects.update(metrics={**figures, "judged_together": {"both": 0.9233}})
    assert "by the points alone" in words_of_about(client)


def words_of_about(client: Client) -> str:
    return " ".join(client.get("/about/").content.decode().replace("\u00a0", " ").split())


def test_a_document_leads_nowhere_that_the_site_does_not_serve() -> None:
    document = render_document("[the protocol](../docs/evaluation.md), [below](#data), [there](https://example.org/)")
    assert "the protocol" in document.body
    assert re.findall(r'href="([^"]*)"', document.body) == ["#data", "https://example.org/"]


def test_markup_within_a_document_is_text() -> None:
    document = render_document('# A <b>b</b>\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n## C "d"\n')
    assert "<script>" not in document.body
    assert 'href="javascript' not in document.body
    assert document.contents == [("c-d", 'C "d"')]


def test_columns_without_a_heading_have_none() -> None:
    body = render_document("| | |\n|---|---|\n| 1 | 2 |\n\n| | b |\n|---|---|\n| 3 | 4 |\n").body
    assert "<th></th>" not in body
    assert body.count("<thead>") == 1
    assert "<th>b</th>" in body
    assert [body.count(f"<td>{cell}</td>") for cell in (1, 2, 3, 4)] == [1, 1, 1, 1]


def test_a_document_that_changed_is_read_again(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "words.md"
    path.write_text("# One")
    assert read_document(path).title == "One"
    path.write_text("# Another")
    assert read_document(path).title == "Another"
