"""The functions of the public face: check and replay logs that a program has at hand."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from itertools import groupby, islice
from typing import TYPE_CHECKING, TypeVar, cast

from flux_conform.checking.judge import Options
from flux_conform.checking.judges import Judge
from flux_conform.checking.waivers import Waivers, load_deviations
from flux_conform.language import Model, Specification
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.given import Given, is_path, log_of
from flux_conform.logs.jobid import JobId
from flux_conform.logs.source_items import Problem, Skipped
from flux_conform.machine.rehearsal import load_rehearsed
from flux_conform.machine.step import Machine
from flux_conform.session.events import LogJudged
from flux_conform.session.machines import Machines
from flux_conform.session.session import Judges, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flux_conform.checking.finding import Judgement
    from flux_conform.checking.replay import Replay


def check(
    log: Given,
    machine: Model | None = None,
    *,
    notes: bool = False,
    strict: bool = False,
    allow: str | Sequence[str] = (),
    previous: Given | None = None,
) -> Judgement:
    """The judgement on one log, as `flux-conform check` judges it.

    `log` is bytes, text, a path, a list of events, or an object with `events` (see `log_of`). What
    is at a path may have any form that the command reads, if it holds one log; `check_many` takes
    sources of many. `machine` is a name, the path of a YAML file, or a specification; where it is
    None, the log is judged by the machine of its kind, which its first events show, or else as a
    job's.

    `notes` also lists notes and waived findings, `strict` counts SHOULD and implied findings as
    violations too, `allow` names known deviations, such as flux-core, or files of them. `previous`
    is an older snapshot of the log, whose lines must be unchanged at its beginning.

    Raises UnreadableLog for a log that cannot be judged and for a source of several, OSError for a
    file that cannot be read, TypeError for what is no log and no specification, and what `load` and
    `load_deviations` raise.
    """
    if previous is None and is_path(log):
        judged = check_many(log, machine, notes=notes, strict=strict, allow=allow)
        return only(judged, log).judgement
    data, specification = _read(log, machine)
    earlier = None if previous is None else _read(previous, machine)[0]
    return Judge(specification, _options(notes, strict, allow)).judge(data, earlier=earlier)


def check_many(
    sources: Given | Iterable[Given],
    machine: Model | None = None,
    *,
    job: str | int | None = None,
    notes: bool = False,
    strict: bool = False,
    allow: str | Sequence[str] = (),
    processes: int = 1,
) -> Iterator[LogJudged | Problem | Skipped]:
    """What becomes of many logs, one after another, as `flux-conform check` judges them.

    A path among the `sources` is whatever the command takes: a log, a directory, a dump, a journal,
    a database, or - for standard input. Anything else is a log such as `check` takes; its name is
    "log 1" where it stands first. `job` is the id of the one whose logs are taken. `processes` are
    how many read and judge what is at paths; 0 is one for each processor.

    Each log gives a LogJudged, or a Problem where it cannot be read; what was left out of the paths
    gives a Skipped behind them. Raises SessionError, NoJobId, and what `check` raises for arguments
    that it cannot use.
    """
    options = _options(notes, strict, allow)
    machines = _machines() if machine is None else Machines(load_rehearsed(machine))
    wanted = None if job is None else JobId.parse(str(job))
    crew = None
    if processes != 1:
        from flux_conform.checking.spread import processes as crew_of

        crew = crew_of(processes)
    is_one = isinstance(sources, str | bytes | bytearray | memoryview | os.PathLike)
    if not is_one and not isinstance(sources, Iterable):
        kind = type(sources).__name__
        raise TypeError(f"a value of the type {kind} is no source; give a path, a log, or several")
    return _checked(
        cast("Iterable[Given]", (sources,) if is_one else sources),
        lambda paths: Session(paths, machines, options, job=wanted, crew=crew),
        _AtHand(machines, options),
    )


def _checked(
    sources: Iterable[Given], session_at: Callable[[list[str]], Session], at_hand: _AtHand
) -> Iterator[LogJudged | Problem | Skipped]:
    for are_paths, group in groupby(enumerate(sources, 1), lambda source: is_path(source[1])):
        if not are_paths:
            for number, given in group:
                yield at_hand.judged(f"log {number}", given)
            continue
        paths = [os.fspath(cast("str | os.PathLike[str]", path)) for _, path in group]
        for event in session_at(paths).events():
            if isinstance(event, LogJudged | Problem | Skipped):
                yield event


class _AtHand:
    """Judges logs that are not at a path."""

    def __init__(self, machines: Machines, options: Options) -> None:
        self._machines = machines
        self._options = options
        self._judges = Judges(machines, options)

    def judged(self, name: str, given: Given) -> LogJudged | Problem:
        data = log_of(given).data
        kind = self._machines.kinds.of(data, "")
        why = self._machines.why_not(kind)
        if why is not None:
            return Problem(name, why)
        judge = self._judges[self._machines.name_of(kind)]
        try:
            judgement = judge.judge(data)
        except UnreadableLog as error:
            return Problem(name, str(error))
        return LogJudged(name, judge.machine, data, judgement, self._options.strict)


def replay(log: Given, machine: Model | None = None) -> Replay:
    """The state after each event of a log, and what the log reports at its end.

    The log and the machine are given as for `check`, and errors are the same.
    """
    from flux_conform.checking.replay import replay

    data, specification = _read(log, machine)
    return replay(Machine(specification, report=True), data)


@cache
def _machines() -> Machines:
    return Machines()


def _read(log: Given, machine: Model | None) -> tuple[bytes, Specification]:
    """A log and what judges it. Raises UnreadableLog where there is no machine of its kind."""
    machines = _machines() if machine is None else Machines(load_rehearsed(machine))
    if not is_path(log):
        data = log_of(log).data
        kind = machines.kinds.of(data, "") if machine is None else None
        why = machines.why_not(kind)
        if why is not None:
            raise UnreadableLog(why)
        return data, machines.of(kind)
    found = only(machines.read([os.fspath(cast("str | os.PathLike[str]", log))], None), log)
    return found.data, machines.of(found.kind)


T = TypeVar("T")


def only(found: Iterator[T | Problem | Skipped], log: Given) -> T:
    """The one log that is found at a path.

    Raises UnreadableLog where there is none or several, OSError where nothing is at the path.
    """
    path = os.fspath(cast("str | os.PathLike[str]", log))
    os.stat(path)  # a file that is not there is the caller's mistake, not a log's
    logs = []
    for item in islice(found, 2):
        if isinstance(item, Problem):
            raise UnreadableLog(item.error)
        if isinstance(item, Skipped):
            raise UnreadableLog(item.says)
        logs.append(item)
    if len(logs) != 1:
        held = "several logs; check_many takes each" if logs else "no log"
        raise UnreadableLog(f"{path} holds {held}")
    return logs[0]


def _options(notes: bool, strict: bool, allow: str | Sequence[str]) -> Options:
    allowed = (allow,) if isinstance(allow, str) else tuple(allow)
    return Options(notes, strict, Waivers(tuple(load_deviations(name) for name in allowed)))
