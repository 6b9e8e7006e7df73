"""Judges logs whose source may have lost events: they do not violate because of missing events.

A journal loses events with each unreadable line, begins late if it has no sentinel, and may be
filtered by an allow or deny list, which removes all events of some names from all its logs. Nothing
in a journal says that it is filtered. It counts as filtered if events of names that occur nowhere
in it would explain the findings, in several logs or in all that have ended. If other logs are
sound, a single log that lacks an event is faulty itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flux_conform.checking.finding import CONFORMS, VIOLATES
from flux_conform.checking.judge import judge
from flux_conform.checking.window import Gaps, WindowJudgement, judge_window
from flux_conform.logs.eventlog import UnreadableLog

if TYPE_CHECKING:
    from flux_conform.checking.waivers import Options
    from flux_conform.logs.source_items import SourcedLog, WholeJournal
    from flux_conform.machine.step import Machine

_NAMED_IN = 100
"""Maximum number of lines of a log for which the events that it lacks are named."""

_ENOUGH = 2
"""Number of explained logs from which on a filter is assumed."""


class MissingEventsResult(NamedTuple):
    """The result for a log that may lack events.

    `window` is the judgement with gaps; None if the judgement on the whole log remains valid.
    `lost` says in sentences what the source may have lost.
    """

    window: WindowJudgement | None
    lost: tuple[str, ...]


class _Filter(NamedTuple):
    """The names of events that a journal seems to leave out, and a sentence that says so."""

    names: frozenset[str]
    says: str


class MissingEventsJudge:
    """Judges logs again that may violate only because events are missing."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._journal: WholeJournal | None = None
        self._filter: _Filter | None = None
        self._is_decided = False

    def judged(self, machine: Machine, log: SourcedLog, verdict: str) -> MissingEventsResult | None:
        """Return the result for a log, or None if its `verdict` as a whole log remains valid.

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
        return MissingEventsResult(window, (*log.lost, *says))

    def _alone(self, machine: Machine, log: SourcedLog) -> MissingEventsResult | None:
        """Return the result for the only log of its journal that a filter would explain."""
        if log.journal is None:
            return None
        missing = _names(machine) - log.journal.names
        if not self._is_explained(machine, log, missing):
            return None
        needed = self._needed(machine, log, missing)
        if not needed:
            return None
        says = f"no log of the journal has {needed}; if it was filtered, this log may be sound"
        return MissingEventsResult(None, (*log.lost, says))

    def _filter_of(self, machine: Machine, log: SourcedLog) -> _Filter | None:
        """Return the filter of a log's journal, as far as the logs up to this one show it."""
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
        """Whether a journal seems to be filtered: that explains several logs, or none is sound."""
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
        """Whether a log does not violate if events of these names may be missing."""
        gaps = Gaps(log.gaps, missing).of(machine, log.data)
        return judge_window(machine, log.data, self._options, gaps).verdict != VIOLATES

    def _says(self, machine: Machine, log: SourcedLog, missing: frozenset[str]) -> str:
        """Return the sentence about a filter, with the missing events that this log needs."""
        needed = self._needed(machine, log, missing)
        lacks = f"{needed}, which its logs need" if needed else "some events that its logs need"
        return (
            f"no log of the journal has {lacks}, so it seems to be filtered by an allow or deny "
            "list, and logs may lack events"
        )

    def _needed(self, machine: Machine, log: SourcedLog, missing: frozenset[str]) -> str:
        """Return the missing events that a log needs, as text.

        It is empty for a long log, because each name takes another judgement.
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
