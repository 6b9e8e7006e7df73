"""List the rules that findings name, each with its level and its clause.

These are the rules of all specifications that come along, or of --machine. Words choose those
rules that have all of them in their ids, sections or sentences.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_GOOD,
    add_format_option,
    add_machine_option,
    load_machine,
    output_paint,
    report_width,
)
from flux_conform.text import Paint, cut, finite_json, printable

if TYPE_CHECKING:
    import argparse

    from flux_conform.language.specification import Specification
    from flux_conform.rfc.clauses import Clause


class Listed(NamedTuple):
    """A rule, and a specification that has it."""

    specification: Specification
    clause: Clause

    @property
    def words(self) -> str:
        """What words are sought in."""
        clause = self.clause
        return f"{clause.id} {clause.section} {clause.says} {clause.level}".lower()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("words", nargs="*", metavar="WORD", help="words that a rule has")
    add_machine_option(parser, by_kind=True)
    add_format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the rules; 1 if there are none with these words."""
    asked = [word.lower() for word in arguments.words]
    found = [e for e in listed_rules(arguments) if all(word in e.words for word in asked)]
    if arguments.format == "json":
        print(finite_json([json_of(each) for each in found], indent=2, ensure_ascii=False))
    elif found:
        print(rules_text(found, output_paint()))
    else:
        print(f"no rule has {' and '.join(map(printable, asked))} in it", file=sys.stderr)
    return EXIT_GOOD if found else EXIT_BAD


def listed_rules(arguments: argparse.Namespace) -> list[Listed]:
    """The rules of `--machine`, or of all specifications that come along, each once."""
    from flux_conform.language import load, machines
    from flux_conform.rfc.clauses import clauses

    if arguments.machine is not None:
        specifications = [load_machine(arguments)]
    else:
        names = sorted(machines(), key=lambda name: (name != _FIRST, name))
        specifications = [load(name) for name in names]
    found: dict[str, Listed] = {}
    for specification in specifications:
        for clause in clauses(specification):
            found.setdefault(clause.id, Listed(specification, clause))
    return list(found.values())


_FIRST = "job"


def rules_text(rules: Sequence[Listed], paint: Paint) -> str:
    """A line for each rule: its id, its level, and what it says as far as there is room."""
    ids = max(len(each.clause.id) for each in rules)
    levels = max(len(each.clause.level) for each in rules)
    by_heading: dict[str, list[str]] = {}
    for clause in (each.clause for each in rules):
        head = f"  {clause.id:<{ids}}  {clause.level:<{levels}}  "
        says = cut(clause.says, max(30, report_width() - len(head)))
        by_heading.setdefault(f"{clause.authority}, {clause.section}", []).append(f"{head}{says}")
    parts = ("\n".join((paint(heading, "dim"), *lines)) for heading, lines in by_heading.items())
    return "\n\n".join(parts)


def json_of(each: Listed) -> dict[str, Any]:
    """A rule as JSON values."""
    clause = each.clause
    return {
        "rule": clause.id,
        "machine": each.specification.name,
        "level": clause.level,
        "rfc": clause.rfc,
        "section": clause.section,
        "says": clause.says,
        "events": list(clause.on),
    }
