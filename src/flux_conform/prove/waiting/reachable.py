"""The runs that answers about waiting speak of: explored, with invariants and control graphs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from flux_conform.language.specification import Property, Specification, Transition
from flux_conform.machine.symbolic.configurations import STATE
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, boolean, disj, neg, same
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.prove.control_graph import ControlGraph, control_graph, moving_rows
from flux_conform.prove.instance import configuration_symbols
from flux_conform.prove.invariant import Induction, Invariant
from flux_conform.prove.lemmas import Atom, Lemma, Samples, candidates, symbol
from flux_conform.prove.measures import Goal, Progress, prove_progress, ways
from flux_conform.prove.phrases import joined
from flux_conform.prove.prover import ADMITS, Prover
from flux_conform.prove.waiting.runs import ExploredRuns


def prover_for(
    specification: Specification, generation: str, assuming: str, silent: bool
) -> Prover:
    """A prover on which the one question is what runs of this assumption do.

    The file's properties are put aside: their claims would make the instance larger. Longer
    lemmas are tried from the beginning, since what is known on entry often needs them.
    """
    question = Property("wait", "leavable", None, None, None, None, assuming, silent, "", "")
    return Prover(specification._replace(properties=(question,)), generation, 1, whole=True)


class Region(NamedTuple):
    """Some runs: the control graph of them, and the invariant that holds in all of them.

    `induction` is None, and the invariant says nothing, where Z3 cannot speak of the machine.
    """

    graph: ControlGraph
    induction: Induction[SymbolicMachine] | None
    invariant: Invariant


class ReachableRegion:
    """One prover, and the runs that obey `assuming`, with silent steps or without.

    `lacking` says why nothing can be proved of them beyond the control graph, "" where it can.
    """

    def __init__(self, prover: Prover, assuming: str, silent: bool) -> None:
        self.prover = prover
        self.assuming = assuming
        self.silent = silent
        self.specification = prover.specification
        self.explored = ExploredRuns(prover, assuming, silent)
        self.lacking = ""
        self.induction: Induction[SymbolicMachine] | None = None
        self.invariant = Invariant(())
        try:
            self.induction = prover.induction(assuming, silent)
            self.invariant = prover.invariant(assuming, silent)
        except Untranslatable as error:
            self.induction, self.lacking = None, str(error)
        self._beyond: dict[tuple[str, frozenset[str]], Region] = {}
        self._after: dict[int, Region] = {}

    @cached_property
    def rows(self) -> list[Transition]:
        """The transitions between states."""
        return moving_rows(self.specification, self.prover.generation)

    @cached_property
    def whole(self) -> Region:
        """All runs."""
        graph = control_graph(
            self.rows, self.explored.taken, self.induction, self.induction, self.invariant
        )
        return Region(graph, self.induction, self.invariant)

    @cached_property
    def atoms(self) -> list[Atom]:
        """The conditions that facts and lemmas are made of."""
        return [] if self.induction is None else self.prover.atoms(self.assuming, self.silent)

    @cached_property
    def samples(self) -> Samples:
        """Where the atoms hold in the explicit instance."""
        return Samples(self.explored.search, self.atoms, self.explored.reached)

    # In symbols

    @property
    def before(self) -> Mapping[str, Any]:
        """The components of a configuration."""
        assert self.induction is not None
        return self.induction.machine.values_before

    def within(self, values: Mapping[str, Any], states: Iterable[str]) -> Truth:
        """A configuration is in one of the states."""
        assert self.induction is not None
        machine = self.induction.machine
        return disj(same(values[STATE], machine.codes.of(state)) for state in states)

    def lemma(self, lemma: Lemma, values: Mapping[str, Any]) -> Truth:
        """A lemma in symbols."""
        assert self.induction is not None
        machine = self.induction.machine
        literals = [(symbol(x.atom, machine, values), x.holds) for x in lemma.literals]
        return disj(truth if holds else neg(truth) for truth, holds in literals)

    def barred(self, state: str) -> Invariant | None:
        """The lemmas that keep every run out of a state; None where none are known to."""
        if self.induction is None:
            return None
        reasons = self.induction.refutes(self.invariant, [self.within(self.before, [state])])
        return None if reasons is None else self.induction.core(self.invariant, reasons[0])

    # Some runs alone

    def beyond(self, state: str, avoiding: frozenset[str]) -> Region:
        """The runs that go on from a state, whatever they did before, and enter none of some.

        Their invariant may bar more than that of all runs. What their graph shows of `avoiding`
        is whether it can be entered, not what follows.
        """
        if self.induction is None:
            return self.whole
        key = (state, avoiding)
        if key in self._beyond:
            return self._beyond[key]
        machine = self.induction.machine.within(lambda values: neg(self.within(values, avoiding)))
        start = [boolean(self.within(self.before, [state]))]
        start += [boolean(self.lemma(lemma, self.before)) for lemma in self.invariant.lemmas]
        onward = self.explored.after(self.explored.inside([state]), avoiding)
        self._beyond[key] = self._region(Induction(machine), start, onward)
        return self._beyond[key]

    def after(self, number: int) -> Region:
        """The runs that go on from one explicit configuration."""
        if self.induction is None:
            return self.whole
        if number not in self._after:
            machine = self.induction.machine
            start = configuration_symbols(machine, self.explored.search, number)
            onward = self.explored.after([number])
            self._after[number] = self._region(self.induction, start, onward)
        return self._after[number]

    def _region(
        self, holds: Induction[SymbolicMachine], start: Sequence[Any], onward: Collection[int]
    ) -> Region:
        samples = Samples(self.explored.search, self.atoms, self._marks(onward))
        guesses = candidates(self.atoms, samples, width=self.prover.width)
        invariant = holds.houdini(dict.fromkeys([*self.invariant.lemmas, *guesses]), start)
        taken = self.explored.taken_from(onward)
        graph = control_graph(self.rows, taken, self.induction, holds, invariant)
        return Region(graph, holds, invariant)

    def _marks(self, numbers: Iterable[int]) -> bytearray:
        marks = bytearray(len(self.explored.state))
        for number in numbers:
            marks[number] = 1
        return marks

    # Ways

    def progress(
        self, runs: Region, places: Collection[int], states: frozenset[str], goal: frozenset[str]
    ) -> Progress | str:
        """That the goal is reachable wherever such runs are in some states; or why it may not be.

        No such run may leave the states but into the goal. `places` are its configurations there.
        """
        if runs.induction is None:
            return self.lacking
        machine = runs.induction.machine
        if machine.loose:
            names = joined(machine.loose)
            return f"{names} share events as bags, which the reduction does not keep"
        state = self.explored.state
        aim = Goal(
            self._marks(places),
            lambda edge: state[edge.target] in goal,
            self.within(self.before, states),
            lambda after: self.within(after, goal),
        )
        search = self.explored.search
        found = ways(search, aim, ADMITS[self.explored.kind])
        try:
            return prove_progress(runs.induction, runs.invariant, search, aim, found, self.atoms)
        except Untranslatable as error:
            return str(error)
