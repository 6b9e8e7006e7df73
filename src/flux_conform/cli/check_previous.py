"""`check --previous OLD`: a log, and an older snapshot of it that must be its beginning."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flux_conform.checking.judge import judge
from flux_conform.cli.common import UsageError
from flux_conform.cli.sources import wanted_job
from flux_conform.logs.found import Problem, SourcedLog
from flux_conform.logs.limits import UnreadableLog
from flux_conform.logs.sources import STANDARD_INPUT

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from flux_conform.checking.judge import Options
    from flux_conform.checking.judges import Judged, LaneSource
    from flux_conform.machine.step import Machine
    from flux_conform.session.machines import Machines


def snapshot(arguments: argparse.Namespace, machines: Machines) -> bytes:
    """The older snapshot, in whatever form it is. Raises UsageError."""
    if len(arguments.paths) != 1 or os.path.isdir(arguments.paths[0]):
        raise UsageError("--previous compares one log with its older snapshot; give one PATH")
    if arguments.previous == arguments.paths[0] == STANDARD_INPUT:
        raise UsageError("standard input can be read once; give - once")
    logs = []
    for found in machines.read([arguments.previous], wanted_job(arguments)):
        if isinstance(found, Problem):
            raise UsageError(f"--previous: {found.name}: {found.error}")
        if isinstance(found, SourcedLog):
            logs.append(found.data)
    if len(logs) != 1:
        raise UsageError("--previous takes one log, and there are more; name one by --job")
    return logs[0]


def compared(
    earlier: bytes,
    sources: Iterator[LaneSource],
    machine_of: Callable[[str], Machine],
    options: Options,
) -> Iterator[Judged]:
    """The judgement on the one log that there is an older snapshot of. Raises UsageError."""
    for number, (lane, name, given) in enumerate(sources):
        if isinstance(given, UnreadableLog):
            yield name, b"", given
            continue
        if number:
            raise UsageError("--previous compares one log, and here are more; name one by --job")
        assert isinstance(given, bytes)
        try:
            yield name, given, judge(machine_of(lane), given, options, earlier=earlier)
        except UnreadableLog as error:
            yield name, given, error
