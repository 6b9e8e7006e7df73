"""`prove --system`: decides what is claimed of a system, and shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.artefacts import artefact
from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_ERROR,
    EXIT_GOOD,
    UsageError,
    file_errors,
    print_wrapped,
    says_unicode,
    usage_errors,
)

if TYPE_CHECKING:
    import argparse

    from flux_conform.system.participants import System

_OF_MACHINES: dict[str, object] = {
    "machine": "job",
    "quick": False,
    "depth": None,
    "generation": None,
    "witnesses": None,
    "certificates": None,
    "smtlib": None,
    "mutants": False,
    "write": False,
}
"""Options that are not for systems, each with what it is where it is not given."""

SHIPPED = "system.yaml"
"""The system that `--system` without a file means."""


def run_system(arguments: argparse.Namespace) -> int:
    """Decide the claims, print what was found, and give the exit code."""
    _check_options(arguments)
    from flux_conform.machine.deadline import OutOfTime, limited
    from flux_conform.system.system_claims import UNKNOWN, decide
    from flux_conform.system.system_file import load_system
    from flux_conform.system.system_report import json_text, text

    system = load_system(arguments.system or artefact("model", SHIPPED))
    given = budgets_of(arguments, system)
    wanted = set(arguments.property)
    claims = tuple(claim for claim in system.claims if not wanted or claim.name in wanted)
    if unknown := wanted - {claim.name for claim in claims}:
        raise UsageError(f'{system.name} has no claim "{min(unknown)}"')
    system = system.with_budgets(given)._replace(claims=claims)
    try:
        if arguments.promela is not None:
            return _write_promela(arguments, system)
        with limited(arguments.timeout):
            decisions = decide(system, arguments.limit or 500_000)
    except OutOfTime:
        raise UsageError(f"--timeout {arguments.timeout}: the time is over") from None
    if arguments.format == "json":
        print(json_text(decisions))
    else:
        print_wrapped(text(decisions, unicode=says_unicode(), show_all=arguments.all))
    if all(each.is_as_expected for each in decisions.claims):
        return EXIT_GOOD
    unknown_ones = [each for each in decisions.claims if each.verdict == UNKNOWN]
    return EXIT_ERROR if unknown_ones else EXIT_BAD


def add_budget_option(parser: argparse.ArgumentParser, when: str) -> None:
    """Add `--budget NAME=N`; `when` begins its help."""
    parser.add_argument(
        "--budget",
        metavar="NAME=N",
        action="append",
        default=[],
        help=f"{when}let N steps use a budget; may be given several times",
    )


def budgets_of(arguments: argparse.Namespace, system: System) -> dict[str, int]:
    """The numbers of steps that `--budget` gives. Raises UsageError."""
    known = [name for name, _ in system.budgets]
    given = {}
    for text_of in arguments.budget:
        name, _, times = text_of.partition("=")
        if name not in known:
            raise UsageError(
                f'{system.name} has no budget "{name}"; known are {", ".join(known) or "none"}'
            )
        if not (times.isascii() and times.isdigit()):
            raise UsageError(f'--budget {text_of}: "{times}" is no whole number')
        given[name] = int(times)
    return given


def _check_options(arguments: argparse.Namespace) -> None:
    """Raises UsageError for an option that says nothing of a system."""
    for name, absent in _OF_MACHINES.items():
        if getattr(arguments, name) != absent:
            raise UsageError(f"--{name} is for a machine; leave it or --system out")


def _write_promela(arguments: argparse.Namespace, system: System) -> int:
    """Write the system for SPIN; the exit code. Raises UsageError, OutOfTime."""
    from flux_conform.files import write_whole
    from flux_conform.machine.deadline import limited
    from flux_conform.system.promela import promela
    from flux_conform.system.system_product import NotWhole, Product

    path: str = arguments.promela
    with usage_errors(NotWhole), limited(arguments.timeout):
        model = promela(Product(system, arguments.limit or 500_000))
    if path == "-":
        print(model, end="")
    else:
        with file_errors(f"--promela {path}"):
            write_whole(path, model.encode())
    return EXIT_GOOD
