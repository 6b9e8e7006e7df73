"""Judges one log: the careful path, which finds and explains everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flux_conform.checking.awaiting import Standing, standing_after, waiting_states
from flux_conform.checking.consequences import MOST_KEPT, Trail, causes, step_of
from flux_conform.checking.finding import (
    CONFORMS,
    INCOMPLETE,
    VIOLATES,
    Judgement,
    Verdict,
)
from flux_conform.checking.listing import Findings
from flux_conform.checking.message_logs import placed, plainly
from flux_conform.checking.rereading import reread
from flux_conform.checking.waivers import Options as Options
from flux_conform.language.specification import UNDEFINED
from flux_conform.logs.eventlog import (
    EMPTY_LOG,
    Entry,
    EntryReader,
    FormatFault,
    changed_line,
    read_entries,
)
from flux_conform.logs.limits import within_limits
from flux_conform.logs.lines import blocks
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.step import Machine

if TYPE_CHECKING:
    from flux_conform.checking.sound_lines import SoundLines
    from flux_conform.language import Model
    from flux_conform.logs.given import Given


_DEFAULTS = Options()


@within_limits
def judge(
    machine: Machine | Model,
    data: Given,
    options: Options = _DEFAULTS,
    *,
    earlier: bytes | None = None,
    sound: SoundLines | None = None,
) -> Judgement:
    """Return the judgement on a log, given as for `log_of`; bytes of its file are fastest.

    `machine` is a machine, or its model. `earlier` is an older snapshot of the same log, which the
    log must continue. `sound` skips lines without findings, for options without notes. Raises
    UnreadableLog if the log exceeds the limits of the reader or the memory.
    """
    machine = Machine.of(machine)
    if not isinstance(data, bytes):
        from flux_conform.logs.given import log_of

        data = log_of(data).data
    changed = changed_line(earlier, data) if earlier is not None else None
    if machine.plain is machine:
        return _judge_lines(machine, data, options, sound, changed)
    plain, same = plainly(machine, data)
    judgement = _judge_lines(plain, same, options, None, changed)
    return judgement._replace(findings=placed(judgement.findings, data))


def _judge_lines(
    machine: Machine,
    data: bytes,
    options: Options,
    sound: SoundLines | None,
    changed: tuple[int, str] | None,
) -> Judgement:
    """Return the judgement on a log in the form of eventlogs."""
    judging = _Judging(machine, data, options, sound, changed)
    reader = EntryReader()
    if not data:
        judging.take(EMPTY_LOG)
    for lines, ended in blocks(data):
        number = 0
        while number < len(lines):
            count = judging.pass_over(lines, number, ended)
            if count:
                reader.skip(lines[number : number + count])
            else:
                judging.take(reader.read(lines[number], ended=number < ended))
            number += count or 1
    return judging.judgement()


class _Judging:
    """Judges one log, line by line."""

    def __init__(
        self,
        machine: Machine,
        data: bytes,
        options: Options,
        sound: SoundLines | None,
        changed: tuple[int, str] | None,
    ) -> None:
        self._machine = machine
        self._data = data
        self._sound = sound
        self._changed = changed
        self._found = Findings(
            machine, options, reread(machine, options.waivers, lambda: read_entries(data))
        )
        self._configuration = machine.initial
        self._before: list[Configuration] = []
        self._is_lost = False
        """Whether an event was undefined: nobody knows in which state the log really is."""
        self._kept: dict[int, Entry] = {}
        """The first events from the first finding that can have consequences, by number."""

    def pass_over(self, lines: Sequence[bytes], start: int, stop: int) -> int:
        """Step over the next lines that need not be read, and return their number."""
        if self._changed is not None:
            return 0  # any of them may be the line that changed
        useless = self._found.counted_alone(lines, start, stop, self._configuration)
        if useless or self._sound is None:
            return useless
        count = len(self._before)
        self._configuration = self._sound.step_over(
            self._configuration, lines, start, stop, self._before
        )
        return len(self._before) - count

    def take(self, entry: Entry) -> None:
        """Judge a line that was read."""
        number, before = len(self._before), self._configuration
        if self._changed is not None and self._changed[0] == entry.line:
            fault = FormatFault("append-only", self._changed[1])
            entry = entry._replace(faults=(*entry.faults, fault))
        for fault in entry.faults:
            self._found.line_fault(entry, fault, number, before)
        if entry.event is None:
            return
        self._before.append(before)
        step = step_of(self._machine, before, entry)
        if step.outcome == UNDEFINED:
            self._is_lost = True
        for breach in step.breaches:
            self._found.breach(entry, breach, number, before)
        if self._found.mendable and len(self._kept) < MOST_KEPT:
            self._kept[number] = entry
        after = step.after
        self._configuration = after if self._sound is None else self._sound.known(after)

    def judgement(self) -> Judgement:
        """Return the judgement, after the last line."""
        found, state = self._found, self._configuration.state
        listed, counted = found.listed(self._data, self._because())
        verdict: Verdict = INCOMPLETE if self._machine.is_open(state) else CONFORMS
        if found.violates:
            verdict = VIOLATES
        is_waiting = state in waiting_states(self._machine.specification)
        standing = self._standing() if is_waiting and not self._is_lost else Standing()
        return Judgement(verdict, state, len(self._before), listed, counted, *standing)

    def _standing(self) -> Standing:
        after_each = (*self._before[1:], self._configuration) if self._before else ()
        return standing_after(self._machine, after_each, self._data)

    def _because(self) -> dict[int, int]:
        """Return the cause of each finding that is a consequence, by their places."""
        found = self._found
        if not found.mendable or found.mendable[0].place == len(found) - 1:
            return {}
        # The events before the first fault that can be mended are not judged again.
        first, offset = found.begins(found.mendable[0].place)
        mendable = [mend._replace(number=mend.number - first) for mend in found.mendable]
        kept = {number - first: entry for number, entry in self._kept.items()}
        trail = Trail(self._data[offset:], self._before[first:], kept)
        return causes(self._machine, trail, mendable, found.of_events(first), len(self._before))
