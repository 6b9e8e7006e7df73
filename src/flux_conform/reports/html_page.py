"""A report as one self-contained HTML page: nothing fetched, light and dark."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple, Self

from markupsafe import Markup

from flux_conform.text import escape_controls

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


class Html(Markup):
    """HTML. What is put into it, by `format`, `join` or `+`, is escaped unless it is HTML itself.

    Characters that turn a text round, or that no page can hold, are shown as escapes.
    """

    @classmethod
    def escape(cls, words: object, /) -> Self:
        """A text as HTML."""
        return super().escape(words if hasattr(words, "__html__") else escape_controls(str(words)))


_PAGE = Html("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
<p class="verdict {kind}">{verdict}</p>
{body}</body>
</html>
""")


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
) -> Html:
    """The page; `kind` of the verdict is good, bad or warn. `body` is HTML.

    `style` comes after the style of all pages. The page runs the `script` that it is given, and
    no other, whatever stands in its body.
    """
    run = Html("<script>{}</script>\n").format(Html(script)) if script else ""
    return _PAGE.format(
        title=title,
        policy=Html(_policy(script)),
        style=Html(_STYLE + style),
        kind=kind,
        verdict=verdict,
        body=Html("\n").join((*body, run)),
    )


def _policy(script: str) -> str:
    """What a browser may do for the page: fetch nothing, and run the one script."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    scripts = f" script-src 'sha256-{digest}';" if script else ""
    return f"default-src 'none'; style-src 'unsafe-inline';{scripts} base-uri 'none'"


def code(words: object) -> Html:
    """A text as HTML, in the letters of a program."""
    return Html("<code>{}</code>").format(words)


def facts(pairs: Iterable[tuple[str, str]]) -> Html:
    """Names with what they stand for; those are HTML."""
    rows = Html("\n").join(
        Html("<dt>{}</dt><dd>{}</dd>").format(name, told) for name, told in pairs
    )
    return Html("<dl>\n{}\n</dl>").format(rows)


def bar(shares: Sequence[Share]) -> Html:
    """A bar of the shares; its numbers are its title."""
    says = ", ".join(f"{share.number:,} {share.name}" for share in shares if share.number)
    total = sum(share.number for share in shares) or 1
    parts = Html("").join(
        Html('<i class="{}" style="width:{:.2f}%"></i>').format(
            share.kind, 100 * share.number / total
        )
        for share in shares
        if share.number
    )
    return Html('<div class="bar" role="img" aria-label="{}" title="{}">{}</div>').format(
        says, says, parts
    )


def whole_bar(shares: Sequence[Share]) -> Html:
    """A large bar with its legend."""
    legend = Html("\n").join(
        Html('<li><span class="bar"><i class="{}"></i></span> <b>{:,}</b> {}</li>').format(
            share.kind, share.number, share.name
        )
        for share in shares
        if share.number
    )
    return Html('<div class="whole">{}</div>\n<ul class="legend">\n{}\n</ul>').format(
        bar(shares), legend
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]], classes: Sequence[str]) -> Html:
    """A table; cells are HTML, `classes` are those of the columns.

    Where a page is too narrow for its head, cells of the class `told` bear their column's name.
    """
    top = Html("").join(
        Html('<th scope="col" class="{}">{}</th>').format(kind, name)
        if kind
        else Html('<th scope="col">{}</th>').format(name)
        for name, kind in zip(head, classes, strict=True)
    )
    body = Html("\n").join(
        Html("<tr>")
        + Html("").join(
            Html('<td class="{}" data-name="{}">{}</td>').format(kind, name, cell)
            if kind
            else Html("<td>{}</td>").format(cell)
            for cell, kind, name in zip(row, classes, head, strict=True)
        )
        + Html("</tr>")
        for row in rows
    )
    return Html("<table>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>").format(
        top, body
    )


def names(items: Iterable[str]) -> Html:
    """A list of short items, in columns; the items are HTML."""
    rows = Html("\n").join(Html("<li>{}</li>").format(item) for item in items)
    return Html('<ul class="names">\n{}\n</ul>').format(rows)


def folded(head: str, body: str, *, is_open: bool = False) -> Html:
    """A part that can be unfolded; both are HTML."""
    return Html("<details{}><summary>{}</summary>\n{}\n</details>").format(
        " open" if is_open else "", head, body
    )


def part(anchor: str, title: str) -> Html:
    """The heading of a part of the page, which `links` leads to."""
    return Html('<h2 id="{}">{}</h2>').format(anchor, title)


def links(parts: Iterable[tuple[str, str]]) -> Html:
    """A line of links to parts of the page, given by anchors and titles."""
    told = Html(" ").join(
        Html('<a href="#{}">{}</a>').format(anchor, title) for anchor, title in parts
    )
    return Html("<nav>{}</nav>").format(told)
