"""Judges a log as an implementation reads it, to find out which findings are known deviations.

Deviations can contain a reading: a change of the specification that describes how the
implementation behaves. A finding is excused if the changed specification does not produce it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flux_conform.checking.consequences import step_of
from flux_conform.checking.explain import rule_id
from flux_conform.checking.waivers import Finds, Waivers
from flux_conform.language.specification import Specification
from flux_conform.logs.eventlog import Entry
from flux_conform.machine.step import Machine


class Rereading:
    """Judges one log, event by event, with each reading of some waivers."""

    def __init__(self, machine: Machine, waivers: Waivers) -> None:
        """Raises SpecificationFaults if a reading does not fit its specification."""
        self._readers: dict[str, _Reader] = {}
        for deviations in waivers.allowed:
            change = dict(deviations.readings).get(machine.specification.name)
            if change is None:
                continue
            # The machine caches the reading, because it judges many logs.
            if change not in machine.readings:
                machine.readings[change] = _read_as(deviations.name, change, machine.specification)
            read_as = machine.readings[change]
            if read_as is not None:
                self._readers[deviations.name] = _Reader(read_as)

    def take(self, entry: Entry) -> Finds | None:
        """Read the next event; return what the readings find there, or None without readings."""
        if not self._readers:
            return None
        found = {name: reader.take(entry) for name, reader in self._readers.items()}
        return lambda name, rule: name not in found or rule in found[name]


def reread(
    machine: Machine, waivers: Waivers, entries: Callable[[], Iterable[Entry]]
) -> Callable[[str, int], Finds | None]:
    """Return a function that says, for a rule and an event's number, what the readings find there.

    The log is read again only when the function is first called with a rule of some reading.
    """
    rules = waivers.read
    found: list[Finds | None] = []

    def finds(rule: str, number: int) -> Finds | None:
        if rule not in rules:
            return None
        if not found:
            rereading = Rereading(machine, waivers)
            found.extend(rereading.take(entry) for entry in entries() if entry.event is not None)
        return found[number]

    return finds


class _Reader:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._configuration = machine.initial

    def take(self, entry: Entry) -> frozenset[str]:
        """Read the next event, and return the rules that it breaks."""
        assert entry.event is not None
        step = step_of(self._machine, self._configuration, entry)
        self._configuration = step.after
        return frozenset(rule_id(breach.rule, entry) for breach in step.breaches)


def _read_as(name: str, change: str, specification: Specification) -> Machine | None:
    """Return the machine of a reading; None if the reading is about another specification."""
    from flux_conform.language.deviations import read_as

    found = read_as(specification, change, f"the reading of {name}")
    return None if found is None else Machine(found)
