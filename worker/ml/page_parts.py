"""What reports are made of: one HTML page that needs nothing else, with no script and no request, light or dark as the
device has it; tables, and figures that scroll by themselves.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

Section = tuple[str, str, str]
"""A part of a report: its name, which is unique in the page and its anchor, its heading, and its HTML."""

STYLE: Final = """
:root { color-scheme: light dark; --ground: light-dark(#fff, #0b1230); --ink: light-dark(#0b1b4a, #f1f4ff);
  --soft: light-dark(#46527a, #b3bee3); --line: light-dark(#c3cce2, #2c3b70); --fill: light-dark(#5b7be0, #4f6fd6);
  --mark: light-dark(#0b1b4a, #ffc61a); --link: light-dark(#1b3cb0, #a3bcff); --on: #fff;
  --alarm: light-dark(#a3151f, #ff9a9f); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: clamp(1.5rem, 1.2rem + 1.5vw, 2.25rem); line-height: 1.2; }
h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
p, li { max-width: 66ch; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th[scope=row], thead th:first-child, .words { text-align: left; }
th[scope=row], .words { white-space: normal; min-width: 4rem; } td.words { min-width: 12rem; }
summary { cursor: pointer; color: var(--link); }
svg { display: block; font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .name { text-anchor: end; } svg .middle, svg .on { text-anchor: middle; } svg .on { fill: var(--on); }
svg .fill { fill: var(--fill); } svg .mark, svg .line, svg .dashed, svg .curve { fill: none; }
svg .line { stroke: var(--line); } svg .mark { stroke: var(--mark); stroke-width: 1.5; }
svg .dashed { stroke: var(--soft); stroke-dasharray: 5 5; } svg .curve { stroke: var(--fill); stroke-width: 2.5; }
svg .dot { fill: var(--mark); }
.warning { border-left: 4px solid var(--alarm); padding-left: .75rem; color: var(--alarm); font-weight: 600; }
.gallery { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0; list-style: none; }
.gallery figure { margin: 0; max-width: 10rem; } .gallery img { display: inline-block; width: 6rem; height: auto; }
.gallery .pair img { width: 4.5rem; }
@media print { details > * { display: block; } .wide { overflow: visible; } }
"""

WORDS: Final = ' class="words"'
"""Of cells that are text and not numbers."""


def document(title: str, heading: str, introduction: str, sections: Sequence[Section]) -> str:
    """The page; ``introduction`` is HTML."""
    contents = "".join(f'<li><a href="#{name}">{escape(words)}</a></li>' for name, words, _ in sections)
    body = "".join(
        f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(words)}</h2>{content}</section>'
        for name, words, content in sections
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><header><h1>{escape(heading)}</h1>"
        f"{introduction}</header>"
        f'<nav aria-label="Contents"><ul>{contents}</ul></nav><main>{body}</main></body></html>\n'
    )


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], words: int | None = None) -> str:
    """The first cell of each row heads it; ``words`` is a further column that is text and not numbers."""
    columns = "".join(
        f'<th scope="col"{WORDS if column == words else ""}>{escape(name)}</th>' for column, name in enumerate(head)
    )
    lines = []
    for row in rows:
        cells = "".join(
            f"<td{WORDS if column == words else ''}>{escape(value)}</td>"
            for column, value in enumerate(row[1:], start=1)
        )
        lines.append(f'<tr><th scope="row">{escape(row[0])}</th>{cells}</tr>')
    head_row, body = f"<thead><tr>{columns}</tr></thead>", f"<tbody>{''.join(lines)}</tbody>"
    return wide(f"<table><caption>{escape(caption)}</caption>{head_row}{body}</table>", f"{caption}, table")


def wide(content: str, name: str) -> str:
    """What may be wider than a small window scrolls by itself, by keyboard too."""
    return f'<div class="wide" role="group" tabindex="0" aria-label="{escape(name)}">{content}</div>'


def folded(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def warning(sentence: str) -> str:
    """In red, and in words that say so without the colour."""
    return f'<p class="warning">Warning: {escape(sentence)}</p>'


def gallery(items: Iterable[tuple[str, str]]) -> str:
    """Pictures (HTML of :func:`picture`, one or more) with what is said of each."""
    figures = (f"<li><figure>{shown}<figcaption>{escape(words)}</figcaption></figure></li>" for shown, words in items)
    return f'<ul class="gallery">{"".join(figures)}</ul>'


def picture(jpeg: bytes, alternative: str) -> str:
    """A small JPEG inside the page."""
    return f'<img src="data:image/jpeg;base64,{b64encode(jpeg).decode()}" alt="{escape(alternative)}">'


def number(value: float) -> str:
    return f"{value:.3f}"
