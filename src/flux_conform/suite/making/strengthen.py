"""Tries a suite on mutants; for survivors, finds a log that kills or proves equivalence.

The mutants are the first-order ones, or the faults of the domains of which a sample is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import lru_cache, partial
from typing import NamedTuple

from flux_conform.language.line_form import LineForm
from flux_conform.language.specification import Specification
from flux_conform.machine.step import Machine
from flux_conform.mutation.domains import samples
from flux_conform.mutation.equivalence import Decided, decide
from flux_conform.mutation.mutants import Mutant, mutants
from flux_conform.mutation.powers import POWERS, STATES
from flux_conform.suite.making.clean_graph import CleanGraph
from flux_conform.suite.making.further_letters import extend_to_all, is_core
from flux_conform.suite.making.killers import MOST, killer
from flux_conform.suite.making.mutant_reader import MutantReader
from flux_conform.suite.making.observe import Observer, read_log
from flux_conform.suite.making.step_vectors import slug
from flux_conform.suite.making.strength import Outcome, Probes, Trial
from flux_conform.suite.making.telling_events import letters_of, log_of
from flux_conform.suite.making.vector import Draft

KILLERS = "mutants"
"""The group of logs that were added to a suite because they kill a surviving mutant."""

FAULTS = "faults"
"""The group of those that tell a fault of a domain apart."""

KILLED, EQUIVALENT, SURVIVED, UNDECIDED = "killed", "equivalent", "survived", "undecided"
READING = "another reading"
FATES = (KILLED, EQUIVALENT, READING, SURVIVED, UNDECIDED)
"""The fate of a mutant: a run of the suite fails; it is proved equivalent; all that it reads
otherwise fits another reading of open questions, so a run passes; a log that would kill it is
known but is not a vector; none of these."""

CHUNK = 100

MOST_OF_FAULT = 300
"""Number of logs that are tried for a fault, of which there are many."""


class Fate(NamedTuple):
    """The fate of a mutant under one power of observation, and the vector that kills it.

    Of one that fits another reading, `by` says which.
    """

    operator: str
    mutant: str
    power: str
    fate: str
    by: str = ""


class Strength(NamedTuple):
    """The fates of all mutants, and the logs that were found to kill survivors."""

    fates: tuple[Fate, ...]
    found: tuple[Draft, ...]

    def number(self, power: str, fate: str, operator: str | None = None) -> int:
        """The number of mutants with a fate."""
        return sum(
            each.power == power and each.fate == fate and operator in (None, each.operator)
            for each in self.fates
        )

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators, in the order of their mutants."""
        return tuple(dict.fromkeys(each.operator for each in self.fates))


def measure(
    specification: Specification,
    trial: Trial,
    *,
    executor: Executor | None = None,
    told: Callable[[int, int], None] | None = None,
    before: Strength | None = None,
    drawn_by: int | None = None,
) -> Strength:
    """Measure the strength of some vectors.

    Args:
        specification: What is mutated.
        trial: The suite's vectors.
        executor: Runs the work; None runs it in this process.
        told: Called with the number of mutants that are done, and of all.
        before: The strength of fewer of these vectors. Mutants that were killed or proved
            equivalent are not tried again, and no logs are searched for the others.
        drawn_by: Tries the faults of the domains, of which this seed draws a sample. None tries the
            first-order mutants.
    """
    specification = specification.without_claims
    settled = _settled(before)
    every = _mutants_of(specification, drawn_by)
    open_ = [n for n, m in enumerate(every) if any((m.id, p) not in settled for p in POWERS)]
    count = len(open_)
    chunks = [open_[start : start + CHUNK] for start in range(0, count, CHUNK)]
    fates: list[Fate] = list(settled.values())
    left: list[tuple[int, list[str]]] = []
    done = 0
    spread = map if executor is None else executor.map
    tried = spread(partial(_tried, specification, trial, _key(trial), drawn_by), chunks)
    for chunk, outcomes in zip(chunks, tried, strict=True):
        for number, outcome in zip(chunk, outcomes, strict=True):
            mutant = every[number]
            missing = []
            for power in POWERS:
                if (mutant.id, power) in settled:
                    continue
                by, readings = outcome[power]
                if by:
                    fates.append(Fate(mutant.operator, mutant.id, power, KILLED, by))
                elif readings:
                    says = ", ".join(f"{name} as {reading}" for name, reading in readings)
                    fates.append(Fate(mutant.operator, mutant.id, power, READING, says))
                else:
                    missing.append(power)
            if before is not None:
                fates += [Fate(mutant.operator, mutant.id, p, UNDECIDED) for p in missing]
            elif missing:
                left.append((number, missing))
        done += len(chunk)
        if told is not None:
            told(done - len(left), count)
    pieces = [left[start : start + 10] for start in range(0, len(left), 10)]
    found: dict[bytes, Draft] = {}
    for piece in spread(partial(_looked, specification, drawn_by), pieces):
        for number, power, fate, log in piece:
            mutant = every[number]
            killer_id = ""
            if log is not None:
                name = f"{len(found) + 1:03}-{slug(mutant.operator)}"
                says = f"tells apart: {mutant.id}"
                draft = Draft(KILLERS, name, "mutant", says, log)
                if drawn_by is not None:
                    draft = Draft(FAULTS, name, "fault", says, log)
                killer_id = found.setdefault(log, draft).id
            fates.append(Fate(mutant.operator, mutant.id, power, fate, killer_id))
        done += 1
        if told is not None:
            told(count - len(left) + min(len(left), done), count)
    order = {mutant.id: place for place, mutant in enumerate(every)}
    fates.sort(key=lambda each: (order[each.mutant], POWERS.index(each.power)))
    return Strength(tuple(fates), tuple(found.values()))


