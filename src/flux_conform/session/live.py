"""Judges logs that grow, event by event."""

from __future__ import annotations

import errno
import os
import sys
from collections import Counter, OrderedDict
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from flux_conform.checking.finding import UNREADABLE, VIOLATES, Finding, Judgement
from flux_conform.checking.incremental import LiveLog
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.eventlog_keys import JOB, job_of_path
from flux_conform.logs.followed import FollowedSource, LostLine
from flux_conform.logs.growing import FileChanged, GrowingFile, PipeReader, is_pipe
from flux_conform.logs.jobid import hint_for_job
from flux_conform.logs.kind import MOST_EVENTS, KindDetector, event_name
from flux_conform.logs.remote import is_address
from flux_conform.logs.source_items import NO_LOG_OF_JOB, Problem, SourceError, log_name
from flux_conform.logs.sources import STANDARD_INPUT
from flux_conform.machine.step import Machine
from flux_conform.session import SessionError
from flux_conform.session.machines import Machines, a_log

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from flux_conform.checking.judge import Options
    from flux_conform.logs.copied_lines import Line
    from flux_conform.logs.growing import Mark
    from flux_conform.logs.jobid import JobId
    from flux_conform.logs.stream import Readable

_REMEMBERED = 10_000
"""Number of ended jobs that are remembered, to judge what comes after their end."""

_MOST_UNDECIDED, _MOST_UNDECIDED_BYTES = 1_000, 1 << 20
"""How much is kept until the kind of a log is known."""


class FindingMade(NamedTuple):
    """A finding, in a line of a log."""

    log: str
    machine: Machine
    line: bytes
    finding: Finding


class LogEnded(NamedTuple):
    """The judgement on a log, when it or its source ended.

    The findings were given out before, `found` is their number. `lost` says what of the log was not
    judged.
    """

    log: str
    machine: Machine
    judgement: Judgement
    found: int
    lost: tuple[str, ...]


LiveEvent: TypeAlias = FindingMade | LogEnded | Problem


class Watcher(Protocol):
    """Sees what each event does."""

    def took(self, job: JobId | None, live: LiveLog, *, is_late: bool) -> None:
        """See the event that a log has just taken; `is_late` says that it had ended before."""

    def lost(self, job: JobId | None) -> None:
        """See that a log is judged no further."""


