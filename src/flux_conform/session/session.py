"""Finds, judges and mends many logs, and yields the results as events, in a fixed order."""

from __future__ import annotations

import os
from collections import Counter, deque
from typing import TYPE_CHECKING, TypeAlias

from flux_conform.checking.finding import VIOLATES
from flux_conform.checking.judge import Options
from flux_conform.logs.limits import UnreadableLog, within_limits
from flux_conform.logs.meter import Meter
from flux_conform.logs.remote import OtherForm
from flux_conform.logs.source_items import Problem, Skipped, SourcedLog, SourceItem
from flux_conform.machine.step import Machine
from flux_conform.session.events import Finished, LogJudged, Progress
from flux_conform.session.summary import Resumed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from flux_conform.checking.finding import Judgement
    from flux_conform.checking.judges import Judge, Judged, LaneSource
    from flux_conform.checking.missing_events import MissingEventsJudge, MissingEventsResult
    from flux_conform.checking.source_differences import Difference
    from flux_conform.checking.spread import Crew
    from flux_conform.logs.jobid import JobId
    from flux_conform.session.against import Against
    from flux_conform.session.machines import Machines
    from flux_conform.session.mending import Mending
    from flux_conform.session.resume import Resume
    from flux_conform.session.together import Together

Event: TypeAlias = Resumed | LogJudged | Problem | Skipped | Finished
"""What a session gives out. A Problem is a log or a source that cannot be read.

The first may be Resumed; what was left out (Skipped) is summed up before the last, Finished.
"""


