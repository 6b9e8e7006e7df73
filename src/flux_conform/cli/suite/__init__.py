"""The conformance suite: run it against a program in any language.

docs/suite.md describes the suite and the protocol. Each verb has help of its own:
`flux-conform suite run --help`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.parsing import add_verbs
from flux_conform.cli.parsing import run_verb as run

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run"]

VERBS = {
    "export": "write the suite of a specification as plain files",
    "release": "give what the suite holds now its version, and list what changed",
    "strength": "measure which mutants of the specification the suite kills",
    "run": "drive a program over the harness protocol, and report what it passes",
    "harness": "be such a program: the checker of this package, behind the protocol",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verbs below this one, each with its options."""
    add_verbs(parser, "suite.suite_", VERBS)
