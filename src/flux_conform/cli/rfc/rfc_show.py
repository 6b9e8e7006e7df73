"""Show a rule: its clause, the passage of our text that lays it down, and a log that breaks it.

The log is one of the specification's scenarios with one thing changed. Exit codes: 0 the rule was
shown, 2 there is no such rule, or the call is wrong.
"""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING, Any

from flux_conform.cli.common import (
    EXIT_GOOD,
    UsageError,
    add_format_option,
    add_machine_option,
    file_errors,
    load_machine,
    output_paint,
)
from flux_conform.text import Paint, finite_json

if TYPE_CHECKING:
    import argparse

    from flux_conform.language.specification import Specification
    from flux_conform.rfc.breaches import BreakingLog
    from flux_conform.rfc.clauses import Clause
    from flux_conform.rfc.marked import Passage

_WIDTH = 96


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("rule", metavar="RULE", help="its id, such as rfc21/depend/outstanding")
    add_machine_option(parser)
    add_format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is known of the rule, and give the exit code."""
    from flux_conform.rfc.breaches import find_breaking_log
    from flux_conform.rfc.clauses import Links

    specification = load_machine(arguments)
    clause = _clause(specification, arguments.rule)
    found = find_breaking_log(specification, clause.id)
    link = Links(specification).of(clause.id)
    cited = _passages(specification, clause)
    if arguments.format == "json":
        row = _row(specification, clause, link, cited, found)
        print(finite_json(row, indent=2, ensure_ascii=False))
    else:
        print(_text(clause, link, cited, found, output_paint()))
    return EXIT_GOOD


def _clause(specification: Specification, rule: str) -> Clause:
    """The clause of that id. Raises UsageError."""
    from flux_conform.language.faults import suggestion
    from flux_conform.rfc.clauses import clauses

    table = {clause.id: clause for clause in clauses(specification)}
    if rule in table:
        return table[rule]
    hint = suggestion(rule, tuple(table), "each finding of `check` has one")
    raise UsageError(f'{specification.name} has no rule "{rule}"{hint}')


def _passages(specification: Specification, clause: Clause) -> tuple[Passage, ...]:
    """Where our text cites the rule; nowhere where the specification has no text."""
    from flux_conform.artefacts import artefact
    from flux_conform.rfc.marked import passages

    if specification.source.text is None:
        return ()
    path = os.path.join(artefact("rfc"), f"{specification.source.text}.rst")
    with file_errors(path), open(path, encoding="utf-8") as file:
        text = file.read()
    return passages(text, path, clause.id)


def _row(
    specification: Specification,
    clause: Clause,
    link: str | None,
    cited: tuple[Passage, ...],
    found: BreakingLog | None,
) -> dict[str, Any]:
    from flux_conform.rfc.table import plain

    return {
        "rule": clause.id,
        "machine": specification.name,
        "level": clause.level,
        "rfc": clause.rfc,
        "section": clause.section,
        "says": clause.says,
        "events": list(clause.on),
        "link": link,
        "passages": [passage._asdict() for passage in cited],
        "breach": None
        if found is None
        else {
            "scenario": found.scenario.name,
            "change": plain(found.how),
            "line": _line(found),
            "log": "".join(f"{line}\n" for line in found.lines(specification)),
        },
    }


def _text(
    clause: Clause,
    link: str | None,
    cited: tuple[Passage, ...],
    found: BreakingLog | None,
    paint: Paint,
) -> str:
    from flux_conform.rfc.table import plain

    lines = [
        f"{paint(clause.id, 'bold')}  {clause.level}  ({clause.authority}, {clause.section})",
        *_wrapped(clause.says),
    ]
    for passage in cited:
        where = f"our text, {passage.section}, line {passage.line}"
        lines += ["", paint(f"{where}:", "dim"), *_wrapped(passage.text)]
    if link is not None:
        lines += ["", f"{paint('link', 'dim')}  {link}"]
    if found is None:
        return "\n".join([*lines, "", "No scenario can be changed so that it breaks this rule."])
    how = f"broken by “{found.scenario.title}” with {plain(found.how)}, at line {_line(found)}:"
    lines += ["", *(paint(line, "dim") for line in textwrap.wrap(how, _WIDTH))]
    for number, line in enumerate(found.log.decode().splitlines(), 1):
        is_breach = number == _line(found)
        lines.append(paint(f"{'>' if is_breach else ' '} {line}", *(["red"] if is_breach else [])))
    return "\n".join(lines)


def _line(found: BreakingLog) -> int:
    return next(each.line for each in found.judgement.findings if each.rule == found.rule)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