def _settled(before: Strength | None) -> dict[tuple[str, str], Fate]:
    """The fates that further logs do not change."""
    if before is None:
        return {}
    return {(f.mutant, f.power): f for f in before.fates if f.fate in (KILLED, EQUIVALENT)}


# In each process


@lru_cache(maxsize=2)
def _mutants_of(specification: Specification, drawn_by: int | None) -> tuple[Mutant, ...]:
    if drawn_by is None:
        return tuple(mutants(specification))
    return tuple(fault for sample in samples(specification, drawn_by) for fault in sample.faults)


_probes: dict[tuple[Specification, str], Probes] = {}


def _key(trial: Trial) -> str:
    return hashlib.sha256(repr(trial).encode()).hexdigest()


def _probes_of(specification: Specification, trial: Trial, key: str) -> Probes:
    """The probes of a trial, whose jobs cannot be hashed."""
    if (specification, key) not in _probes:
        _probes.clear()
        _probes[specification, key] = Probes(specification, trial)
    return _probes[specification, key]


@lru_cache(maxsize=2)
def _graph_of(specification: Specification) -> CleanGraph:
    letters = letters_of(specification)
    core = list(filter(is_core, letters))
    graph = CleanGraph(Machine(specification), core, generation=specification.today.name)
    extend_to_all(graph, letters)
    return graph


def _tried(
    specification: Specification,
    trial: Trial,
    key: str,
    drawn_by: int | None,
    chunk: Sequence[int],
) -> list[Mapping[str, Outcome]]:
    probes = _probes_of(specification, trial, key)
    found = _mutants_of(specification, drawn_by)
    return [probes.outcomes(found[number]) for number in chunk]


_Look = tuple[int, str, str, bytes | None]


def _looked(
    specification: Specification,
    drawn_by: int | None,
    piece: Sequence[tuple[int, Sequence[str]]],
) -> list[_Look]:
    """For what is left: a log that kills the mutant, a proof that none does, or neither."""
    observer = Observer(specification)
    found: list[_Look] = []
    logs: list[bytes] = []
    for number, powers in piece:
        mutant = _mutants_of(specification, drawn_by)[number]
        other = MutantReader(mutant)
        # Of how texts are read the comparison of specifications knows nothing.
        decided = Decided((), ()) if mutant.form else decide(specification, mutant)
        for power in powers:
            log = _killing(observer, other, [*logs, *decided.logs], power)
            fate = SURVIVED
            if log is None and power in decided.equivalent:
                fate = EQUIVALENT
            elif log is None:
                most = MOST if drawn_by is None else MOST_OF_FAULT
                events = killer(_graph_of(specification), observer, mutant, power, most)
                written = () if events is None else _in_form(specification.fields, log_of(events))
                log = _killing(observer, other, written, power)
                fate = UNDECIDED if log is None else SURVIVED
            if log is not None and log not in logs:
                logs.append(log)
            found.append((number, power, fate, log))
    return found


def _in_form(form: LineForm | None, log: bytes) -> tuple[bytes, ...]:
    """An eventlog in the form of a machine's logs, if it can be written so."""
    if form is None:
        return (log,)
    return (form.log(log),) if form.can_write(log) else ()


def _killing(
    observer: Observer, other: MutantReader, logs: Iterable[bytes], power: str
) -> bytes | None:
    for log in logs:
        read = read_log(log, observer.machine.specification)
        own, seen = observer.observe(read), other.observe(read)
        if seen[:2] != own[:2] or (power == STATES and seen != own):
            return log
    return None
