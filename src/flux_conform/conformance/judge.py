"""Judges one log: the careful path, which finds and explains everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from flux_conform.conformance import explain
from flux_conform.conformance.because import Mendable, causes
from flux_conform.conformance.finding import (
    CONFORMS,
    INCOMPLETE,
    VIOLATES,
    Finding,
    Judgement,
    counts,
)
from flux_conform.conformance.machine import Breach, Configuration, Machine
from flux_conform.conformance.waivers import Waivers
from flux_conform.logs.eventlog import Entry, FormatFault, changed_line, read_entries
from flux_conform.model.specification import LineRule, MachineFinding, Rule

if TYPE_CHECKING:
    from flux_conform.conformance.soundlines import SoundLines

NOTE = "note"


class Options(NamedTuple):
    """How logs are judged. `notes` keeps notes and waived findings; `strict` counts warnings."""

    notes: bool = False
    strict: bool = False
    waivers: Waivers = Waivers()


class _Found(NamedTuple):
    """A finding before it is put in words: the rule, the entry, and the machine's breach.

    `number` counts the events before that of the entry.
    """

    rule: Rule | MachineFinding | LineRule
    entry: Entry
    number: int
    before: Configuration
    breach: Breach | None
    detail: str


_DEFAULTS = Options()


def judge(
    machine: Machine,
    data: bytes,
    options: Options = _DEFAULTS,
    *,
    earlier: bytes | None = None,
    sound: SoundLines | None = None,
) -> Judgement:
    """The judgement on a log, given as the bytes of its file.

    `earlier` is an older snapshot of the same log, which it must only have grown from. `sound`
    hastens over lines without findings, for options without notes. Raises UnreadableLog where
    the log passes the limits of the reader.
    """
    configuration = machine.initial
    found: list[_Found] = []
    before: list[Configuration] = []
    changed = changed_line(earlier, data) if earlier is not None else None

    def passed(lines: Sequence[bytes], start: int, stop: int) -> int:
        nonlocal configuration
        assert sound is not None
        count = len(before)
        configuration = sound.along(configuration, lines, start, stop, before)
        return len(before) - count

    for entry in read_entries(data, passed if sound is not None else None):
        if changed is not None and entry.line == changed[0]:
            fault = FormatFault("append-only", changed[1])
            entry = entry._replace(faults=(*entry.faults, fault))
        for fault in entry.faults:
            rule = machine.line_rules.get(fault.check)
            if rule is not None:
                found.append(_Found(rule, entry, len(before), configuration, None, fault.detail))
        if entry.event is None:
            continue
        number = len(before)
        before.append(configuration)
        step = machine.step(
            configuration,
            entry.event.name,
            entry.event.context,
            context_is_object=not any(fault.check == "context" for fault in entry.faults),
        )
        for breach in step.breaches:
            found.append(_Found(breach.rule, entry, number, configuration, breach, ""))
        configuration = step.after if sound is None else sound.known(step.after)
    because = _because(machine, found, data, before)
    findings = _told(machine, found, because, options)
    return Judgement(
        _verdict(machine, configuration, findings, options),
        configuration.state,
        len(before),
        findings,
    )


def _because(
    machine: Machine, found: Sequence[_Found], data: bytes, before: Sequence[Configuration]
) -> dict[int, int]:
    """Which finding follows from which, by their places in `found`."""
    mendable = [mend for place, item in enumerate(found) if (mend := _mendable(place, item))]
    if not mendable or mendable[0].place == len(found) - 1:
        return {}
    # What was before the first fault that can be mended is not looked at again.
    first = mendable[0].number
    mendable = [mend._replace(number=mend.number - first) for mend in mendable]
    given: dict[int, list[tuple[int, str]]] = {}
    for place, item in enumerate(found):
        if item.breach is not None and item.number >= first:
            given.setdefault(item.number - first, []).append((place, item.rule.id))
    begin = found[mendable[0].place].entry.line - 1
    rest = read_entries(data, lambda _, start, __: max(0, begin - start))
    entries = [entry for entry in rest if entry.event is not None]
    trail = list(zip(entries, before[first:], strict=True))
    return causes(machine, trail, mendable, given, len(before))


def _mendable(place: int, item: _Found) -> Mendable | None:
    if isinstance(item.rule, MachineFinding) and item.rule.kind == "undefined":
        return Mendable(place, item.number, None)
    if isinstance(item.rule, Rule) and item.rule.supplies is not None:
        return Mendable(place, item.number, item.rule.supplies)
    return None


def _told(
    machine: Machine, found: Sequence[_Found], because: dict[int, int], options: Options
) -> tuple[Finding, ...]:
    """The findings in words; indices in `because` count what is told."""
    told: list[Finding] = []
    index: dict[int, int] = {}
    for place, item in enumerate(found):
        waived_by = options.waivers.waives(explain.rule_id(item.rule, item.entry), item.breach)
        if not options.notes and (item.rule.level == NOTE or waived_by is not None):
            continue
        index[place] = len(told)
        words: Callable[..., Finding] = explain.finding
        told.append(
            words(
                machine,
                item.rule,
                item.entry,
                item.before,
                item.breach,
                item.detail,
                because=index.get(because[place]) if place in because else None,
                waived_by=waived_by,
            )
        )
    return tuple(told)


def _verdict(
    machine: Machine, after: Configuration, findings: Sequence[Finding], options: Options
) -> str:
    if any(counts(finding, strict=options.strict) for finding in findings):
        return VIOLATES
    if machine.is_open(after.state):
        return INCOMPLETE
    return CONFORMS
