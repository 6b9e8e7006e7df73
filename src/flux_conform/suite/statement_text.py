"""A statement on a writer as text for a terminal."""

from __future__ import annotations

from flux_conform.suite.coverage import Item
from flux_conform.suite.exercisable import EVERY, INCLUDABLE, REASONS, RULES
from flux_conform.suite.statement import Statement
from flux_conform.text import Paint, printable, several

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
        f"logs of generation {statement.generation}"
        if statement.generation != EVERY
        else "logs of every generation",
        "",
    ]
    for bad in statement.bad:
        place = "" if bad.line is None else f", line {bad.line}"
        rule = f"{bad.rule}: " if bad.rule else ""
        told = printable(f"{bad.log}{place}: {rule}{bad.message}")
        lines.append(f"{paint(bad.verdict, 'red')}  {told}")
    if statement.bad:
        lines.append("")
    lines += map(printable, exercised(statement, "--format json", "--"))
    sums = f"{says}: {verdicts(statement)}; {statement.events:,} events"
    return "".join(f"{line}\n" for line in [*lines, "", paint(sums, colour)])


def exercised(statement: Statement, how_all: str, option: str, most: int = _MISSING) -> list[str]:
    """What of the specification is exercised, and what is not, line by line.

    At most `most` unexercised items of each part are named; `how_all` is the option that shows all.
    `option` is how the options begin that change what counts.
    """
    lines = []
    excused = statement.excused
    for part, items in statement.parts.items():
        done = sum(item.logs > 0 for item in items)
        more = sum((part, item.name) in excused for item in items)
        without = f", {more} excused" if more else ""
        lines.append(f"{part:<12}  {done:>4} of {len(items):>4} exercised{without}")
    left_out = [f"  {line}" for line in not_counted(statement, option)]
    lines += ["", *(["not counted:", *left_out] if left_out else [])]
    for part in statement.parts:
        missing = [f"  {untested(item)}" for item in statement.missing(part)]
        if missing:
            more = len(missing) - most
            what = "rules never put to the test" if part == RULES else f"{part} never exercised"
            lines += [f"{what}:", *missing[:most]]
            lines += [f"  and {more} more; {how_all} names all"] if more > 0 else []
    if statement.excuses:
        lines.append("excused, as this writer never does it:")
        lines += [
            f"  {each.part[:-1]} {each.pattern}"
            + (f" ({len(each.names)})" if each.names != (each.pattern,) else "")
            + f": {each.reason}"
            for each in statement.excuses
        ]
    broken = [item for items in statement.parts.values() for item in items if item.broken]
    if broken:
        lines.append("rules that logs break:")
        lines += [
            f"  {i.name}  {i.level}, in {i.broken:,} log{'s' * (i.broken != 1)}" for i in broken
        ]
    return lines


def untested(item: Item) -> str:
    """What no log exercises; of a rule its level too, and what would put it to the test."""
    if not item.level:
        return item.name
    judged = item.judged - item.tolerated
    why = "; ".join(
        part
        for part in (
            f"broken in {several(item.tolerated, 'log')} without violating"
            if item.tolerated
            else "",
            f"asked nothing in {several(judged, 'log')}" if judged > 0 else "",
            f"asks only {item.asks}" if item.asks else "",
        )
        if part
    )
    return f"{item.name}  {item.level}" + (f": {why}" if why else "")


def not_counted(statement: Statement, option: str) -> list[str]:
    """What the numbers leave out, why, and the options that count it."""
    lines = []
    if statement.others:
        lines.append(
            f"{several(statement.others, 'log')} of other generations than {statement.generation}"
            f" ({option}generation '{EVERY}' counts them)"
        )
    if statement.copies:
        lines.append(f"{several(statement.copies, 'log')} given before, byte for byte")
    for reason, says in REASONS.items():
        of = [each for each in statement.left_out if each.reason == reason]
        if of:
            what = ", ".join(several(len(each.names), each.part[:-1]) for each in of)
            how = f" ({option}with {reason} counts them)" if reason in INCLUDABLE else ""
            lines.append(f"{what} {says}{how}")
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
