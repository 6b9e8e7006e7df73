"""Determines which findings are consequences of an earlier one.

A finding is a consequence of another if it disappears when the other fault is mended and the log is
judged again from there. Two faults can be mended: an undefined event is forced through a transition
of its own, and an event whose absence breaks a rule is supplied, where it would break no MUST.
Without this, one missing event would produce findings for the rest of the log.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flux_conform.language.bag import Bag
from flux_conform.language.format_rules import LineRule
from flux_conform.language.levels import MUST
from flux_conform.language.specification import MachineFinding, Rule
from flux_conform.logs.eventlog import Entry, read_entries
from flux_conform.logs.exact_time import exact_time
from flux_conform.logs.lines import line_at
from flux_conform.machine.configuration import Configuration, Step
from flux_conform.machine.step import Machine

MOST_KEPT = 4096
"""Maximum number of decoded events that are cached, so that they are not read again."""

_STEPS_PER_EVENT = 3
_STEPS_AT_LEAST = 20_000
"""Limits the work on logs that are faulty throughout; later findings count as independent."""


class Mendable(NamedTuple):
    """A fault that can be mended, by the index of its finding and the number of its event.

    `supplies` is the event to insert before it; None forces the event through a transition.
    """

    place: int
    number: int
    supplies: str | None


def mendable(
    rule: Rule | MachineFinding | LineRule, place: int, number: int = 0
) -> Mendable | None:
    """Return how the finding of a rule can be mended; None if it cannot."""
    if isinstance(rule, MachineFinding) and rule.kind == "undefined":
        return Mendable(place, number, None)
    if isinstance(rule, Rule) and rule.supplies is not None:
        return Mendable(place, number, rule.supplies)
    return None


class Trail:
    """The events of a log from a given one on, each with the configuration before it.

    Events are decoded on access and only some are cached, so that memory stays bounded for logs of
    many events.
    """

    def __init__(
        self, data: bytes, before: Sequence[Configuration], kept: dict[int, Entry]
    ) -> None:
        """`data` begins with the line of the first event; `before` has one configuration per event.

        `kept` has the events that are decoded already, by number.
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
    """Return, for each finding that is a consequence, the index of its earliest cause.

    `trail` has the events with the configurations before them; `given` has the machine's findings,
    as (index, rule), by the number of their event. `events` is the number of events of the log,
    which can be more than the trail has: its sound beginning can be left out.
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
    """Judge the log again with one fault mended, and note in `result` which findings disappear.

    It stops when the mended configuration equals the original one, because nothing differs from
    there on. Returns the steps that are left of the budget.
    """
    number = mend.number
    configuration = trail[number][1]
    if mend.supplies is not None:
        supplied = _supplied(machine, configuration, mend.supplies)
        if supplied is None:
            return budget - 1
        configuration = supplied
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
    """Return the cost of a comparison in steps: equal bags are compared member by member."""
    pairs = ((value, other.values[name]) for name, value in one.values.items())
    return sum(len(a) for a, b in pairs if a is not b and isinstance(a, Bag))


def mended(machine: Machine, before: Configuration, entry: Entry, mend: Mendable) -> Step | None:
    """Return the step of a faulty event with its fault mended; None if that mends nothing."""
    if mend.supplies is not None:
        supplied = _supplied(machine, before, mend.supplies)
        if supplied is None:
            return None
        before = supplied
    return step_of(machine, before, entry, forced=mend.supplies is None)


def _supplied(machine: Machine, before: Configuration, name: str) -> Configuration | None:
    """The configuration as if an event of the name, of which nothing else is known, had come.

    None where it would break a MUST there itself. Before the first event the generation is today's:
    nothing tells otherwise.
    """
    if before.generation is None:
        opening = machine.specification.opening_events
        if opening and name not in opening:
            return None
        before = before._replace(generation=machine.specification.today.name)
    step = machine.step(before, name, None, context_is_object=False)
    is_wrong = any(breach.rule.level == MUST for breach in step.breaches)
    return None if is_wrong else step.after


def step_of(machine: Machine, before: Configuration, entry: Entry, *, forced: bool = False) -> Step:
    """Return the step of the event of a line; see `Machine.step` for `forced`."""
    assert entry.event is not None
    name, timed = entry.event.name, machine.timed
    is_timed = timed is not None and timed.needs_time_of(machine.event(name).name)
    return machine.step(
        before,
        name,
        entry.event.context,
        context_is_object=entry.context_is_object,
        forced=forced,
        time=exact_time(entry) if is_timed else None,
    )


def _id(rule: str, entry: Entry) -> str:
    return rule.replace("{event}", entry.event.name if entry.event is not None else "")
