"""A statement on a writer as an HTML page."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.checking.finding import CONFORMS, INCOMPLETE, INCONCLUSIVE, UNREADABLE, VIOLATES
from flux_conform.reports.html_page import (
    Html,
    Share,
    bar,
    code,
    facts,
    folded,
    links,
    names,
    page,
    part,
    table,
    whole_bar,
)
from flux_conform.suite.coverage import Item
from flux_conform.suite.exercisable import EVERY, RULES
from flux_conform.suite.statement import Statement
from flux_conform.suite.statement_text import not_counted, untested

_SHARES = (
    (CONFORMS, "passed", "conform"),
    (INCOMPLETE, "contested", "incomplete, and sound so far"),
    (INCONCLUSIVE, "skipped", "inconclusive"),
    (VIOLATES, "failed", "violate"),
    (UNREADABLE, "errored", "unreadable"),
)


def statement_html(statement: Statement) -> str:
    """The page."""
    return page(statement.title, *statement.sum, _body(statement))


def _body(statement: Statement) -> Iterator[str]:
    rows = [
        ("specification", Html("{}, {}").format(statement.machine, code(statement.digest))),
        ("judged by", statement.tool + (", strictly" if statement.strict else "")),
        ("logs", f"{statement.logs:,} with {statement.events:,} events"),
        ("generation", "every one" if statement.generation == EVERY else statement.generation),
    ]
    if statement.allowed:
        rows.append(("allowed deviations", ", ".join(statement.allowed)))
    if statement.date:
        rows.append(("date", statement.date))
    yield facts(rows)
    verdicts = statement.verdicts
    yield whole_bar(
        [Share(kind, name, verdicts.get(verdict, 0)) for verdict, kind, name in _SHARES]
    )
    bad = [("bad", "What violates")] if statement.bad else []
    yield links((*bad, *((name, name.capitalize()) for name in statement.parts)))
    if statement.bad:
        yield part(*bad[0])
        rows = [
            (Html("{} {}{}").format(code(b.rule), b.message, _place(b.line)), code(b.log))
            for b in statement.bad
        ]
        yield table(("what", "log"), rows, ("", "wrap"))
        more = verdicts[VIOLATES] + verdicts[UNREADABLE] - len(statement.bad)
        if more:
            yield Html("<p>And {:,} more.</p>").format(more)
    yield Html('<p class="soft">What logs exercise is counted in those that do not violate.</p>')
    left_out = not_counted(statement, "--")
    if left_out:
        yield folded("not counted", names(map(Html("{}").format, left_out)))
    for stale in statement.stale:
        yield Html('<p class="bad">{}</p>').format(stale)
    for name, items in statement.parts.items():
        done = sum(item.logs > 0 for item in items)
        missing = statement.missing(name)
        excused = [each for each in statement.excuses if each.part == name]
        yield part(name, name.capitalize())
        yield Html("<p>{:,} of {:,} exercised</p>").format(done, len(items))
        rest = len(items) - done - len(missing)
        shares = [Share("passed", "exercised", done), Share("not", "not", len(missing))]
        yield bar([*shares, *([Share("skipped", "excused", rest)] if rest > 0 else [])])
        if missing:
            told = names(_untested(item) for item in missing)
            kind = "never put to the test" if name == RULES else "not exercised"
            yield folded(f"{len(missing):,} {kind}", told, is_open=len(missing) <= 40)
        if excused:
            told = names(Html("{}: {}").format(code(e.pattern), e.reason) for e in excused)
            yield folded(f"{len(excused):,} excused", told)
        yield folded("by number of logs", _numbers(statement, name))


def _untested(item: Item) -> str:
    name, _, why = untested(item).partition("  ")
    return Html('{} <span class="soft">{}</span>').format(code(name), why) if why else code(name)


def _numbers(statement: Statement, name: str) -> str:
    items = statement.parts[name]
    most = max((item.logs for item in items), default=0) or 1
    rows = []
    for item in items:
        says = Html('<br><span class="soft">{}</span>').format(item.says) if item.says else ""
        told = f"{item.logs:,}"
        if name == RULES and item.broken:
            told += Html(', <span class="bad">broken in {:,}</span>').format(item.broken)
        shares = [Share("passed", "logs", item.logs), Share("empty", "", most - item.logs)]
        level = Html(' <span class="soft">{}</span>').format(item.level) if item.level else ""
        rows.append((code(item.name) + level + says, bar(shares), told))
    return table(("", "", "logs"), rows, ("", "bars", "number"))


def _place(line: int | None) -> str:
    return "" if line is None else f" (line {line})"
