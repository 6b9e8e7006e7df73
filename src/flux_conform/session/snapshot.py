"""A log, and an older snapshot of it that must be its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.checking.judge import judge
from flux_conform.logs.limits import UnreadableLog
from flux_conform.logs.source_items import Problem, SourcedLog
from flux_conform.session import SessionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flux_conform.checking.judge import Options
    from flux_conform.checking.judges import Judged, LaneSource
    from flux_conform.logs.jobid import JobId
    from flux_conform.machine.step import Machine
    from flux_conform.session import Named
    from flux_conform.session.machines import Machines


def snapshot(path: str, machines: Machines, job: JobId | None = None) -> bytes:
    """The older snapshot at a path, in whatever form it is. Raises SessionError."""
    named = machines.named
    logs = []
    for found in machines.read([path], job):
        if isinstance(found, Problem):
            raise SessionError(f"{named('previous')}: {found.name}: {found.error}")
        if isinstance(found, SourcedLog):
            logs.append(found.data)
    if len(logs) != 1:
        raise SessionError(
            f"{named('previous')} takes one log, and there are more; name one by {named('job')}"
        )
    return logs[0]


def compared(
    earlier: bytes,
    sources: Iterator[LaneSource],
    machine_of: Callable[[str], Machine],
    options: Options,
    named: Named,
) -> Iterator[Judged]:
    """The judgement on the one log that there is an older snapshot of. Raises SessionError."""
    for number, (lane, name, given) in enumerate(sources):
        if isinstance(given, UnreadableLog):
            yield name, b"", given
            continue
        if number:
            raise SessionError(
                f"{named('previous')} compares one log, and here are more; "
                f"name one by {named('job')}"
            )
        assert isinstance(given, bytes)
        try:
            yield name, given, judge(machine_of(lane), given, options, earlier=earlier)
        except UnreadableLog as error:
            yield name, given, error
