"""`check --follow`: logs that grow, judged event by event."""

from __future__ import annotations

import errno
import json
import sys
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Any

from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_ERROR,
    EXIT_GOOD,
    UsageError,
    columns,
    wants_colour,
)
from flux_conform.cli.sources import Machines, wanted_job
from flux_conform.conformance.finding import (
    CONFORMS,
    INCOMPLETE,
    UNREADABLE,
    VIOLATES,
    Finding,
    Judgement,
)
from flux_conform.conformance.live import LiveLog
from flux_conform.conformance.machine import Machine
from flux_conform.conformance.telling import Teller
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.found import Problem, log_name
from flux_conform.logs.growing import Line, Shrunk, growing_lines, piped_lines
from flux_conform.logs.jobid import hint_for_job
from flux_conform.logs.mixed import mixed_lines
from flux_conform.logs.sources import STANDARD_INPUT
from flux_conform.rfc.clauses import Links
from flux_conform.text import Paint, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from flux_conform.conformance.judge import Options
    from flux_conform.logs.jobid import JobId

_REMEMBERED = 10_000
"""So many jobs that have ended are remembered, to know what comes after their end."""

_WORDS = {CONFORMS: "conform", INCOMPLETE: "incomplete", VIOLATES: "violate"}


def check_follow(arguments: argparse.Namespace, options: Options) -> int:
    """Judge a log or a journal as it grows, until it ends or Ctrl-C; the exit code."""
    if len(arguments.paths) != 1:
        raise UsageError("--follow follows one file, or - for standard input; give one PATH")
    if arguments.previous is not None:
        raise UsageError("--follow sees for itself whether a log only grows; leave --previous out")
    (path,) = arguments.paths
    follower = _Follower(arguments, options, path)
    try:
        for item in mixed_lines(_lines(path, follower), path):
            if isinstance(item, Problem):
                follower.problem(item)
            elif follower.is_wanted(item.job):
                follower.line(item.job, item.line)
        follower.ends()
    except KeyboardInterrupt:
        pass  # how to end a look at something that never ends
    except Shrunk:
        follower.problem(Problem(path, "it was cut or replaced while it was followed"))
    return follower.close()


def _lines(path: str, follower: _Follower) -> Iterator[Line]:
    """The lines as they come. Raises UsageError where they cannot be read."""
    # Only what reading raises is caught here: that nobody reads the output is another matter.
    try:
        if path != STANDARD_INPUT:
            yield from growing_lines(path, lambda: not follower.is_over)
        elif sys.stdin is None:
            raise UsageError("standard input is closed")
        else:
            yield from piped_lines(sys.stdin.buffer)
    except OSError as error:
        hint = hint_for_job(path, follow=True) if error.errno == errno.ENOENT else None
        also = f"; {hint}" if hint is not None else ""
        raise UsageError(f"{path}: {error.strerror or error}{also}") from error


