"""Compares logs with what an instance reports of their jobs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flux_conform.artefacts import artefact
from flux_conform.checking.replay import replay
from flux_conform.checking.source_differences import Difference, differences
from flux_conform.logs.eventlog_keys import JOB
from flux_conform.logs.jobid import JobId
from flux_conform.logs.source_items import Skipped, SourcedLog
from flux_conform.machine.step import Machine

if TYPE_CHECKING:
    from flux_conform.logs.reported_jobs import ReportedJobs


_MOST_NAMED = 10
"""How many jobs are named that are on one side only."""


class Against:
    """The jobs that a report lists, and those of them whose logs have come."""

    def __init__(self, reported: ReportedJobs) -> None:
        """Raises SpecificationFaults where the packaged fields do not fit."""
        from flux_conform.language.loader import load_file

        self._reported = reported
        self._machine = Machine(
            load_file(artefact("model", "reported", "flux-jobs.yaml")), report=True
        )
        self._unlisted = 0
        self._unlisted_names: list[str] = []

    def differences(self, log: SourcedLog, kind: str) -> tuple[Difference, ...]:
        """Where the report says other things than a log. Raises UnreadableLog.

        Only logs of jobs are compared, by the id that their source or their file's name has.
        """
        if kind != JOB:
            return ()
        job = log.job or JobId.from_name(os.path.basename(log.name))
        told = None if job is None else self._reported.take(job)
        if told is None:
            self._unlisted += 1
            if self._unlisted <= _MOST_NAMED:
                self._unlisted_names.append(log.name if job is None else job.f58)
            return ()
        return differences(replay(self._machine, log.data), told, self._machine, log.data)

    def left(self) -> Iterator[Skipped]:
        """What could not be compared, for one side says nothing of it."""
        missing, first = self._reported.left(_MOST_NAMED)
        if missing:
            named = _named([job.f58 for job in first], missing)
            what = f"jobs without a log among those checked: {named}"
            yield Skipped(self._reported.path, missing, what)
        if self._unlisted:
            named = _named(self._unlisted_names, self._unlisted)
            what = f"logs of jobs that it does not list: {named}"
            yield Skipped(self._reported.path, self._unlisted, what)


def _named(names: list[str], count: int) -> str:
    """The first of so many names, and how many are left."""
    left = count - len(names)
    return ", ".join(names) + (f" and {left:,} more" if left else "")
