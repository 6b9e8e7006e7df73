"""The conformance suite: run it against a program in any language.

docs/suite.md describes the suite and the protocol. Each verb has help of its own:
`flux-conform suite run --help`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from flux_conform.cli.parsing import VERB

if TYPE_CHECKING:
    import argparse

# A line each: `suite NAME` is the module suite_NAME beside this one.
VERBS = {
    "export": "write the suite of a specification as plain files",
    "release": "give what the suite holds now its version, and list what changed",
    "strength": "measure which mutants of the specification the suite kills",
    "run": "drive a program over the harness protocol, and report what it passes",
    "harness": "be such a program: the checker of this package, behind the protocol",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of each verb."""
    verbs = parser.add_subparsers(dest="what", required=True, metavar=VERB)
    for name, says in VERBS.items():
        module = import_module(f"flux_conform.cli.suite.suite_{name}")
        verb = verbs.add_parser(
            name, help=says, description=module.__doc__, formatter_class=parser.formatter_class
        )
        module.add_arguments(verb)


def run(arguments: argparse.Namespace) -> int:
    """Run the verb that was asked for, and give its exit code."""
    module = import_module(f"flux_conform.cli.suite.suite_{arguments.what}")
    code: int = module.run(arguments)
    return code
