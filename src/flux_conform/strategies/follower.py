"""Follows the log of a live system as it grows, and checks its new lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import cache
from typing import NamedTuple, NoReturn

from flux_conform.checking.consequences import step_of
from flux_conform.checking.finding import VIOLATES, Finding, Judgement, counts
from flux_conform.checking.findings_text import FindingFormatter
from flux_conform.checking.judge import Options, judge
from flux_conform.language.levels import counting
from flux_conform.language.specification import MOVES
from flux_conform.logs.eventlog import Entry, EntryReader, UnreadableLog, changed_line
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.step import Machine
from flux_conform.testing import EventlogError
from flux_conform.text import printable

LOG = "eventlog"
"""The name of the system's log in messages."""

_LAST_LINES = 6
"""Number of lines of the log that an error shows."""


class NewEvent(NamedTuple):
    """A new event of the log: its entry in the specification, and the states around it."""

    event: str
    before: str
    after: str

    def __str__(self) -> str:
        return self.event if self.before == self.after else f"{self.event} → {self.after}"


class Follower:
    """Checks one log of one system as it grows; each whole line is checked once.

    A last line without a newline may still grow, so it is read again. If a line looks faulty, the
    whole log is judged, which decides what is wrong and gives the message.
    """

    def __init__(self, machine: Machine, options: Options, formatter: FindingFormatter) -> None:
        self.machine = machine.plain
        self._given = machine
        self._form = machine.specification.fields
        self.data: bytes | None = None
        self.configuration = machine.initial
        self._options = options
        self._formatter = formatter
        self._whole = b""
        """The whole lines that were read so far."""
        self._reader = EntryReader()
        self._settled = machine.initial
        """The configuration after the whole lines."""
        self._counting = counting(strict=options.strict)
        self._faults = {
            rule.check for rule in machine.specification.lines if rule.level in self._counting
        }

    @property
    def is_over(self) -> bool:
        """Whether the log has ended: it is in the final state, or removed."""
        return self.configuration.state in self.machine.specification.ends

    def read(self, data: bytes | None) -> list[NewEvent]:
        """Check the new lines of the log, and return their events.

        `data` is the whole log so far; None means that there is no log. Raises EventlogError if the
        log violates or does not continue the log that was read before.
        """
        __tracebackhide__ = True  # pytest then shows the line of the test, not of this module
        if data is None or (not data and not self._whole):
            self._absent(data)
            return []
        if not data.startswith(self._whole):
            self._changed(data)
        self.data = data
        split = data.rfind(b"\n") + 1
        lines = data[len(self._whole) : split].split(b"\n")[:-1]
        new = self._step_through(data, lines, self._reader)
        self._whole, self._settled = data[:split], self.configuration
        if split < len(data):
            # With a copy of the reader, because the line is read again once it is complete.
            new += self._step_through(data, [data[split:]], copy(self._reader), ended=False)
        return new

    def last_lines(self) -> str:
        """Return the last lines of the log with their numbers, and the state after them."""
        if not self.data:
            return "the log is empty" if self.data is not None else "there is no log"
        lines = self.data.rstrip(b"\n").split(b"\n")
        first = max(0, len(lines) - _LAST_LINES)
        width = len(str(len(lines)))
        shown = [f"the log comes to {self.configuration.state}:"]
        for number, line in enumerate(lines[first:], first + 1):
            shown.append(f"  {number:>{width}} | {printable(line.decode('utf-8', 'replace'))}")
        return "\n".join(shown)

    def fail(self, what: str, message: str) -> NoReturn:
        """Raise an error that shows the last lines of the log; `what` names the kind of failure."""
        __tracebackhide__ = True
        raise _error_class(what)(f"{message}\n{self.last_lines()}", LOG, self.data or b"", None)

    def _step_through(
        self, data: bytes, lines: Sequence[bytes], reader: EntryReader, *, ended: bool = True
    ) -> list[NewEvent]:
        """Step through lines from the settled configuration on, and return their events."""
        __tracebackhide__ = True
        configuration = self._settled
        new: list[NewEvent] = []
        suspect = False
        try:
            for line in lines:
                entry = reader.read(self._plain(line), ended=ended)
                configuration, event, sound = self._step(configuration, entry)
                new += event
                suspect |= not sound
        except UnreadableLog:
            suspect = True
        self.configuration = configuration
        if suspect:
            self._judge(data)
        return new

    def _plain(self, line: bytes) -> bytes:
        return line if self._form is None else self._form.plain(line)

    def _step(
        self, before: Configuration, entry: Entry
    ) -> tuple[Configuration, Sequence[NewEvent], bool]:
        sound = not any(fault.check in self._faults for fault in entry.faults)
        if entry.event is None:
            return before, (), sound
        step = step_of(self.machine, before, entry)
        sound &= not any(breach.rule.level in self._counting for breach in step.breaches)
        entry_name = self.machine.event(entry.event.name).name
        after = step.after.state if step.outcome == MOVES else before.state
        return step.after, (NewEvent(entry_name, before.state, after),), sound

    def _judge(self, data: bytes, earlier: bytes | None = None) -> None:
        """Judge the whole log, and raise an EventlogError if it violates."""
        __tracebackhide__ = True
        try:
            judgement = judge(self._given, data, self._options, earlier=earlier)
        except UnreadableLog as error:
            self.fail("unreadable", f"{LOG}: unreadable: {error}")
        if judgement.verdict != VIOLATES:  # the suspect line is a known deviation
            return
        decisive = next(f for f in judgement.findings if counts(f, strict=self._options.strict))
        message = "\n".join(self._message_lines(data, judgement, decisive))
        raise _error_class(decisive.rule)(message, LOG, data, judgement, decisive)

    def _message_lines(self, data: bytes, judgement: Judgement, decisive: Finding) -> Iterator[str]:
        """Yield the judgement as text; the finding that decides it is in the first line."""
        first = f"{decisive.level}[{printable(decisive.rule)}]: {printable(decisive.message)}"
        lines = list(self._formatter.findings(LOG, data, judgement))[1:]
        if lines[0] != first:
            yield from (first, "")
        yield from (*lines, "", self._formatter.head(LOG, judgement))

    def _changed(self, data: bytes) -> NoReturn:
        """Raise the error for a log that does not continue the log read before."""
        __tracebackhide__ = True
        lines = {rule.check: rule for rule in self.machine.specification.lines}
        if "append-only" in lines:
            self._judge(data, self._whole)
        changed = changed_line(self._whole, data)
        assert changed is not None  # read() saw that the log does not begin as before
        self.data = data
        self.fail("append-only", f"{LOG}:{changed[0]}: {changed[1]}")

    def _absent(self, data: bytes | None) -> None:
        """Accept an absent log before its first event, and after an event that removes it."""
        __tracebackhide__ = True
        self.data = data
        removed = self.machine.specification.removed
        if not self._whole:
            self.configuration = self._settled  # an unfinished line may disappear
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
def _error_class(what: str) -> type[EventlogError]:
    """Return the error class for one kind of failure: Hypothesis distinguishes failures by class.

    Without it, shrinking could slip from one failure to another.
    """

    class LiveError(EventlogError):
        __doc__ = f"A live system failed: {what}."

    LiveError.__name__ = LiveError.__qualname__ = EventlogError.__name__
    LiveError.__module__ = EventlogError.__module__
    return LiveError
