"""Follows the log of a live system as it grows, and judges what is new of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import cache
from typing import NamedTuple, NoReturn

from flux_conform.checking.because import step_of
from flux_conform.checking.finding import VIOLATES, Finding, Judgement, counting, counts
from flux_conform.checking.findings_text import Teller
from flux_conform.checking.judge import Options, judge
from flux_conform.language.specification import MOVES
from flux_conform.logs.eventlog import Entry, EntryReader, UnreadableLog, changed_line
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.step import Machine
from flux_conform.testing import EventlogError
from flux_conform.text import printable

LOG = "eventlog"
"""What the log of the system is called where it is told of."""

_LAST_LINES = 6


class Taken(NamedTuple):
    """An event that came into the log: the name in the specification, and the states around it."""

    event: str
    before: str
    after: str

    def __str__(self) -> str:
        return self.event if self.before == self.after else f"{self.event} → {self.after}"


class Follower:
    """One log of one system. What was read once is not judged again.

    Only whole lines are settled: a last line without its newline may still be written on, and is
    read anew. The careful judge of whole logs has the last word on what is wrong, and tells it.
    """

    def __init__(self, machine: Machine, options: Options, teller: Teller) -> None:
        self.machine = machine
        self.data: bytes | None = None
        self.configuration = machine.initial
        self._options = options
        self._teller = teller
        self._whole = b""
        self._reader = EntryReader()
        self._settled = machine.initial
        self._counting = counting(strict=options.strict)
        self._faults = {
            rule.check for rule in machine.specification.lines if rule.level in self._counting
        }

    @property
    def is_over(self) -> bool:
        """Whether the log has come to its end: the final state, or its removal."""
        return self.configuration.state in self.machine.specification.ends

    def read(self, data: bytes | None) -> list[Taken]:
        """Judge what the log has grown by; None is the absence of a log.

        Raises EventlogError where the log violates, or is no longer what it was.
        """
        __tracebackhide__ = True
        if data is None or (not data and not self._whole):
            self._absent(data)
            return []
        if not data.startswith(self._whole):
            self._changed(data)
        self.data = data
        split = data.rfind(b"\n") + 1
        lines = data[len(self._whole) : split].split(b"\n")[:-1]
        taken = self._take(data, lines, self._reader)
        self._whole, self._settled = data[:split], self.configuration
        if split < len(data):
            taken += self._take(data, [data[split:]], copy(self._reader), ended=False)
        return taken

    def last_lines(self) -> str:
        """The end of the log, its lines numbered, and the state that it comes to."""
        if not self.data:
            return "the log is empty" if self.data is not None else "there is no log"
        lines = self.data.rstrip(b"\n").split(b"\n")
        first = max(0, len(lines) - _LAST_LINES)
        width = len(str(len(lines)))
        told = [f"the log comes to {self.configuration.state}:"]
        for number, line in enumerate(lines[first:], first + 1):
            told.append(f"  {number:>{width}} | {printable(line.decode('utf-8', 'replace'))}")
        return "\n".join(told)

    def fail(self, what: str, message: str) -> NoReturn:
        """Raise an error that tells the end of the log; `what` tells failures apart."""
        __tracebackhide__ = True
        raise _kind(what)(f"{message}\n{self.last_lines()}", LOG, self.data or b"", None)

    def _take(
        self, data: bytes, lines: Sequence[bytes], reader: EntryReader, *, ended: bool = True
    ) -> list[Taken]:
        """Step through some lines from the settled configuration on."""
        __tracebackhide__ = True
        configuration = self._settled
        taken: list[Taken] = []
        suspect = False
        try:
            for line in lines:
                entry = reader.read(line, ended=ended)
                configuration, event, sound = self._step(configuration, entry)
                taken += event
                suspect |= not sound
        except UnreadableLog:
            suspect = True
        self.configuration = configuration
        if suspect:
            self._judge(data)
        return taken

    def _step(
        self, before: Configuration, entry: Entry
    ) -> tuple[Configuration, Sequence[Taken], bool]:
        sound = not any(fault.check in self._faults for fault in entry.faults)
        if entry.event is None:
            return before, (), sound
        step = step_of(self.machine, before, entry)
        sound &= not any(breach.rule.level in self._counting for breach in step.breaches)
        entry_name = self.machine.event(entry.event.name).name
        after = step.after.state if step.outcome == MOVES else before.state
        return step.after, (Taken(entry_name, before.state, after),), sound

    def _judge(self, data: bytes, earlier: bytes | None = None) -> None:
        """Have the whole log judged, and raise what is wrong with it."""
        __tracebackhide__ = True
        try:
            judgement = judge(self.machine, data, self._options, earlier=earlier)
        except UnreadableLog as error:
            self.fail("unreadable", f"{LOG}: unreadable: {error}")
        if judgement.verdict != VIOLATES:  # what was found is a known deviation
            return
        decided = next(f for f in judgement.findings if counts(f, strict=self._options.strict))
        message = "\n".join(self._told(data, judgement, decided))
        raise _kind(decided.rule)(message, LOG, data, judgement, decided)

    def _told(self, data: bytes, judgement: Judgement, decided: Finding) -> Iterator[str]:
        """The judgement in words; what decided it stands in the first line."""
        first = f"{decided.level}[{printable(decided.rule)}]: {printable(decided.message)}"
        told = list(self._teller.findings(LOG, data, judgement))[1:]
        if told[0] != first:
            yield from (first, "")
        yield from (*told, "", self._teller.head(LOG, judgement))

    def _changed(self, data: bytes) -> NoReturn:
        """Tell of a log that is not the old one, carried on."""
        __tracebackhide__ = True
        lines = {rule.check: rule for rule in self.machine.specification.lines}
        if "append-only" in lines:
            self._judge(data, self._whole)
        place = changed_line(self._whole, data)
        assert place is not None
        self.data = data
        self.fail("append-only", f"{LOG}:{place[0]}: {place[1]}")

    def _absent(self, data: bytes | None) -> None:
        """A log may be away before its first event, and after an event that removes it."""
        __tracebackhide__ = True
        self.data = data
        removed = self.machine.specification.removed
        if not self._whole:
            self.configuration = self._settled  # a line that was only begun may be gone
            return
        if removed and self.configuration.state == removed.name:
            return
        rows = [row for _, rows in self.machine.possible(self.configuration) for row in rows]
        if removed and any(row.target == removed.name for row in rows):
            self.configuration = self._settled = self.configuration._replace(state=removed.name)
            self._whole, self._reader = b"", EntryReader()
            return
        self.fail("absent", f"{LOG}: it is gone, and nothing removes it in this state")


@cache
def _kind(what: str) -> type[EventlogError]:
    """The class of errors of one kind: Hypothesis tells failures apart by their classes."""

    class LiveError(EventlogError):
        __doc__ = f"A live system failed: {what}."

    LiveError.__name__ = LiveError.__qualname__ = EventlogError.__name__
    LiveError.__module__ = EventlogError.__module__
    return LiveError
