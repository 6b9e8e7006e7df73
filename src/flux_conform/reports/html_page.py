"""A report as one self-contained HTML page: nothing fetched, light and dark."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from typing import NamedTuple

from flux_conform.text import harmless

_STYLE = """
:root { color-scheme: light dark; --paper: #fdfdfc; --ink: #1d1f21; --soft: #5c6166;
  --line: #d9dbdd; --box: #f3f4f4; --mark: #fff1b8; --good: #2d7d46; --bad: #b3261e;
  --warn: #9a6a00; --known: #d8a12b; --open: #3b6fb5; --none: #b9bdc1; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181a; --ink: #e6e7e8; --soft: #a3a8ad;
  --line: #34383c; --box: #202326; --mark: #4a4010; --good: #5fbf7f; --bad: #f2837b;
  --warn: #e0b050; --known: #c99a34; --open: #7aa7e6; --none: #555b61; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
p { margin: .4rem 0; } a { color: var(--open); }
.verdict { font-size: 1.15rem; font-weight: 600; margin: .2rem 0 1rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.soft { color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; } code { overflow-wrap: anywhere; }
pre { background: var(--box); padding: .6rem .8rem; border-radius: 4px; margin: .6rem 0;
  overflow-x: auto; } pre mark { background: var(--mark); color: inherit; display: block;
  width: max-content; min-width: 100%; }
.bar { display: flex; height: .7rem; border-radius: 3px; overflow: hidden; min-width: 7rem;
  background: var(--box); } .bar i { display: block; min-width: 2px; }
.bar .passed { background: var(--good); } .bar .failed { background: var(--bad); }
.bar .errored { background:
  repeating-linear-gradient(45deg, var(--bad) 0 3px, var(--paper) 3px 5px); }
.bar .known { background: var(--known); } .bar .contested { background: var(--open); }
.bar .skipped, .bar .not { background: var(--none); }
.whole .bar { height: 1.1rem; } .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem;
  list-style: none; padding: 0; margin: .5rem 0; } .legend b { font-variant-numeric: tabular-nums; }
.legend .bar { display: inline-flex; min-width: 0; vertical-align: -1px; height: .7rem; }
.whole .legend .bar { height: .7rem; }
.legend i { width: .7rem; height: .7rem; } nav a { margin-right: 1rem; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .8rem .35rem 0;
  vertical-align: top; } td.number { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; } td.bars { width: 11rem; padding-top: .7rem; }
td code { white-space: nowrap; } td.wrap code { white-space: normal; }
details { border: 1px solid var(--line); border-radius: 5px; padding: .5rem .8rem;
  margin: .5rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
ul.names { columns: 17rem; padding-left: 1.1rem; margin: .4rem 0; }
ul.names li { break-inside: avoid; overflow-wrap: anywhere; }
@media (max-width: 40rem) { body { font-size: 15px; } thead { display: none; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; }
  tr { display: block; border-bottom: 1px solid var(--line); padding: .4rem 0; }
  td { display: block; border: 0; padding: .1rem 0; } td.bars { width: auto; padding: .3rem 0; }
  td.told::before { content: attr(data-name) ": "; color: var(--soft); }
  td.number { text-align: left; } td code { white-space: normal; } ul.names { columns: 1; } }
@media print { details { break-inside: avoid; } .bar { print-color-adjust: exact; } }
"""


class Share(NamedTuple):
    """A part of a bar: the class that colours it, its name for people, and how much it is."""

    kind: str
    name: str
    number: int


def page(
    title: str,
    verdict: str,
    kind: str,
    body: Iterable[str],
    *,
    style: str = "",
    script: str = "",
) -> str:
    """The page; `kind` of the verdict is good, bad or warn. `body` is HTML.

    `style` comes after the style of all pages. The page runs the `script` that it is given, and
    no other, whatever stands in its body.
    """
    run = f"<script>{script}</script>\n" if script else ""
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>",
            f"<style>{_STYLE}{style}</style>",
            "</head>",
            "<body>",
            f"<h1>{text(title)}</h1>",
            f'<p class="verdict {kind}">{text(verdict)}</p>',
            *body,
            f"{run}</body>",
            "</html>",
            "",
        )
    )


def _policy(script: str) -> str:
    """What a browser may do for the page: fetch nothing, and run the one script."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    scripts = f" script-src 'sha256-{digest}';" if script else ""
    return f"default-src 'none'; style-src 'unsafe-inline';{scripts} base-uri 'none'"


def text(words: object) -> str:
    """A text as HTML, in which nothing turns the text round or cannot stand on a page."""
    return escape(harmless(str(words)))


def code(words: object) -> str:
    """A text as HTML, in the letters of a program."""
    return f"<code>{text(words)}</code>"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names with what they stand for; those are HTML."""
    rows = "\n".join(f"<dt>{text(name)}</dt><dd>{told}</dd>" for name, told in pairs)
    return f"<dl>\n{rows}\n</dl>"


def bar(shares: Sequence[Share]) -> str:
    """A bar of the shares; its numbers are its title."""
    says = ", ".join(f"{share.number:,} {share.name}" for share in shares if share.number)
    total = sum(share.number for share in shares) or 1
    parts = "".join(
        f'<i class="{share.kind}" style="width:{100 * share.number / total:.2f}%"></i>'
        for share in shares
        if share.number
    )
    return (
        f'<div class="bar" role="img" aria-label="{text(says)}" title="{text(says)}">{parts}</div>'
    )


def whole_bar(shares: Sequence[Share]) -> str:
    """A large bar with its legend."""
    legend = "\n".join(
        f'<li><span class="bar"><i class="{share.kind}"></i></span> '
        f"<b>{share.number:,}</b> {text(share.name)}</li>"
        for share in shares
        if share.number
    )
    return f'<div class="whole">{bar(shares)}</div>\n<ul class="legend">\n{legend}\n</ul>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], classes: Sequence[str]) -> str:
    """A table; cells are HTML, `classes` are those of the columns.

    Where a page is too narrow for its head, cells of the class `told` bear their column's name.
    """
    top = "".join(
        f'<th scope="col" class="{kind}">{text(name)}</th>'
        if kind
        else f'<th scope="col">{text(name)}</th>'
        for name, kind in zip(head, classes, strict=True)
    )
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td class="{kind}" data-name="{text(name)}">{cell}</td>'
            if kind
            else f"<td>{cell}</td>"
            for cell, kind, name in zip(row, classes, head, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def names(items: Iterable[str]) -> str:
    """A list of short items, in columns; the items are HTML."""
    rows = "\n".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="names">\n{rows}\n</ul>'


def folded(head: str, body: str, *, is_open: bool = False) -> str:
    """A part that can be unfolded; both are HTML."""
    return f"<details{' open' if is_open else ''}><summary>{head}</summary>\n{body}\n</details>"


def part(anchor: str, title: str) -> str:
    """The heading of a part of the page, which `links` leads to."""
    return f'<h2 id="{anchor}">{text(title)}</h2>'


def links(parts: Iterable[tuple[str, str]]) -> str:
    """A line of links to parts of the page, given by anchors and titles."""
    told = " ".join(f'<a href="#{anchor}">{text(title)}</a>' for anchor, title in parts)
    return f"<nav>{told}</nav>"
