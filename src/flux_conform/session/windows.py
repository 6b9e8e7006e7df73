"""Windows of logs, whose beginning or end is missing, judged one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.checking.missing_events import MissingEventsJudge
from flux_conform.checking.waivable import waivable
from flux_conform.checking.window import judge_window
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.source_items import Problem, Skipped, SourcedLog
from flux_conform.machine.step import Machine
from flux_conform.session.events import LogJudged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flux_conform.checking.finding import Finding
    from flux_conform.checking.judge import Options
    from flux_conform.logs.jobid import JobId
    from flux_conform.session.machines import Machines


class WindowJudged(LogJudged):
    """A log of which only a window was judged."""

    __slots__ = ()

    def waivable(self) -> Mapping[Finding, str]:
        """See `LogJudged`; the log is judged again as a window."""
        return waivable(
            self.judgement.findings,
            lambda options: judge_window(self.machine, self.data, options).findings,
        )


def judged_windows(
    paths: Sequence[str], machines: Machines, options: Options, job: JobId | None = None
) -> Iterator[WindowJudged | Problem | Skipped]:
    """What becomes of the logs at the paths, each judged as a window. Raises SessionError."""
    made: dict[str, Machine] = {}
    lacking = MissingEventsJudge(options)
    for found in machines.read(paths, job):
        if not isinstance(found, SourcedLog):
            yield found
            continue
        specification = machines.of(found.kind)
        machine = made.setdefault(specification.name, Machine(specification))
        try:
            window = judge_window(machine, found.data, options)
            lacks = lacking.judged(machine, found, window.verdict)
        except UnreadableLog as error:
            yield Problem(found.name, str(error))
            continue
        lost = lacks.lost if lacks is not None else found.lost
        window = (lacks.window if lacks is not None else None) or window
        yield WindowJudged(
            found.name,
            machine,
            found.data,
            window.judgement,
            options.strict,
            lost=lost,
            window=window,
        )
