"""Judges a log as it grows: each event's findings when it comes, in bounded memory.

The findings are those of `judge`, one after the other. What only follows from an earlier finding
is told by judging on, beside the log, as if that one had been mended.
"""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.conformance import explain
from flux_conform.conformance.because import Mendable, mended, step_of
from flux_conform.conformance.finding import (
    CONFORMS,
    INCOMPLETE,
    VIOLATES,
    Finding,
    counts,
)
from flux_conform.conformance.judge import NOTE, Options
from flux_conform.conformance.machine import Configuration, Machine
from flux_conform.logs.eventlog import Entry, EntryReader, read_entries
from flux_conform.model.specification import LineRule, MachineFinding, Rule

_MENDS = 8
"""So many faults at a time are judged on as if mended; later ones stand alone."""


class _Mend(NamedTuple):
    """A fault that is taken as mended: its finding's number, and where the log would be."""

    finding: int
    configuration: Configuration


class LiveLog:
    """One log that grows. `state`, `events` and `verdict` are as of its latest line."""

    def __init__(self, machine: Machine, options: Options) -> None:
        self._machine = machine
        self._options = options
        self._reader = EntryReader()
        self._lines = {rule.check: rule for rule in machine.specification.lines}
        self._configuration = machine.initial
        self._mends: tuple[_Mend, ...] = ()
        self._violates = False
        self._ends = machine.specification.ends
        self.events = 0
        self.found = 0
        """How many findings there were so far."""

    @property
    def state(self) -> str:
        """The state after the latest event."""
        return self._configuration.state

    @property
    def is_over(self) -> bool:
        """Whether the log has come to its end, so that nothing more should come."""
        return self.state in self._ends

    @property
    def verdict(self) -> str:
        """The verdict on the log so far."""
        if self._violates:
            return VIOLATES
        has_end = self._machine.specification.final is not None
        return INCOMPLETE if has_end and not self.is_over else CONFORMS

    def read(self, line: bytes, *, ended: bool = True) -> tuple[Finding, ...]:
        """The findings of the next line, given without its newline.

        `because` counts all findings of the log from 0, these among them. Raises UnreadableLog.
        """
        return self._read(self._reader.read(line, ended=ended))

    def end(self) -> tuple[Finding, ...]:
        """The findings of a log to which nothing more comes: a log without lines breaks a rule."""
        if self._reader.lines:
            return ()
        return tuple(each for entry in read_entries(b"") for each in self._read(entry))

    def _read(self, entry: Entry) -> tuple[Finding, ...]:
        before = self._configuration
        told: list[Finding] = []
        for fault in entry.faults:
            rule = self._lines.get(fault.check)
            if rule is not None:
                found = explain.finding(
                    self._machine,
                    rule,
                    entry,
                    before,
                    None,
                    fault.detail,
                    because=None,
                    waived_by=self._options.waivers.waives(rule.id, None),
                )
                told += self._told(rule, found)
        if entry.event is not None:
            self.events += 1
            told += self._of_event(entry, before)
        self._violates |= any(counts(found, strict=self._options.strict) for found in told)
        return tuple(told)

    def _of_event(self, entry: Entry, before: Configuration) -> list[Finding]:
        machine = self._machine
        step = step_of(machine, before, entry)
        others = [(mend, step_of(machine, mend.configuration, entry)) for mend in self._mends]
        told: list[Finding] = []
        mends: list[_Mend] = []
        for breach in step.breaches:
            rule_id = explain.rule_id(breach.rule, entry)
            because = next(
                (
                    mend.finding
                    for mend, other in others
                    if rule_id not in {explain.rule_id(b.rule, entry) for b in other.breaches}
                ),
                None,
            )
            found = explain.finding(
                machine,
                breach.rule,
                entry,
                before,
                breach,
                "",
                because=because,
                waived_by=self._options.waivers.waives(rule_id, breach),
            )
            mend = _mendable(breach.rule, self.found)
            added = self._told(breach.rule, found)
            told += added
            if added and mend is not None and len(others) + len(mends) < _MENDS:
                mends.append(_Mend(mend.place, mended(machine, before, entry, mend).after))
        self._configuration = step.after
        going_on = [mend._replace(configuration=other.after) for mend, other in others]
        self._mends = tuple(
            mend for mend in (*going_on, *mends) if mend.configuration != step.after
        )
        return told

    def _told(self, rule: Rule | MachineFinding | LineRule, found: Finding) -> list[Finding]:
        """The finding, where the options want it told."""
        quiet = rule.level == NOTE or found.waived_by is not None
        if quiet and not self._options.notes:
            return []
        self.found += 1
        return [found]


def _mendable(rule: Rule | MachineFinding, place: int) -> Mendable | None:
    if isinstance(rule, MachineFinding):
        return Mendable(place, 0, None) if rule.kind == "undefined" else None
    return Mendable(place, 0, rule.supplies) if rule.supplies is not None else None
