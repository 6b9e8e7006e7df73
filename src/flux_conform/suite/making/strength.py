"""The strength of a suite: the mutants of its specification that its vectors kill.

A vector kills a mutant if its log, read by the mutant, gives another observation than the vector
expects. Two powers of observation are measured: `states` observes the verdicts, the state after
each event and the job at the end; `verdict` observes only the verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from flux_conform.language.specification import Specification
from flux_conform.mutation.mutants import Mutant
from flux_conform.mutation.powers import POWERS, STATES, VERDICT
from flux_conform.suite.making.observe import Observation, Observer, ReadLog, read_log


class Probe(NamedTuple):
    """A log that mutants read: the id of the vector, and what the specification observes.

    `entries` are the entries that govern its events, `steps` each of them with the state before.
    """

    id: str
    log: ReadLog
    own: Observation
    entries: frozenset[str]
    steps: frozenset[tuple[str, str]]


class Probes:
    """The logs of a suite, the shortest first."""

    def __init__(self, specification: Specification, logs: Iterable[tuple[str, bytes]]) -> None:
        """`logs` are the vectors' names and logs."""
        observer = Observer(specification)
        probes = [_probe(observer, name, read_log(log)) for name, log in logs]
        self.probes: Sequence[Probe] = sorted(probes, key=lambda probe: len(probe.log))
        self._of_step: dict[tuple[str, str], list[Probe]] = {}
        self._of_entry: dict[str, list[Probe]] = {}
        for probe in self.probes:
            for step in probe.steps:
                self._of_step.setdefault(step, []).append(probe)
            for entry in probe.entries:
                self._of_entry.setdefault(entry, []).append(probe)

    def bearing_on(self, mutant: Mutant) -> Sequence[Probe]:
        """The probes that a mutant may read differently."""
        if mutant.events is None:
            return self.probes
        if len(mutant.events) > 1:
            return [probe for probe in self.probes if probe.entries & mutant.events]
        event = min(mutant.events, default="")
        if mutant.state is not None:
            return self._of_step.get((mutant.state, event), ())
        return self._of_entry.get(event, ())

    def killing(self, mutant: Mutant) -> dict[str, str]:
        """The first vector that kills a mutant, by the power of observation."""
        observer = Observer(mutant.specification)
        killed: dict[str, str] = {}
        for probe in self.bearing_on(mutant):
            seen = observer.observe(probe.log)
            if seen == probe.own:
                continue
            killed.setdefault(STATES, probe.id)
            if seen[:2] != probe.own[:2]:
                killed.setdefault(VERDICT, probe.id)
            if len(killed) == len(POWERS):
                break
        return killed


def _probe(observer: Observer, name: str, log: ReadLog) -> Probe:
    machine = observer.machine
    configuration = machine.initial
    steps = set()
    for line in log:
        if line.name is None:
            continue
        steps.add((configuration.state, machine.event(line.name).name))
        step = machine.step(
            configuration, line.name, line.context, context_is_object=line.is_object
        )
        configuration = step.after
    entries = frozenset(entry for _, entry in steps)
    return Probe(name, log, observer.observe(log), entries, frozenset(steps))
