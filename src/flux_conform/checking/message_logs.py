"""Logs whose lines name their parts otherwise than eventlogs do: judged in the form of those."""

from __future__ import annotations

from collections.abc import Sequence

from flux_conform.checking.finding import Finding
from flux_conform.machine.step import Machine


def plainly(machine: Machine, data: bytes) -> tuple[Machine, bytes]:
    """Return the machine and the log in the form of eventlogs, with the same lines."""
    form = machine.specification.fields
    return (machine, data) if form is None else (machine.plain, form.plain_log(data))


def placed(findings: Sequence[Finding], data: bytes) -> tuple[Finding, ...]:
    """Return the findings with the offsets of their lines in the log as it is."""
    if not findings:
        return ()
    last = max(finding.line for finding in findings)
    starts = [0, 0]
    while len(starts) <= last:
        starts.append(data.find(b"\n", starts[-1]) + 1)
    return tuple(finding._replace(offset=starts[finding.line]) for finding in findings)
