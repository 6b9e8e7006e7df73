"""Look at an RFC's text, or at one of its rules.

`flux-conform rfc VERB --help` shows more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from flux_conform.cli.parsing import VERB

if TYPE_CHECKING:
    import argparse

VERBS = ("show", "check")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verbs below this one, each with its options."""
    verbs = parser.add_subparsers(dest="subverb", metavar=VERB, required=True)
    for verb in VERBS:
        module = import_module(f"flux_conform.cli.rfc.rfc_{verb}")
        summary = (module.__doc__ or "").partition("\n")[0].rstrip(".")
        below = verbs.add_parser(
            verb,
            help=summary[:1].lower() + summary[1:],
            description=module.__doc__,
            formatter_class=parser.formatter_class,
        )
        module.add_arguments(below)
        below.set_defaults(run_subverb=module.run)


def run(arguments: argparse.Namespace) -> int:
    """Run the verb below; the result is its exit code."""
    code: int = arguments.run_subverb(arguments)
    return code