class _Follower:
    """The live logs of a stream, and what is told of them."""

    def __init__(self, arguments: argparse.Namespace, options: Options, path: str) -> None:
        machines = Machines(arguments)
        self._machine = Machine(machines.of(None))
        self._options = options
        self._path = path
        self._job = wanted_job(arguments)
        self._live: dict[JobId | None, LiveLog] = {}
        self._ended: OrderedDict[JobId, LiveLog] = OrderedDict()
        self._counts: Counter[str] = Counter()
        self._problems = 0
        self._unreadable: set[JobId | None] = set()
        as_json = arguments.format == "json"
        self._tell = _Json(self._machine) if as_json else _Text(self._machine)

    @property
    def is_over(self) -> bool:
        """Whether the one log that is followed has come to its end."""
        only = self._live.get(None)
        return None in self._unreadable or (only is not None and only.is_over)

    def is_wanted(self, job: JobId | None) -> bool:
        """Whether the job is one that is asked for."""
        return self._job is None or job in (None, self._job)

    def line(self, job: JobId | None, line: Line) -> None:
        """Judge a line of a log."""
        if job in self._unreadable:
            return
        name = self._path if job is None else log_name(self._path, job, None, "")
        live = self._log(job)
        try:
            found = live.read(line.text, ended=line.ended)
        except UnreadableLog as error:
            self._live.pop(job, None)
            self._unreadable.add(job)
            self._counts[UNREADABLE] += 1
            self._tell.unreadable(name, str(error))
            return
        for finding in found:
            self._tell.finding(name, line.text, finding)
        if job is not None and live.is_over:
            # Remembered where it ended well, so that the end of each is told and counted once.
            if job not in self._ended:
                self._tell.ended(name, live)
            self._live.pop(job, None)
            self._ended[job] = live
            if len(self._ended) > _REMEMBERED:
                self._counts[self._ended.popitem(last=False)[1].verdict] += 1

    def _log(self, job: JobId | None) -> LiveLog:
        known = self._live.get(job)
        if known is None and job is not None:
            known = self._ended.get(job)
        if known is None:
            known = self._live[job] = LiveLog(self._machine, self._options)
        return known

    def ends(self) -> None:
        """The stream has ended: nothing more comes to its logs."""
        if not self._live and not self._ended and not self._problems and not self._unreadable:
            self._live[None] = LiveLog(self._machine, self._options)
        for job, live in self._live.items():
            for finding in live.end():
                self._tell.finding(self._path if job is None else str(job), b"", finding)

    def problem(self, problem: Problem) -> None:
        """Tell of what could not be read."""
        self._problems += 1
        self._tell.unreadable(problem.name, problem.error)

    def close(self) -> int:
        """Tell the sum, and give the exit code."""
        for job, live in self._live.items():
            name = self._path if job is None else log_name(self._path, job, None, "")
            self._tell.ended(name, live)
        for live in (*self._live.values(), *self._ended.values()):
            self._counts[live.verdict] += 1
        self._tell.close(self._counts)
        if self._problems or self._counts[UNREADABLE]:
            return EXIT_ERROR
        return EXIT_BAD if self._counts[VIOLATES] else EXIT_GOOD


class _Json:
    """An object a line: each finding as it comes, and each log as it ends."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine.specification.name
        self._links = Links(machine.specification)

    def finding(self, log: str, line: bytes, finding: Finding) -> None:
        told = {**finding._asdict(), "link": self._links.of(finding.rule)}
        self._print({"log": log, "machine": self._machine, "finding": told})

    def ended(self, log: str, live: LiveLog) -> None:
        row = {"verdict": live.verdict, "state": live.state, "events": live.events}
        self._print({"log": log, "machine": self._machine, **row, "found": live.found})

    def unreadable(self, log: str, error: str) -> None:
        self._print({"log": log, "verdict": UNREADABLE, "error": error})

    def close(self, counts: Counter[str]) -> None:
        pass

    def _print(self, row: dict[str, Any]) -> None:
        print(json.dumps(row), flush=True)


class _Text:
    """Findings for people as they come, and in the end a sum."""

    def __init__(self, machine: Machine) -> None:
        self._paint = Paint(wants_colour())
        width = min(110, max(60, columns()))
        self._teller = Teller(machine, width=width, paint=self._paint)

    def finding(self, log: str, line: bytes, finding: Finding) -> None:
        if not self._teller.is_told(finding):
            return

        def line_of(number: int) -> bytes | None:
            return line if number == finding.line else None

        for text in self._teller.finding(log, line_of, finding):
            print(text, flush=True)

    def ended(self, log: str, live: LiveLog) -> None:
        judgement = Judgement(live.verdict, live.state, live.events, ())
        print(self._teller.head(log, judgement), flush=True)

    def unreadable(self, log: str, error: str) -> None:
        shown = self._paint(printable(log), "bold")
        print(f"{shown}: {self._paint(UNREADABLE, 'red')}: {printable(error)}", flush=True)

    def close(self, counts: Counter[str]) -> None:
        total = sum(counts.values())
        if total > 1:
            parts = [
                f"{counts[verdict]:,} {_WORDS.get(verdict, verdict)}"
                for verdict in (CONFORMS, INCOMPLETE, VIOLATES, UNREADABLE)
                if counts[verdict]
            ]
            print(f"{total:,} logs: {', '.join(parts)}")