class Following:
    """A log or a journal that is judged as it grows.

    `events` gives out what is found as it comes, and `finish` what is left to say, when the source
    has ended or nobody wants to see more.
    """

    def __init__(
        self,
        path: str,
        machines: Machines,
        options: Options,
        job: JobId | None = None,
        watcher: Watcher | None = None,
        readable: Readable | None = None,
    ) -> None:
        """`watcher` is told of each event that a log takes; `readable` stands for the path."""
        self.path = path
        self.counts: Counter[str] = Counter()
        """How many logs there are of each verdict, when all is finished."""
        self._source = FollowedSource(path, machines.kinds.preferred.plain)
        self._is_refused = False
        """Whether nothing in the source can be judged."""
        self._machines = machines
        self._made: dict[str, Machine] = {}
        self._options = options
        self._job = job
        self._watcher = watcher
        self._readable = readable
        self._file: GrowingFile | None = None
        self.on_idle: Callable[[], None] = lambda: None
        """Called whenever all of a file was read."""
        self._is_asked_for = job in (None, job_of_path(path))
        """Whether the source, if it is one log, is the one that is asked for."""
        self._live: dict[JobId | None, LiveLog] = {}
        self._ended: OrderedDict[JobId, LiveLog] = OrderedDict()
        self._problems = 0
        self._unreadable: set[JobId | None] = set()
        self._undecided: list[Line] = []
        self._undecided_bytes = 0
        self._detector = KindDetector(machines.kinds)
        self._kind: str | None = None
        self._out: list[LiveEvent] = []
        """What is to be given out."""

    @property
    def has_errors(self) -> bool:
        """Whether something could not be read."""
        return bool(self._problems or self.counts[UNREADABLE])

    @property
    def is_bad(self) -> bool:
        """Whether a log violates."""
        return self.counts[VIOLATES] > 0

    def events(self) -> Generator[LiveEvent, None, None]:
        """What is found, until the source ends. Raises SessionError where it cannot be followed."""
        with self._opened() as readable:
            items = self._source.lines(readable)
            while not self._is_refused:
                try:
                    item = next(items, None)
                except FileChanged as error:
                    self._bad_line(Problem(self.path, str(error)))
                    break
                except SourceError as error:
                    self._problem(str(error))
                    break
                except OSError as error:
                    raise SessionError(f"{self.path}: {error.strerror or error}") from error
                if item is None:
                    self._ends()
                    break
                if isinstance(item, LostLine):
                    self._lost_line(item)
                elif self._is_wanted(item.job):
                    self._line(item.job, item.line, lacks=self._source.lacks)
                elif item.job is None:
                    self._without_log()
                yield from self._said()
            yield from self._said()

    def finish(self) -> Iterator[LiveEvent]:
        """What is left to say of each log; then `counts` is whole."""
        if self._undecided and not self._is_refused:
            self._decide(at_end=True)
        only = self._live.get(None)
        if only is not None and self._is_strange(only):
            self._problem(self._machines.strange)
        for job, live in self._live.items():
            name = self.path if job is None else log_name(self.path, job, None, "")
            self._end(name, live, self._source.lost if job is None else self._doubts(live))
        for live in (*self._live.values(), *self._ended.values()):
            self.counts[live.verdict] += 1
        yield from self._said()

    def _said(self) -> Iterator[LiveEvent]:
        said, self._out = self._out, []
        yield from said

    @contextmanager
    def _opened(self) -> Iterator[Readable]:
        """The source, to be read as it comes. Raises SessionError."""
        if self._readable is not None:
            yield self._readable
            return
        path, follow = self.path, self._machines.named("follow")
        if path == STANDARD_INPUT:
            if sys.stdin is None:
                raise SessionError("standard input is closed")
            yield PipeReader(sys.stdin.buffer)
            return
        if is_address(path):
            raise SessionError(f"{path}: an address cannot be followed; check it without {follow}")
        if os.path.isdir(path):
            raise SessionError(
                f"{path}: this is a directory, and {follow} follows one file; name it"
            )
        with ExitStack() as stack:
            try:
                file = stack.enter_context(open(path, "rb", buffering=0))
            except OSError as error:
                hint = hint_for_job(path, follow=True) if error.errno == errno.ENOENT else None
                also = f"; {hint}" if hint is not None else ""
                raise SessionError(f"{path}: {error.strerror or error}{also}") from error
            if is_pipe(file):
                yield PipeReader(file)
            else:
                self._file = GrowingFile(
                    path, file, lambda: not self._is_over, caught_up=self._caught_up
                )
                yield self._file

    def _caught_up(self) -> None:
        self._source.caught_up()
        self.on_idle()

    @property
    def mark(self) -> Mark | None:
        """What was read so far of a file; None of a pipe."""
        return None if self._file is None else self._file.mark

    @property
    def _is_over(self) -> bool:
        """Whether the one log that is followed has come to its end."""
        only = self._live.get(None)
        return None in self._unreadable or (only is not None and only.is_over)

    def _is_wanted(self, job: JobId | None) -> bool:
        """Whether the job is one that is asked for."""
        return self._job is None or (self._is_asked_for if job is None else job == self._job)

    def _line(self, job: JobId | None, line: Line, *, lacks: bool) -> None:
        """Judge a line of a log, or keep it until the kind of the log is known.

        `lacks` is whether a journal may lack what came before it.
        """
        if job is not None and lacks and self._is_late(job, line):
            self._lose(job, "the journal lacks its beginning")
        if job is None and None not in self._live and None not in self._unreadable:
            self._undecided.append(line)
            self._decide()
        elif job is not None or self._is_one_kind(line):
            self._judge(job, line)

    def _is_one_kind(self, line: Line) -> bool:
        """Whether the log is still of the kind that its first events have."""
        if self._detector.events < MOST_EVENTS and self._detector.read(line.text):
            preferred = self._machines.kinds.preferred.name
            began = self._kind or preferred
            now = self._detector.kind(self.path) or preferred
            if now != began:
                self._problem(
                    f"it begins as {a_log(began)}, and goes on as {a_log(now)}; "
                    f"check it without {self._machines.named('follow')}"
                )
        return not self._is_refused

    def _name_of(self, line: Line) -> str | None:
        """The name of the event on a line."""
        return event_name(line.text, self._machines.kinds.preferred.plain)

    def _decide(self, *, at_end: bool = False) -> None:
        """Judge the lines that were kept, once the kind of the log is known."""
        if not at_end:
            self._detector.read(self._undecided[-1].text)
            self._undecided_bytes += len(self._undecided[-1].text)
            is_full = (
                len(self._undecided) >= _MOST_UNDECIDED
                or self._undecided_bytes >= _MOST_UNDECIDED_BYTES
            )
            if not self._detector.is_decided and not is_full:
                return
        self._kind = self._detector.kind(self.path)
        why = self._machines.why_not(self._kind)
        if why is not None:
            self._problem(why)
            return
        self._live[None] = LiveLog(self._machine(self._kind), self._options)
        lines, self._undecided = self._undecided, []
        for line in lines:
            self._judge(None, line)

    def _machine(self, kind: str | None) -> Machine:
        specification = self._machines.of(kind)
        return self._made.setdefault(specification.name, Machine(specification))

    def _judge(self, job: JobId | None, line: Line) -> None:
        if job in self._unreadable:
            return
        name = self.path if job is None else log_name(self.path, job, None, "")
        live = self._log(job)
        events = live.events
        try:
            found = live.read(line.text, ended=line.ended)
        except UnreadableLog as error:
            self._give_up(job, Problem(name, str(error)))
            self._is_refused = job is None
            return
        if self._watcher is not None and live.events > events:
            self._watcher.took(job, live, is_late=job is not None and job in self._ended)
        for finding in found:
            self._out.append(FindingMade(name, live.machine, line.text, finding))
        if job is not None and live.is_over:
            # If it has ended before, its end is reported and counted already.
            if job not in self._ended:
                self._end(name, live, self._doubts(live))
            self._live.pop(job, None)
            self._ended[job] = live
            if len(self._ended) > _REMEMBERED:
                self.counts[self._ended.popitem(last=False)[1].verdict] += 1

    def _log(self, job: JobId | None) -> LiveLog:
        known = self._live.get(job)
        if known is None and job is not None:
            known = self._ended.get(job)
        if known is None:
            known = self._live[job] = LiveLog(self._machine(JOB), self._options)
        return known

    def _ends(self) -> None:
        """The source has ended: nothing more comes to its logs."""
        if not self._live and not self._ended and not self._problems and not self._unreadable:
            none = self._source.no_log(self._job)
            if none is not None:
                self._bad_line(none)
            elif not self._is_asked_for:
                self._without_log()
            else:
                self._decide(at_end=True)
        for job, live in self._live.items():
            for finding in live.end():
                name = self.path if job is None else str(job)
                self._out.append(FindingMade(name, live.machine, b"", finding))

    def _without_log(self) -> None:
        """Say that there is no log of the job that is asked for."""
        self._is_refused = True
        self._bad_line(Problem(str(self._job), NO_LOG_OF_JOB))

    def _lost_line(self, lost: LostLine) -> None:
        """Report an unreadable line of a journal; logs that need it are judged no further."""
        self._bad_line(Problem(lost.place, lost.error))
        for job in [lost.job] if lost.job is not None else [*self._live]:
            if job is not None and job not in self._ended and self._is_wanted(job):
                self._lose(job, "a line of the journal that may hold events of it was lost")

    def _is_late(self, job: JobId, line: Line) -> bool:
        """Whether a log that is new does not begin as logs do."""
        if job in self._live or job in self._ended or job in self._unreadable:
            return False
        opening = self._machine(JOB).specification.opening_events
        return bool(opening) and self._name_of(line) not in opening

    def _lose(self, job: JobId, why: str) -> None:
        """Judge a log no further."""
        if job not in self._unreadable:
            name = log_name(self.path, job, None, "")
            follow = self._machines.named("follow")
            self._give_up(job, Problem(name, f"{why}; check it without {follow}"))

    def _give_up(self, job: JobId | None, problem: Problem) -> None:
        self._live.pop(job, None)
        self._unreadable.add(job)
        self.counts[UNREADABLE] += 1
        self._out.append(problem)
        if self._watcher is not None:
            self._watcher.lost(job)

    def _is_strange(self, live: LiveLog) -> bool:
        """Whether the log has events, and its machine knows none, nor how a log has to begin."""
        opening = live.machine.specification.opening_events
        return live.events > 0 and not live.known and not opening

    def _bad_line(self, problem: Problem) -> None:
        """Report a line that could not be read."""
        self._problems += 1
        self._out.append(problem)

    def _problem(self, error: str) -> None:
        """Report why the source holds nothing that can be judged."""
        self._is_refused = True
        self._live.pop(None, None)
        self._bad_line(Problem(self.path, error))

    def _end(self, name: str, live: LiveLog, lost: tuple[str, ...]) -> None:
        """Say what a log is found to be, and what of it was not judged."""
        counts = (live.state, live.events, (), live.counted)
        judgement = Judgement(live.verdict, *counts, *live.standing)
        self._out.append(LogEnded(name, live.machine, judgement, live.found, lost))

    def _doubts(self, live: LiveLog) -> tuple[str, ...]:
        """What is not judged of a log of a journal, whose other logs may show a filter."""
        if live.verdict != VIOLATES:
            return ()
        return (
            "whether an allow or deny list of the journal explains what is wrong; "
            f"check it without {self._machines.named('follow')}",
        )
