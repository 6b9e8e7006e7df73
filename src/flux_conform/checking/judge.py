"""Judges one log: the careful path, which finds and explains everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flux_conform.checking.because import Trail, causes, step_of
from flux_conform.checking.finding import CONFORMS, INCOMPLETE, VIOLATES, Judgement
from flux_conform.checking.listing import Findings
from flux_conform.checking.options import Options as Options
from flux_conform.checking.rereading import reread
from flux_conform.logs.eventlog import FormatFault, changed_line, read_entries
from flux_conform.logs.limits import within_limits
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.step import Machine

if TYPE_CHECKING:
    from flux_conform.checking.soundlines import SoundLines
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
    """The judgement on a log, given as `log_of` takes it: most quickly as the bytes of its file.

    `machine` is one that is ready, or what one is made of. `earlier` is an older snapshot of the
    same log, which it must only have grown from. `sound` skips lines without findings, for options
    without notes. Raises UnreadableLog where the log passes the limits of the reader, or memory is
    not enough for it.
    """
    machine = Machine.of(machine)
    if not isinstance(data, bytes):
        from flux_conform.logs.given import log_of

        data = log_of(data).data
    configuration = machine.initial
    finds = reread(machine, options.waivers, lambda: read_entries(data))
    found = Findings(machine, options, finds)
    before: list[Configuration] = []
    changed = changed_line(earlier, data) if earlier is not None else None

    def passed(lines: Sequence[bytes], start: int, stop: int) -> int:
        nonlocal configuration
        if changed is not None:
            return 0  # the line that changed may be any
        useless = found.counted_alone(lines, start, stop, configuration)
        if useless or sound is None:
            return useless
        count = len(before)
        configuration = sound.along(configuration, lines, start, stop, before)
        return len(before) - count

    for entry in read_entries(data, passed):
        if changed is not None and entry.line == changed[0]:
            fault = FormatFault("append-only", changed[1])
            entry = entry._replace(faults=(*entry.faults, fault))
        for fault in entry.faults:
            found.line_fault(entry, fault, len(before), configuration)
        if entry.event is None:
            continue
        number = len(before)
        before.append(configuration)
        step = step_of(machine, configuration, entry)
        for breach in step.breaches:
            found.breach(entry, breach, number, configuration)
        configuration = step.after if sound is None else sound.known(step.after)
    listed, counted = found.told(data, _because(machine, found, data, before))
    return Judgement(
        VIOLATES
        if found.violates
        else INCOMPLETE
        if machine.is_open(configuration.state)
        else CONFORMS,
        configuration.state,
        len(before),
        listed,
        counted,
    )


def _because(
    machine: Machine, found: Findings, data: bytes, before: Sequence[Configuration]
) -> dict[int, int]:
    """Which finding follows from which, by their places."""
    mendable = found.mendable()
    if not mendable or mendable[0].place == len(found) - 1:
        return {}
    # What was before the first fault that can be mended is not looked at again.
    first, offset = found.begins(mendable[0].place)
    mendable = [mend._replace(number=mend.number - first) for mend in mendable]
    trail = Trail(data[offset:], before[first:])
    return causes(machine, trail, mendable, found.of_events(first), len(before))
