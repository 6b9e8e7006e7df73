"""Reads a log as an implementation does, to find out which findings are its known deviations.

Deviations can hold a reading: a change on the specification that describes how the implementation
keeps account. A finding is excused where the changed specification does not have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flux_conform.checking.because import step_of
from flux_conform.checking.explain import rule_id
from flux_conform.checking.waivers import Finds, Waivers
from flux_conform.language.specification import Specification
from flux_conform.logs.eventlog import Entry
from flux_conform.machine.step import Machine


class Rereading:
    """One log, read line by line as each implementation of some waivers reads it."""

    def __init__(self, machine: Machine, waivers: Waivers) -> None:
        """Raises SpecificationFaults where a reading does not fit its specification."""
        self._readers: dict[str, _Reader] = {}
        for deviations in waivers.allowed:
            change = dict(deviations.readings).get(machine.specification.name)
            if change is None:
                continue
            # The machine remembers it, for logs are many.
            if change not in machine.readings:
                machine.readings[change] = _read_as(deviations.name, change, machine.specification)
            read_as = machine.readings[change]
            if read_as is not None:
                self._readers[deviations.name] = _Reader(read_as)

    def take(self, entry: Entry) -> Finds | None:
        """Take the next event; the result says what is found there, or is None without readings."""
        if not self._readers:
            return None
        found = {name: reader.take(entry) for name, reader in self._readers.items()}
        return lambda name, rule: name not in found or rule in found[name]


def reread(
    machine: Machine, waivers: Waivers, entries: Callable[[], Iterable[Entry]]
) -> Callable[[str, int], Finds | None]:
    """A function that gives, for a rule and the number of an event, what the readings find there.

    The log is read again when first asked about a rule that some reading is about.
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
        """The rules that the event of a line breaks."""
        assert entry.event is not None
        step = step_of(self._machine, self._configuration, entry)
        self._configuration = step.after
        return frozenset(rule_id(breach.rule, entry) for breach in step.breaches)


def _read_as(name: str, change: str, specification: Specification) -> Machine | None:
    """The machine of a reading; None where it is about another specification than this one."""
    from flux_conform.language.deviations import read_as

    found = read_as(specification, change, f"the reading of {name}")
    return None if found is None else Machine(found)
