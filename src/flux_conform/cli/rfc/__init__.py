"""Look at an RFC's text, or at one of its rules.

`flux-conform rfc VERB --help` shows more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.parsing import add_verbs
from flux_conform.cli.parsing import run_verb as run

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run"]

VERBS = {
    "show": "show a rule: its clause, the passage of our text that lays it down, and a log that "
    "breaks it",
    "check": "hold an RFC's own source against a specification, and show where the two differ",
    "tie": "tie the sentences of an RFC's source to what answers them in a specification",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verbs below this one, each with its options."""
    add_verbs(parser, "rfc.rfc_", VERBS)