class Session:
    """Judges the logs at some paths, once; `events` gives out what becomes of them.

    `job` is the one whose logs are judged, None for all. `earlier` is an older snapshot of the one
    log that there is then. `together` judges the logs of one job together, too, and `against` is
    what an instance reports of the jobs. `mending` mends what violates, `resume` keeps how far the
    work is. A `crew` spreads the work over processes; where they are on this machine and
    `leave_reading` is true, they read files themselves, and logs without findings come without
    their bytes.
    """

    def __init__(
        self,
        paths: Sequence[str],
        machines: Machines,
        options: Options | None = None,
        *,
        job: JobId | None = None,
        earlier: bytes | None = None,
        mending: Mending | None = None,
        resume: Resume | None = None,
        together: Together | None = None,
        crew: Crew | None = None,
        against: Against | None = None,
        leave_reading: bool = False,
    ) -> None:
        self._paths = paths
        self._machines = machines
        self._options = options or Options()
        self._job = job
        self._earlier = earlier
        self._mending = mending
        self._resume = resume
        self._crew = crew
        self._together = together
        if together is not None:
            machines.add(together.specification)
        self._against = against
        # What a resumed session skips is known by its name, and names within a file come with it.
        needs_data = together is not None or against is not None
        self._leaves_reading = leave_reading and job is None and resume is None and not needs_data
        self.meter = Meter()
        self._logs = self._events = 0
        self._found: deque[SourceItem] = deque()
        """What was found, and has not come back from being judged."""
        self._judges = Judges(machines, self._options)
        self._lacking: MissingEventsJudge | None = None
        self._made: dict[str, Machine] = {}
        self._reporting: dict[str, Machine] = {}
        self._is_bad = resume is not None and resume.bad
        self._has_errors = resume is not None and resume.errors
        self._skipped: dict[str, Counter[str]] = {}
        self._refused: str | None = None

    @property
    def progress(self) -> Progress:
        """How far the work is; what was done before it was resumed does not count."""
        return Progress(self._logs, self._events)

    def events(self) -> Generator[Event, None, None]:
        """Yield all results. Raises SessionError if the work cannot be carried out."""
        if self._resume is not None:
            yield Resumed(self._resume.summary_before())
        for _, data, judgement in self._judged():
            found = self._next(self._found)
            if isinstance(judgement, OtherForm):
                yield from self._of_another_form(found.name)
                continue
            if isinstance(found, SourcedLog) and found.is_unread:
                self.meter.count_elsewhere(found.name)
            yield from self._outcome(found, data, judgement)
        self._pass_skipped(self._found)
        yield from self.skipped()
        if self._resume is not None:
            self._resume.close(whole=True)
        yield Finished(self.progress, self._is_bad, self._has_errors)

    def refuse(self, why: str) -> None:
        """Mark the latest log as unreadable: a report could not process it."""
        self._refused = why

    def skipped(self) -> Iterator[Skipped]:
        """What was left out so far."""
        for name, counts in sorted(self._skipped.items()):
            for what, number in sorted(counts.items()):
                yield Skipped(name, number, what)
        if self._against is not None:
            yield from self._against.left()

    def interrupt(self) -> None:
        """Save the progress, if there is a `resume`. Raises SessionError."""
        if self._resume is not None:
            self._resume.close(whole=False)

    # What is judged

    def _judged(self) -> Iterator[Judged]:
        sources = self._sources(self._paths, self._found, unread=self._leaves_reading)
        if self._earlier is not None:
            from flux_conform.session.snapshot import compared

            named = self._machines.named
            return compared(self._earlier, sources, self._machine, self._options, named)
        if self._crew is None:
            from flux_conform.checking.judges import judge_lanes

            return judge_lanes(sources, self._judges)
        from flux_conform.checking.spread import judge_many_lanes

        specifications = {name: self._machines.of(name) for name in self._machines.names}
        if self._together is not None:
            specifications[self._together.kind] = self._together.specification
        return judge_many_lanes(sources, specifications, self._options, self._crew)

    def _sources(
        self,
        paths: Sequence[str],
        into: deque[SourceItem],
        *,
        unread: bool = False,
        below: str | None = None,
    ) -> Iterator[LaneSource]:
        """What is to be judged at the paths, each in the lane of its machine.

        `into` takes all that is found, and what is left out too.
        """
        for found in self._read(paths, unread, below):
            if isinstance(found, Skipped):
                into.append(found)
                continue
            if self._resume is not None and self._resume.skip(found.name):
                continue
            into.append(found)
            if isinstance(found, Problem):
                # It comes back in its place.
                yield self._machines.names[0], found.name, UnreadableLog(found.error)
            else:
                given = found.name if found.is_unread else found.data
                yield self._machines.name_of(found.kind), found.name, given

    def _read(self, paths: Sequence[str], unread: bool, below: str | None) -> Iterator[SourceItem]:
        read, meter = self._machines.read, self.meter
        if self._together is None:
            return read(paths, self._job, meter, unread=unread, below=below)
        documents = self._together.documents
        return self._together.passing(read(paths, self._job, meter, documents=documents))

    def _of_another_form(self, path: str) -> Iterator[Event]:
        """Judge what a file holds that a process took for an eventlog by its name.

        The file is below a directory, with which it is counted where it is left out.
        """
        from flux_conform.checking.judges import judge_lanes

        found: deque[SourceItem] = deque()
        above = next(each for each in self._paths if path.startswith(os.path.join(each, "")))
        sources = self._sources([path], found, below=above)
        for _, data, judgement in judge_lanes(sources, self._judges):
            yield from self._outcome(self._next(found), data, judgement)
        self._pass_skipped(found)

    def _next(self, found: deque[SourceItem]) -> SourcedLog | Problem:
        """What comes back next; what was left out before it is counted."""
        self._pass_skipped(found)
        first = found.popleft()
        assert not isinstance(first, Skipped)
        return first

    def _pass_skipped(self, found: deque[SourceItem]) -> None:
        """Count what was left out next."""
        while found and isinstance(found[0], Skipped):
            name, number, what = found[0]
            self._skipped.setdefault(name, Counter())[what] += number
            found.popleft()

    # What became of it

    def _outcome(
        self, found: SourcedLog | Problem, data: bytes, judgement: Judgement | UnreadableLog
    ) -> Iterator[Event]:
        if isinstance(found, Problem) or isinstance(judgement, UnreadableLog):
            yield from self._unreadable(found.name, str(judgement))
            return
        if found.is_unread and data:
            found = found._replace(data=data)
        try:
            log = self._log(found, judgement)
        except UnreadableLog as error:
            yield from self._unreadable(found.name, str(error))
            return
        yield log
        refused, self._refused = self._refused, None
        if refused is not None:
            yield from self._unreadable(log.name, refused)
            return
        # Only now, for an interruption before would have it judged again.
        self._logs += 1
        self._events += judgement.events
        self._is_bad |= log.is_bad
        if self._resume is not None:
            self._resume.judged(log)

    def _unreadable(self, name: str, error: str) -> Iterator[Event]:
        self._has_errors = True
        yield Problem(name, error)
        self._logs += 1
        if self._resume is not None:
            self._resume.unreadable(name)

    @within_limits
    def _log(self, found: SourcedLog, judgement: Judgement) -> LogJudged:
        """All that is known of a log. Raises UnreadableLog."""
        machine = self._machine(self._machines.name_of(found.kind))
        differs = self._differences(found) if found.recorded else ()
        if self._against is not None:
            differs += self._against.differences(found, self._machines.name_of(found.kind))
        lacking = self._lacks(machine, found, judgement)
        lost, window = found.lost, None
        if lacking is not None:
            lost, window = lacking.lost, lacking.window
            judgement = judgement if window is None else window.judgement
        # Missing events look like faults, so a log that lacks some cannot be mended.
        mended = None
        if self._mending is not None and window is None:
            mended = self._mending.mended(found, machine, judgement)
        return LogJudged(
            found.name,
            machine,
            found.data,
            judgement,
            self._options.strict,
            found.job,
            lost,
            differs,
            mended,
            window,
        )

    def _lacks(
        self, machine: Machine, log: SourcedLog, judgement: Judgement
    ) -> MissingEventsResult | None:
        """The judgement on a log that violates, where its source may have left events out."""
        if judgement.verdict != VIOLATES or not (log.gaps or log.journal):
            return None
        if self._lacking is None:
            from flux_conform.checking.missing_events import MissingEventsJudge

            self._lacking = MissingEventsJudge(self._options)
        return self._lacking.judged(machine, log, judgement.verdict)

    def _differences(self, log: SourcedLog) -> tuple[Difference, ...]:
        """Where a log says other things than its source. Raises UnreadableLog."""
        from flux_conform.checking.replay import replay
        from flux_conform.checking.source_differences import differences

        specification = self._machines.of(log.kind)
        if specification.name not in self._reporting:
            self._reporting[specification.name] = Machine(specification, report=True)
        return differences(replay(self._reporting[specification.name], log.data), log.recorded)

    def _machine(self, name: str) -> Machine:
        machine = self._made.get(name)
        if machine is None:
            machine = self._made[name] = Machine(self._machines.of(name))
        return machine


class Judges(dict[str, "Judge"]):
    """The judges by the names of their machines, each made when its first log comes."""

    def __init__(self, machines: Machines, options: Options) -> None:
        super().__init__()
        self._machines = machines
        self._options = options

    def __missing__(self, name: str) -> Judge:
        from flux_conform.checking.judges import Judge

        judge = self[name] = Judge(self._machines.of(name), self._options)
        return judge
