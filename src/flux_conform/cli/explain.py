"""Explain rules: what they say, where, why, what breaks them, and what to do.

A rule is named by its id, as findings name it. The beginning of an id, or words of a rule, show
that rule, or a list where there are several. Of one rule its clause is shown, the passage of our
text that lays it down, what to do, and a log that breaks it: one of the specification's scenarios
with one thing changed. Exit codes: 0 something was shown, 2 there is no such rule.
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
    output_paint,
)
from flux_conform.cli.rules import Listed, json_of, listed_rules, rules_text
from flux_conform.text import Paint, finite_json

if TYPE_CHECKING:
    import argparse

    from flux_conform.language.specification import Rule, Specification
    from flux_conform.rfc.breaches import BreakingLog
    from flux_conform.rfc.clauses import Clause
    from flux_conform.rfc.marked import Passage

_WIDTH = 96


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument(
        "words", nargs="+", metavar="RULE", help="an id, the beginning of one, or words of a rule"
    )
    add_machine_option(parser, by_kind=True)
    add_format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is known of the rule, or which rules there are of that kind."""
    from flux_conform.language.faults import suggestion

    listed = listed_rules(arguments)
    found = _found(arguments.words, listed)
    if not found:
        asked = " ".join(arguments.words)
        known = tuple(each.clause.id for each in listed)
        hint = suggestion(asked, known, "`flux-conform rules` lists them")
        raise UsageError(f'no rule is named "{asked}" or says so{hint}')
    if len(found) == 1:
        explain(found[0].specification, found[0].clause, arguments.format == "json")
    elif arguments.format == "json":
        print(finite_json([json_of(each) for each in found], indent=2, ensure_ascii=False))
    else:
        print(rules_text(found, output_paint()))
    return EXIT_GOOD


def _found(words: list[str], listed: list[Listed]) -> list[Listed]:
    """The rules of that id, else of that beginning, else with all of the words."""
    asked = words[0] if len(words) == 1 else None
    exact = [each for each in listed if each.clause.id == asked]
    begun = [each for each in listed if asked and each.clause.id.startswith(asked)]
    if exact or begun:
        return exact[:1] or begun
    lower = [word.lower() for word in words]
    return [each for each in listed if all(word in each.words for word in lower)]


def _shown(rule: Rule) -> str:
    """What to do, with the expressions whose values a finding has."""
    return "".join(part if isinstance(part, str) else f"{{{part.text}}}" for part in rule.repair)


def explain(specification: Specification, clause: Clause, is_json: bool) -> None:
    """Print what is known of a rule."""
    from flux_conform.rfc.breaches import find_breaking_log
    from flux_conform.rfc.clauses import Links

    found = find_breaking_log(specification, clause.id)
    link = Links(specification).of(clause.id)
    cited = _passages(specification, clause)
    repair = next((_shown(rule) for rule in specification.rules if rule.id == clause.id), None)
    if is_json:
        row = _row(specification, clause, link, cited, found) | {"repair": repair}
        print(finite_json(row, indent=2, ensure_ascii=False))
    else:
        print(_text(clause, link, cited, repair, found, output_paint()))


def clause_of(specification: Specification, rule: str) -> Clause:
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
    repair: str | None,
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
    if repair:
        lines += ["", f"{paint('repair', 'dim')}  {repair}"]
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
