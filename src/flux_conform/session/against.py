"""Compares logs with what an instance reports of their jobs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from flux_conform.artefacts import artefact
from flux_conform.checking.replay import replay
from flux_conform.checking.source_differences import Difference, differences
from flux_conform.logs.eventlog_keys import JOB
from flux_conform.logs.jobid import JobId
from flux_conform.logs.source_items import Skipped, SourcedLog
from flux_conform.machine.step import Machine

if TYPE_CHECKING:
    from flux_conform.logs.reported_jobs import ReportedJobs


class Against:
    """The jobs that a report lists, and those of them whose logs have come."""

    def __init__(self, reported: ReportedJobs) -> None:
        """Raises SpecificationFaults where the packaged fields do not fit."""
        from flux_conform.language.loader import load_file

        self._reported = reported
        self._machine = Machine(
            load_file(artefact("model", "reported", "flux-jobs.yaml")), report=True
        )
        self._met: set[int] = set()
        self._unlisted = 0

    def differences(self, log: SourcedLog, kind: str) -> tuple[Difference, ...]:
        """Where the report says other things than a log. Raises UnreadableLog.

        Only logs of jobs are compared, by the id that their source or their file's name has.
        """
        if kind != JOB:
            return ()
        job = log.job or JobId.from_name(os.path.basename(log.name))
        told: Mapping[str, Any] | None = job and self._reported.jobs.get(job.number)
        if job is None or told is None:
            self._unlisted += 1
            return ()
        self._met.add(job.number)
        return differences(replay(self._machine, log.data), told, self._machine, log.data)

    def left(self) -> Iterator[Skipped]:
        """What could not be compared, for one side says nothing of it."""
        missing = len(self._reported.jobs) - len(self._met)
        if missing:
            yield Skipped(self._reported.path, missing, "jobs without a log among those checked")
        if self._unlisted:
            yield Skipped(self._reported.path, self._unlisted, "logs of jobs that it does not list")
