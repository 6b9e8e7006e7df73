"""Logs whose source may have left out events: they never violate because of what is missing.

A journal loses events with each line that cannot be read, begins late where it has no sentinel, and
may be filtered by an allow or deny list, which takes all events of some names out of all its logs.
Nothing in a journal says that it is filtered. It counts as filtered where events of names that
occur nowhere in it would explain what is wrong, in several logs or in all that have ended. Where
others are sound, a single log that lacks an event is at fault itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flux_conform.checking.finding import CONFORMS, VIOLATES, Judgement
from flux_conform.checking.judge import judge
from flux_conform.checking.window import Gaps, WindowJudgement, judge_window
from flux_conform.logs.eventlog import UnreadableLog

if TYPE_CHECKING:
    from flux_conform.checking.options import Options
    from flux_conform.logs.found import SourcedLog, WholeJournal
    from flux_conform.machine.step import Machine

_NAMED_IN = 100
"""Maximum number of lines of a log for which the events that it lacks are named."""

_ENOUGH = 2
"""Number of logs explained by a filter that is enough to assume that there is one."""


class Lacking(NamedTuple):
    """The result for a log that may lack events: a judgement, and what its source does not keep.

    `window` is None where the judgement on the log as a whole stands.
    """

    window: WindowJudgement | None
    lost: tuple[str, ...]

    @property
    def judgement(self) -> Judgement | None:
        """The judgement in the form of one on a whole log."""
        window = self.window
        if window is None:
            return None
        state = " or ".join(window.states)
        return Judgement(window.verdict, state, window.events, window.findings, window.counted)


class _Filter(NamedTuple):
    """The events that a journal seems to leave out, and a sentence that says so."""

    names: frozenset[str]
    says: str


class LackingJudge:
    """Judges violating logs again that may violate because events are missing."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._journal: WholeJournal | None = None
        self._filter: _Filter | None = None
        self._is_decided = False

    def judged(self, machine: Machine, log: SourcedLog, verdict: str) -> Lacking | None:
        """The judgement on a log; None where its `verdict` as a whole log stands.

        Raises UnreadableLog.
        """
        if verdict != VIOLATES or not (log.gaps or log.journal):
            return None
        left_out = self._filter_of(machine, log)
        gaps = Gaps(log.gaps, left_out.names if left_out else frozenset()).of(machine, log.data)
        if not gaps.at and not gaps.names:
            return self._alone(machine, log)
        window = judge_window(machine, log.data, self._options, gaps)
        says = (left_out.says,) if left_out and left_out.says else ()
        return Lacking(window, (*log.lost, *says))

    def _alone(self, machine: Machine, log: SourcedLog) -> Lacking | None:
        """The result for a log that is the only one of its journal that a filter would explain."""
        if log.journal is None:
            return None
        missing = _names(machine) - log.journal.names
        if not self._is_explained(machine, log, missing):
            return None
        needed = self._needed(machine, log, missing)
        if not needed:
            return None
        says = f"no log of the journal has {needed}; if it was filtered, this log may be sound"
        return Lacking(None, (*log.lost, says))

    def _filter_of(self, machine: Machine, log: SourcedLog) -> _Filter | None:
        """What the journal of a log leaves out, as far as its logs up to this one show."""
        journal = log.journal
        if journal is None:
            return None
        if journal is not self._journal:
            self._journal, self._filter, self._is_decided = journal, None, False
        if not self._is_decided:
            missing = _names(machine) - journal.names
            if journal.is_filtered:
                self._filter, self._is_decided = _Filter(missing, ""), True
            elif self._is_explained(machine, log, missing):
                # It is decided for the whole journal, so that all its logs are judged alike.
                self._is_decided = True
                if self._is_filter(machine, journal, missing):
                    self._filter = _Filter(missing, self._says(machine, log, missing))
        return self._filter

    def _is_filter(self, machine: Machine, journal: WholeJournal, missing: frozenset[str]) -> bool:
        """Whether logs of a journal need the missing events: several do, or no other is sound."""
        explained = sound = 0
        for log in journal.logs():
            try:
                judgement = judge(machine, log.data, self._options)
                if judgement.verdict == CONFORMS:
                    sound += 1
                elif judgement.verdict == VIOLATES and self._is_explained(machine, log, missing):
                    explained += 1
            except UnreadableLog:
                continue
            if explained >= _ENOUGH:
                return True
        return not sound

    def _is_explained(self, machine: Machine, log: SourcedLog, missing: frozenset[str]) -> bool:
        """Whether a log breaks nothing if events of these names were left out of it."""
        gaps = Gaps(log.gaps, missing).of(machine, log.data)
        return judge_window(machine, log.data, self._options, gaps).verdict != VIOLATES

    def _says(self, machine: Machine, log: SourcedLog, missing: frozenset[str]) -> str:
        """The sentence on a filter; it names the events that this log cannot do without."""
        needed = self._needed(machine, log, missing)
        lacks = f"{needed}, which its logs need" if needed else "some events that its logs need"
        return (
            f"no log of the journal has {lacks}, so it seems to be filtered by an allow or deny "
            "list, and logs may lack events"
        )

    def _needed(self, machine: Machine, log: SourcedLog, missing: frozenset[str]) -> str:
        """The names among the missing ones without which a log is not explained.

        None are named where the log is long, for each takes another judgement.
        """
        if log.data.count(b"\n") > _NAMED_IN:
            return ""
        return ", ".join(
            name
            for name in sorted(missing)
            if not self._is_explained(machine, log, missing - {name})
        )


def _names(machine: Machine) -> frozenset[str]:
    return frozenset(event.name for event in machine.specification.events)
