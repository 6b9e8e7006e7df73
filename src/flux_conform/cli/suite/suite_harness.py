"""Answer as a harness: the checker of this package, behind the harness protocol.

It reads requests from standard input and writes answers to standard output. Run against it, the
suite shows that the protocol and the checker agree:

    flux-conform suite run -- flux-conform suite harness
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from flux_conform.cli.common import EXIT_GOOD, add_machine_option, load_machine, usage_errors

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_machine_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer until stop or the end of input, and give the exit code."""
    from flux_conform.suite.own import Checker
    from flux_conform.suite.protocol import Garbled

    checker = Checker(load_machine(arguments))
    for line in sys.stdin.buffer:
        with usage_errors(Garbled, prefix="standard input: "):
            answer = checker.answer(line)
        if answer is None:
            break
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()
    return EXIT_GOOD
