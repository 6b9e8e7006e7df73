"""The strength of a suite: the mutants of its specification that its vectors kill.

A vector kills a mutant if its log, read by the mutant, gives another observation than the vector
expects. Vectors that rest on open questions kill it together: where no reading of each question
fits what the mutant observes of all of them, as in a run. Two powers of observation are measured:
`states` observes the verdicts, the state after each event and the job at the end; `verdict`
observes only the verdicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

from flux_conform.language.specification import Specification
from flux_conform.mutation.mutants import Mutant
from flux_conform.mutation.powers import POWERS, STATES, VERDICT
from flux_conform.suite.making.mutant_reader import MutantReader
from flux_conform.suite.making.observe import Observation, Observer, ReadLog, read_log
from flux_conform.suite.making.vector import Alternative
from flux_conform.suite.open_readings import Combination, Constraint, satisfying


class Tried(NamedTuple):
    """A vector as mutants are tried on it: its id, its log, and how it is contested."""

    id: str
    log: bytes
    contested: tuple[str, ...] = ()
    readings: tuple[Alternative, ...] = ()


class Trial(NamedTuple):
    """The vectors that mutants are tried on, and the open questions that they rest on.

    `questions` names the readings of each, the specification's first; `left_out` are pairs of
    readings that contradict each other.
    """

    vectors: tuple[Tried, ...]
    questions: Mapping[str, tuple[str, ...]] = {}
    left_out: tuple[Combination, ...] = ()


class Expectation(NamedTuple):
    """What some combinations of readings expect; a verdict of None leaves what follows free."""

    readings: frozenset[Combination]
    verdict: str | None
    strict: str | None
    states: tuple[str, ...]
    job: Mapping[str, object] | None

    def fits(self, seen: Observation, power: str) -> bool:
        """Whether this is expected, as far as it is observed."""
        if self.verdict is None:
            return power == VERDICT or seen.states[: len(self.states)] == self.states
        told = (self.verdict, self.strict, self.states, self.job)
        return tuple(seen[:2]) == told[:2] if power == VERDICT else tuple(seen) == told


class Probe(NamedTuple):
    """A log that mutants read: the id of the vector, and what the specification observes.

    `entries` are the entries that govern its events, `steps` each of them with the state before.
    If it is contested, `expectations` are those of all readings.
    """

    id: str
    log: ReadLog
    own: Observation
    entries: frozenset[str]
    steps: frozenset[tuple[str, str]]
    contested: tuple[str, ...] = ()
    expectations: tuple[Expectation, ...] = ()

    def fitting(self, seen: Observation, power: str) -> Constraint:
        """The combinations of readings that expect what is observed."""
        found = (each.readings for each in self.expectations if each.fits(seen, power))
        return self.contested, frozenset().union(*found)


class Outcome(NamedTuple):
    """What becomes of a mutant: the vector that kills it, or else the readings that it fits.

    Both are empty if nothing differs.
    """

    by: str = ""
    readings: tuple[tuple[str, str], ...] = ()


class Probes:
    """The logs of a suite, the shortest first."""

    def __init__(self, specification: Specification, trial: Trial) -> None:
        observer = Observer(specification)
        probes = [_probe(observer, trial, tried) for tried in trial.vectors]
        self.probes: Sequence[Probe] = sorted(probes, key=lambda probe: len(probe.log))
        self._questions = trial.questions
        self._of_step: dict[tuple[str, str], list[Probe]] = {}
        self._of_entry: dict[str, list[Probe]] = {}
        for probe in self.probes:
            for step in probe.steps:
                self._of_step.setdefault(step, []).append(probe)
            for entry in probe.entries:
                self._of_entry.setdefault(entry, []).append(probe)
        # What a reader observes that reads everything as the specification does.
        self._own = {
            power: Counter(p.fitting(p.own, power) for p in self.probes if p.contested)
            for power in POWERS
        }

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

    def outcomes(self, mutant: Mutant) -> dict[str, Outcome]:
        """What becomes of a mutant under each power of observation."""
        observer = MutantReader(mutant)
        killed: dict[str, str] = {}
        contested: dict[str, list[tuple[Probe, Observation]]] = {power: [] for power in POWERS}
        for probe in self.bearing_on(mutant):
            seen = observer.observe(probe.log)
            if seen == probe.own:
                continue
            powers = POWERS if seen[:2] != probe.own[:2] else (STATES,)
            for power in powers:
                if probe.contested:
                    contested[power].append((probe, seen))
                else:
                    killed.setdefault(power, probe.id)
            if len(killed) == len(POWERS):
                break
        return {
            power: Outcome(killed[power])
            if power in killed
            else self._read(contested[power], power)
            for power in POWERS
        }

    def _read(self, differing: Sequence[tuple[Probe, Observation]], power: str) -> Outcome:
        """What contested vectors make of a mutant that reads these otherwise."""
        if not differing:
            return Outcome()
        constraints = Counter(self._own[power])
        for probe, seen in differing:
            fitting = probe.fitting(seen, power)
            if not fitting[1]:
                return Outcome(probe.id)
            constraints[probe.fitting(probe.own, power)] -= 1
            constraints[fitting] += 1
        readings = satisfying(+constraints, self._questions)
        if readings is None:
            return Outcome(differing[0][0].id)
        other = {name: by for name, by in readings.items() if by != self._questions[name][0]}
        return Outcome(readings=tuple(other.items()))


def _probe(observer: Observer, trial: Trial, tried: Tried) -> Probe:
    log = read_log(tried.log, observer.machine.specification)
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
    own = observer.observe(log)
    expectations = _expectations(trial, tried, own) if tried.contested else ()
    return Probe(tried.id, log, own, entries, frozenset(steps), tried.contested, expectations)


def _expectations(trial: Trial, tried: Tried, own: Observation) -> tuple[Expectation, ...]:
    pairs = [[(name, by) for by in trial.questions[name]] for name in tried.contested]
    left = {
        combination
        for combination in product(*pairs)
        if not any(set(pair) <= set(combination) for pair in trial.left_out)
    }
    found = [
        Expectation(frozenset((each.reading,)), each.verdict, each.strict, each.states, each.job)
        for each in tried.readings
    ]
    left -= {each.reading for each in tried.readings}
    return Expectation(frozenset(left), *own), *found
