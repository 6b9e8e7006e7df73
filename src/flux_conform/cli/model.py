"""Look at a specification: its table of outcomes, its faults, the schema of its language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import (
    EXIT_GOOD,
    UsageError,
    add_format_option,
    add_machine_option,
    load_machine,
    usage_errors,
)
from flux_conform.cli.parsing import VERB
from flux_conform.language import UnknownMachine
from flux_conform.text import finite_json

if TYPE_CHECKING:
    import argparse

    from flux_conform.language import Specification
    from flux_conform.machine.outcome_table import Cell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    verbs = parser.add_subparsers(dest="what", required=True, metavar=VERB)

    def add(name: str, says: str) -> argparse.ArgumentParser:
        description = f"{says[:1].upper()}{says[1:]}."
        return verbs.add_parser(
            name, help=says, description=description, formatter_class=parser.formatter_class
        )

    matrix = add(
        "matrix", "print what each event does in each state: moves, stays, undefined or silent"
    )
    add_machine_option(matrix)
    add_format_option(matrix)
    matrix.add_argument("--generation", help="of the log format; today's by default")
    check = add("check", "load a specification and report every fault in it, with line and column")
    check.add_argument(
        "machine",
        nargs="?",
        default="job",
        metavar="NAME[@DATE]|FILE",
        help="a name such as job@2022-07, or a YAML file (default: job)",
    )
    add("schema", "print the JSON Schema of specification files, for editors")


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for, and give the exit code."""
    if arguments.what == "schema":
        from flux_conform.language.loading.file_schema import json_schema

        print(finite_json(json_schema(), indent=2))
        return EXIT_GOOD
    if arguments.what == "check":
        specification = load_machine(arguments, _rehearsed, thorough=True)
        rows = [row for row in specification.transitions if not row.lane]
        of_lanes = sum(len(row.sources) for lane in specification.lanes for row in lane.rows)
        lanes = len(specification.lanes)
        more = f"{lanes} lane{'s' if lanes > 1 else ''}, " if lanes else ""
        print(
            f"{specification.name}: {len(specification.machine_states)} states, {more}"
            f"{len(specification.events)} events, {len(rows) + of_lanes} transitions, "
            f"{len(specification.rules) + len(specification.lines)} rules; no fault found"
        )
        return EXIT_GOOD
    from flux_conform.machine.outcome_table import matrix

    specification = load_machine(arguments)
    generation = arguments.generation or specification.today.name
    known = [generation.name for generation in specification.generations]
    if generation not in known:
        raise UsageError(f'no generation "{generation}"; there are {", ".join(known)}')
    cells = matrix(specification, generation)
    if arguments.format == "json":
        print(finite_json([cell._asdict() for cell in cells], ensure_ascii=False, indent=1))
    else:
        _write_table(cells, [state.name for state in specification.machine_states])
    return EXIT_GOOD


def _rehearsed(name: str) -> Specification:
    """The specification of that name, from its YAML file, if its scenarios fit, too."""
    from flux_conform.machine.rehearsal import load_rehearsed

    with usage_errors(UnknownMachine):
        return load_rehearsed(name, compiled=False)


def _write_table(cells: list[Cell], states: list[str]) -> None:
    from flux_conform.machine.outcome_table import show

    rows: dict[tuple[str, str], dict[str, str]] = {}
    guards: dict[str, list[str]] = {}
    for cell in cells:
        guards.setdefault(cell.event, [])
        if cell.guard not in guards[cell.event]:
            guards[cell.event].append(cell.guard)
    for cell in cells:
        # A state without guards has one outcome in every guard case of the event.
        for guard in guards[cell.event] if cell.guard == "" else [cell.guard]:
            rows.setdefault((cell.event, guard), {})[cell.state] = show(cell)
    shown = {
        key: f"{key[0]} [{key[1]}]" if key[1] else key[0]
        for key in rows
        if key[1] or len(guards[key[0]]) == 1
    }
    first = max(map(len, shown.values()))
    widths = [
        max(len(state), *(len(rows[key].get(state, "")) for key in shown)) for state in states
    ]
    print(
        "  ".join(
            ["".ljust(first), *(s.ljust(w) for s, w in zip(states, widths, strict=True))]
        ).rstrip()
    )
    for key, label in shown.items():
        cells_shown = [rows[key].get(s, "").ljust(w) for s, w in zip(states, widths, strict=True)]
        print("  ".join([label.ljust(first), *cells_shown]).rstrip())
