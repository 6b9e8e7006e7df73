"""Judges a growing log: returns the findings of each line when it is read, in bounded memory.

The findings are the same as those of `judge`. To recognise consequences of an earlier finding, the
log is judged in parallel as if that fault had been mended.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from flux_conform.checking import explain
from flux_conform.checking.awaiting import LiveWaits, Standing
from flux_conform.checking.consequences import mendable, mended, step_of
from flux_conform.checking.finding import CONFORMS, INCOMPLETE, VIOLATES, Counted, Finding, Verdict
from flux_conform.checking.judge import Options
from flux_conform.checking.listing import Listing
from flux_conform.checking.rereading import Rereading
from flux_conform.checking.waivers import Finds
from flux_conform.language import Model
from flux_conform.language.format_rules import LineRule
from flux_conform.language.specification import UNLISTED, MachineFinding, Rule
from flux_conform.logs.eventlog import Entry, EntryReader, UnreadableLog, read_entries
from flux_conform.logs.limits import exhausted
from flux_conform.machine.configuration import Breach, Configuration, Step
from flux_conform.machine.step import Machine

_DEFAULTS = Options()
_MENDS = 8
"""Maximum number of mended faults followed in parallel; later faults have no consequences."""


class _Mend(NamedTuple):
    """A mended fault: the number of its finding, and the configuration without the fault."""

    finding: int
    configuration: Configuration


class LiveLog:
    """One growing log. `state`, `events` and `verdict` are those after its latest line."""

    def __init__(self, model: Machine | Model, options: Options = _DEFAULTS) -> None:
        given = Machine.of(model)
        self.machine = machine = given.plain
        self._form = given.specification.fields
        self._offset = 0
        """Of the next line, where lines are put into another form."""
        self._reader = EntryReader()
        self._configuration = machine.initial
        self._mends: tuple[_Mend, ...] = ()
        self._listing = Listing(machine, options)
        self._rereading = Rereading(machine, options.waivers)
        self._ends = machine.specification.ends
        self._over = {name for name in self._ends if not machine.specification.state(name).open}
        self._waits = LiveWaits(machine)
        self.time: int | float | None = None
        """Of the latest event, in seconds since 1970; None if it is faulty."""
        self.event = ""
        """The name of the latest event."""
        self.events = 0
        self.known = 0
        """Number of events so far that the specification lists."""

    @property
    def found(self) -> int:
        """The number of findings listed so far."""
        return self._listing.listed

    @property
    def counted(self) -> tuple[Counted, ...]:
        """The findings so far that are counted and not listed."""
        return self._listing.counted()

    @property
    def state(self) -> str:
        """The state after the latest event."""
        return self._configuration.state

    @property
    def is_over(self) -> bool:
        """Whether the log has ended, so that no further event is expected."""
        return self.state in self._over

    @property
    def standing(self) -> Standing:
        """What the log waits for by now, and what it can no longer reach."""
        return self._waits.standing()

    @property
    def verdict(self) -> Verdict:
        """The verdict on the log so far."""
        if self._listing.violates:
            return VIOLATES
        has_end = self.machine.specification.final is not None
        return INCOMPLETE if has_end and self.state not in self._ends else CONFORMS

    def read(self, line: bytes, *, ended: bool = True) -> tuple[Finding, ...]:
        """Read the next line, given without its newline, and return its findings.

        `ended` says whether the line had a newline. `because` is an index into all findings of the
        log, including these. Raises UnreadableLog.
        """
        form, offset = self._form, self._offset
        try:
            if form is None:
                return self._read(self._reader.read(line, ended=ended))
            self._offset += len(line) + 1
            found = self._read(self._reader.read(form.plain(line), ended=ended))
            return tuple(finding._replace(offset=offset) for finding in found)
        except (MemoryError, RecursionError) as error:
            why = exhausted(error)
        raise UnreadableLog(why)

    def end(self) -> tuple[Finding, ...]:
        """Return the findings at the end of the log: a log without lines breaks a rule."""
        if self._reader.lines:
            return ()
        return tuple(each for entry in read_entries(b"") for each in self._read(entry))

    def _read(self, entry: Entry) -> tuple[Finding, ...]:
        before = self._configuration
        found: list[Finding] = []
        for fault in entry.faults:
            rule = self.machine.line_rules.get(fault.check)
            if rule is not None:
                found += self._listed(rule, entry, before, detail=fault.detail)
        if entry.event is not None:
            self.events += 1
            self.event, self.time = entry.event.name, entry.event.timestamp
            self.known += self.machine.event(entry.event.name).name != UNLISTED
            found += self._of_event(entry, before)
        return tuple(found)

    def _of_event(self, entry: Entry, before: Configuration) -> list[Finding]:
        machine = self.machine
        step = step_of(machine, before, entry)
        others = [(mend, step_of(machine, mend.configuration, entry)) for mend in self._mends]
        finds = self._rereading.take(entry)
        found: list[Finding] = []
        own: list[tuple[_Mend, Step]] = []
        for breach in step.breaches:
            rule_id = explain.rule_id(breach.rule, entry)
            because = next(
                (
                    mend.finding
                    for mend, other in (*others, *own)
                    if rule_id not in {explain.rule_id(b.rule, entry) for b in other.breaches}
                ),
                None,
            )
            mend = mendable(breach.rule, self.found)
            added = self._listed(breach.rule, entry, before, breach, because=because, finds=finds)
            found += added
            if added and mend is not None and len(others) + len(own) < _MENDS:
                after = mended(machine, before, entry, mend)
                if after is not None:
                    own.append((_Mend(mend.place, after.after), after))
        self._configuration = step.after
        assert entry.event is not None
        self._waits.take(step, entry.line, entry.event)
        continued = [mend._replace(configuration=other.after) for mend, other in others]
        # Once the configurations are equal, the fault has no further consequences.
        self._mends = tuple(
            mend
            for mend in (*continued, *(mend for mend, _ in own))
            if mend.configuration != step.after
        )
        return found

    def _listed(
        self,
        rule: Rule | MachineFinding | LineRule,
        entry: Entry,
        before: Configuration,
        breach: Breach | None = None,
        *,
        detail: str = "",
        because: int | None = None,
        finds: Finds | None = None,
    ) -> list[Finding]:
        """Return the finding if it is listed: the options ask for it, and its rule has few."""
        name = None if entry.event is None else entry.event.name
        kind = self._listing.take(rule, name, breach, finds)
        if not self._listing.admit(kind):
            follows = because is not None
            self._listing.leave_out(kind, before.state, because, follows=follows)
            return []
        make = partial(explain.finding, because=because, waived_by=kind.waived_by)
        return [make(self.machine, rule, entry, before, breach, detail)]
