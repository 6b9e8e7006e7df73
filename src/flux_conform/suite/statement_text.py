"""A statement on a writer as text for a terminal."""

from __future__ import annotations

from flux_conform.suite.statement import Statement
from flux_conform.text import Paint, printable

_MISSING = 30
"""Maximum number of unexercised items that are named of a part."""


def statement_text(statement: Statement, paint: Paint) -> str:
    """The whole statement."""
    says, kind = statement.sum
    colour = {"good": "green", "bad": "red", "warn": "yellow"}[kind]
    lines = [
        paint(printable(statement.title), "bold"),
        f"specification {statement.machine}, SHA-256 {statement.digest}",
        f"judged by {statement.tool}"
        + (", strictly" if statement.strict else "")
        + (f", allowing {printable(', '.join(statement.allowed))}" if statement.allowed else "")
        + (f", on {statement.date}" if statement.date else ""),
        "",
    ]
    for bad in statement.bad:
        place = "" if bad.line is None else f", line {bad.line}"
        rule = f"{bad.rule}: " if bad.rule else ""
        told = printable(f"{bad.log}{place}: {rule}{bad.message}")
        lines.append(f"{paint(bad.verdict, 'red')}  {told}")
    if statement.bad:
        lines.append("")
    lines += map(printable, exercised(statement, "--format json"))
    sums = f"{says}: {verdicts(statement)}; {statement.events:,} events"
    return "".join(f"{line}\n" for line in [*lines, "", paint(sums, colour)])


def exercised(statement: Statement, how_all: str, most: int = _MISSING) -> list[str]:
    """What of the specification is exercised, and what is not, line by line.

    At most `most` unexercised items of each part are named; `how_all` is the option that shows all.
    """
    lines = []
    for part, items in statement.parts.items():
        done = len(items) - len(statement.missing(part))
        lines.append(f"{part:<12}  {done:>4} of {len(items):>4} exercised")
    lines.append("")
    for part in statement.parts:
        missing = [item.name for item in statement.missing(part)]
        if missing:
            more = len(missing) - most
            lines.append(f"{part} that no log exercises:")
            lines += [f"  {name}" for name in missing[:most]]
            lines += [f"  and {more} more; {how_all} tells all"] if more > 0 else []
    broken = [item for items in statement.parts.values() for item in items if item.broken]
    if broken:
        lines.append("rules that logs break:")
        lines += [
            f"  {i.name}  {i.level}, in {i.broken:,} log{'s' * (i.broken != 1)}" for i in broken
        ]
    return lines


def verdicts(statement: Statement) -> str:
    """The number of logs for each verdict, in words."""
    words = {"conforms": "conform", "violates": "violate"}
    parts = [
        f"{number:,} {words.get(verdict, verdict)}"
        for verdict, number in statement.verdicts.items()
        if number
    ]
    return ", ".join(parts) or "no logs"
