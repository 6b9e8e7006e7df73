"""Show a rule: its clause, the passage of our text that lays it down, and a log that breaks it.

The log is one of the specification's scenarios with one thing changed. `flux-conform explain` shows
the same, and finds rules by their words. Exit codes: 0 the rule was shown, 2 there is no such rule,
or the call is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import (
    EXIT_GOOD,
    add_format_option,
    add_machine_option,
    load_machine,
)
from flux_conform.cli.explain import clause_of, explain

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("rule", metavar="RULE", help="its id, such as rfc21/depend/outstanding")
    add_machine_option(parser)
    add_format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is known of the rule, and give the exit code."""
    specification = load_machine(arguments)
    clause = clause_of(specification, arguments.rule)
    explain(specification, clause, arguments.format == "json")
    return EXIT_GOOD
