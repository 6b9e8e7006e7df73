"""`check --repair`: logs that are not mended, and the mended log on standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from typing import TYPE_CHECKING

from flux_conform.checking.finding import VIOLATES
from flux_conform.cli.common import UsageError
from flux_conform.session.delivery import Report
from flux_conform.text import printable

if TYPE_CHECKING:
    import argparse

    from flux_conform.session.events import LogJudged

STANDARD_OUTPUT = "-"

_LACKS = "not mended, for it may lack events; take the stored log"


@contextmanager
def repairing(arguments: argparse.Namespace) -> Iterator[tuple[Report, ...]]:
    """The reports for `--repair`, which get each event before the others.

    With `--repair -`, only the mended log goes to standard output; what is printed during the block
    goes to standard error. Raises UsageError.
    """
    if arguments.repair != STANDARD_OUTPUT:
        yield (_NotMended(),)
        return
    if arguments.output == STANDARD_OUTPUT:
        raise UsageError(
            "--repair - and -o - both write to standard output; name a file for one of them"
        )
    if len(arguments.paths) > 1 or os.path.isdir(arguments.paths[0]):
        raise UsageError(
            "--repair -: standard output takes one log; for several write --repair DIR/"
        )
    out, held = sys.stdout, _Held()
    with nullcontext() if arguments.output is not None else redirect_stdout(sys.stderr):
        yield _NotMended(), held
    if held.data is not None:
        out.flush()
        out.buffer.write(held.data)
        out.flush()


class _NotMended(Report):
    """Names the logs that violate but are not mended, because they may lack events."""

    def judged(self, log: LogJudged) -> None:
        if log.window is not None and log.judgement.verdict == VIOLATES:
            print(f"{printable(log.name)}: {_LACKS}", file=sys.stderr)


class _Held(_NotMended):
    """Holds the log for standard output until all reports about it are printed."""

    def __init__(self) -> None:
        self.data: bytes | None = None
        self._count = 0

    def judged(self, log: LogJudged) -> None:
        """Keep a log, mended where it violates and can be mended. Raises UsageError."""
        self._count += 1
        if self._count > 1:
            raise UsageError(
                "--repair -: standard output takes one log, and here are more; name one with "
                "--job, or write them to a directory: --repair DIR/"
            )
        if log.judgement.verdict != VIOLATES:
            self.data = log.data
        elif log.mended is not None and log.mended.mending.repairs:
            self.data = log.mended.mending.repairs[0].data
