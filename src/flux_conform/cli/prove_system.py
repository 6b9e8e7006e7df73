"""`prove --system`: decides what is claimed of a system, and shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.artefacts import artefact
from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_ERROR,
    EXIT_GOOD,
    UsageError,
    print_wrapped,
    says_unicode,
    usage_errors,
)

if TYPE_CHECKING:
    import argparse

SHIPPED = "system.yaml"
"""The system that `--system` without a file means."""


def run_system(arguments: argparse.Namespace) -> int:
    """Decide the claims, print what was found, and give the exit code."""
    from flux_conform.machine.deadline import OutOfTime, limited
    from flux_conform.system.system_claims import UNKNOWN, Overflow, decide
    from flux_conform.system.system_file import load_system
    from flux_conform.system.system_report import json_text, text

    system = load_system(arguments.system or artefact("model", SHIPPED))
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
    wanted = set(arguments.property)
    claims = tuple(claim for claim in system.claims if not wanted or claim.name in wanted)
    if unknown := wanted - {claim.name for claim in claims}:
        raise UsageError(f'{system.name} has no claim "{min(unknown)}"')
    system = system.with_budgets(given)._replace(claims=claims)
    try:
        with usage_errors(Overflow), limited(arguments.timeout):
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
