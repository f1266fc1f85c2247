"""Documents in Markdown as pages: the same words in the site and in the repository."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True)
class Document:
    """``body`` is HTML without the title; ``contents`` are the ids and words of its second-level headings."""

    title: str
    contents: list[tuple[str, str]]
    body: SafeString


def read_document(path: Path) -> Document:
    """The document of a file of ours, read again when the file has changed."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> Document:
    return render_document(path.read_text())


@lru_cache(maxsize=8)
def render_document(markdown: str) -> Document:
    """HTML within the Markdown is shown as text, and so are links to files beside it, which the site does not serve.

    The first heading is the title; the others get ids.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    title, contents = "", []
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        title, tokens = tokens[1].content, tokens[3:]
    for heading, words in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", slugify(words.content))
            if heading.tag == "h2":
                contents.append((slugify(words.content), words.content))
    for token in tokens:
        _keep_words_of_file_links(token.children or [])
    html = parser.renderer.render(_framed(tokens), parser.options, {})
    return Document(title, contents, mark_safe(html))  # noqa: S308 - its HTML was escaped by the parser


def _keep_words_of_file_links(inline: list[Token]) -> None:
    leads_somewhere = True
    for token in inline:
        if token.type == "link_open":
            leads_somewhere = str(token.attrGet("href")).startswith(("https:", "http:", "mailto:", "/", "#"))
        if token.type in ("link_open", "link_close") and not leads_somewhere:
            token.tag, token.attrs = "span", {}


def _framed(tokens: list[Token]) -> list[Token]:
    """Each table in a frame that scrolls by itself where the page is narrow, and that the keyboard reaches."""
    framed: list[Token] = []
    for token in _without_empty_headings(tokens):
        if token.type == "table_open":
            framed.append(Token("div_open", "div", 1, {"class": "table", "tabindex": "0"}, block=True))
        framed.append(token)
        if token.type == "table_close":
            framed.append(Token("div_close", "div", -1, block=True))
    return framed


def _without_empty_headings(tokens: list[Token]) -> list[Token]:
    """Markdown wants a heading for each column, if only an empty one: to a screen reader that would be a puzzle."""
    kept: list[Token] = []
    for token in tokens:
        kept.append(token)
        if token.type == "th_close" and not kept[-2].content:
            kept[-3].tag = token.tag = "td"
        elif token.type == "thead_close":
            start = max(place for place, earlier in enumerate(kept) if earlier.type == "thead_open")
            if not any(earlier.content for earlier in kept[start:]):
                del kept[start:]
    return kept
