"""`check --follow`: what is found in logs that grow, until they end or Ctrl-C."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from flux_conform.cli.check_follow_output import JsonLines, TextLines
from flux_conform.cli.common import EXIT_BAD, EXIT_ERROR, EXIT_GOOD, UsageError
from flux_conform.cli.interrupts import INTERRUPTS
from flux_conform.cli.log_options import machines_of, wanted_job
from flux_conform.session.live import Following

if TYPE_CHECKING:
    import argparse

    from flux_conform.checking.judge import Options


def check_follow(arguments: argparse.Namespace, options: Options) -> int:
    """Judge a log or a journal as it grows, until it ends or Ctrl-C; the exit code."""
    if len(arguments.paths) != 1:
        raise UsageError("--follow follows one file, or - for standard input; give one PATH")
    if arguments.previous is not None:
        raise UsageError("--follow sees for itself whether a log only grows; leave --previous out")
    (path,) = arguments.paths
    following = Following(path, machines_of(arguments), options, wanted_job(arguments))
    output = JsonLines() if arguments.format == "json" else TextLines()
    try:
        with closing(following.events()) as events:
            for event in events:
                output.put(event)
    except KeyboardInterrupt:
        INTERRUPTS.taken()  # how to end a look at something that never ends
    for event in following.finish():
        output.put(event)
    output.close(following.counts)
    return EXIT_ERROR if following.has_errors else EXIT_BAD if following.is_bad else EXIT_GOOD
