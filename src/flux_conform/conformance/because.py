"""Which findings only follow from an earlier one.

A finding follows from another if judging on with that other one mended does not give it. Two
faults can be mended: an event that is undefined where it stands is taken as its own transition,
and an event whose absence a rule shows is supplied. One missing event would otherwise rain
findings on the reader for the rest of the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flux_conform.conformance.machine import Configuration, Machine, Step
from flux_conform.logs.eventlog import Entry
from flux_conform.model.bags import Bag

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


def causes(
    machine: Machine,
    trail: Sequence[tuple[Entry, Configuration]],
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
    trail: Sequence[tuple[Entry, Configuration]],
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
