"""Which findings only follow from an earlier one.

A finding follows from another if judging on with that other one mended does not give it. Two
faults can be mended: an event that is undefined where it stands is taken as its own transition,
and an event whose absence a rule shows is supplied. One missing event would otherwise rain
findings on the reader for the rest of the log.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flux_conform.language.format_rules import LineRule
from flux_conform.language.specification import MachineFinding, Rule
from flux_conform.language.values import Bag
from flux_conform.logs.eventlog import Entry, read_entries
from flux_conform.logs.lines import line_at
from flux_conform.machine.configuration import Configuration, Step
from flux_conform.machine.step import Machine

MOST_KEPT = 4096
"""Events that are kept as they were read, so that they need not be read again."""

_STEPS_PER_EVENT = 3
_STEPS_AT_LEAST = 20_000
"""Bounds the work on logs that are faulty through and through; findings past it stand alone."""


class Mendable(NamedTuple):
    """A finding (by its place) at an event (by its number) that can be mended.

    `supplies` is the event to put before it; None takes the event as its own transition.
    """

    place: int
    number: int
    supplies: str | None


def mendable(
    rule: Rule | MachineFinding | LineRule, place: int, number: int = 0
) -> Mendable | None:
    """The finding of a rule as one that can be mended; None where it cannot."""
    if isinstance(rule, MachineFinding) and rule.kind == "undefined":
        return Mendable(place, number, None)
    if isinstance(rule, Rule) and rule.supplies is not None:
        return Mendable(place, number, rule.supplies)
    return None


class Trail:
    """The events of a log from one on, each with the configuration before it.

    They are read when they are asked for, and the latest are kept, so that a log of many events
    is never held whole.
    """

    def __init__(
        self, data: bytes, before: Sequence[Configuration], kept: dict[int, Entry]
    ) -> None:
        """`data` begins with the line of the first of them; each has its configuration.

        `kept` are those that were read before.
        """
        self._data = data
        self._before = before
        self._entries = (entry for entry in read_entries(data) if entry.event is not None)
        self._offsets = array("Q")
        self._kept = kept

    def __len__(self) -> int:
        return len(self._before)

    def __getitem__(self, number: int) -> tuple[Entry, Configuration]:
        if number not in self._kept:
            while number >= len(self._offsets):
                entry = next(self._entries)
                self._keep(len(self._offsets), entry)
                self._offsets.append(entry.offset)
        if number not in self._kept:
            self._keep(number, next(read_entries(line_at(self._data, self._offsets[number]))))
        return self._kept[number], self._before[number]

    def _keep(self, number: int, entry: Entry) -> None:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[number] = entry


def causes(
    machine: Machine,
    trail: Trail,
    mendable: Sequence[Mendable],
    given: Mapping[int, Sequence[tuple[int, str]]],
    events: int,
) -> dict[int, int]:
    """For findings that follow from an earlier one, the place of the earliest such.

    `trail` has each event with the configuration before it; `given` the machine's findings, as
    (place, rule), by the number of their event. The log has so many `events`, which may be more
    than the trail has: its sound beginning can be left out.
    """
    result: dict[int, int] = {}
    budget = max(_STEPS_AT_LEAST, _STEPS_PER_EVENT * events)
    unexplained = sorted(place for items in given.values() for place, _ in items)
    for mend in mendable:
        while unexplained and unexplained[-1] in result:
            unexplained.pop()
        if not unexplained or unexplained[-1] <= mend.place:
            break
        budget = _explain(machine, trail, mend, given, result, budget)
        if budget <= 0:
            break
    return result


def _explain(
    machine: Machine,
    trail: Trail,
    mend: Mendable,
    given: Mapping[int, Sequence[tuple[int, str]]],
    result: dict[int, int],
    budget: int,
) -> int:
    number = mend.number
    configuration = trail[number][1]
    if mend.supplies is not None:
        configuration = machine.supply(configuration, mend.supplies)
    while number < len(trail) and budget > 0:
        entry, unmended = trail[number]
        if number > mend.number and configuration == unmended:
            budget -= _cost_of_equality(configuration, unmended)
            break
        forced = number == mend.number and mend.supplies is None
        step = step_of(machine, configuration, entry, forced=forced)
        broken = {_id(breach.rule.id, entry) for breach in step.breaches}
        for place, rule in given.get(number, ()):
            if place > mend.place and place not in result and _id(rule, entry) not in broken:
                result[place] = mend.place
        configuration = step.after
        number += 1
        budget -= 1
    return budget


def _cost_of_equality(one: Configuration, other: Configuration) -> int:
    """To tell that two bags are equal takes a look at each member, unless they are one."""
    pairs = ((value, other.values[name]) for name, value in one.values.items())
    return sum(len(a) for a, b in pairs if a is not b and isinstance(a, Bag))


def mended(machine: Machine, before: Configuration, entry: Entry, mend: Mendable) -> Step:
    """What a faulty event does once its fault is mended."""
    if mend.supplies is not None:
        before = machine.supply(before, mend.supplies)
    return step_of(machine, before, entry, forced=mend.supplies is None)


def step_of(machine: Machine, before: Configuration, entry: Entry, *, forced: bool = False) -> Step:
    """What the event of a line does; see `Machine.step` for `forced`."""
    assert entry.event is not None
    return machine.step(
        before,
        entry.event.name,
        entry.event.context,
        context_is_object=not any(fault.check == "context" for fault in entry.faults),
        forced=forced,
    )


def _id(rule: str, entry: Entry) -> str:
    return rule.replace("{event}", entry.event.name if entry.event is not None else "")
