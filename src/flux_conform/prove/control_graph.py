"""The control graph: which states are reachable from which, by runs of any length.

Its edges are the transitions that move between states, less those that an invariant bars. What the
graph cannot do no run can do; what it can do, a run may still not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from flux_conform.language.specification import MOVES, Specification, Transition
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.prove.invariant import Induction, Invariant
from flux_conform.prove.lemmas import Lemma


class ControlGraph(NamedTuple):
    """Transitions that run from one state to another: those open, and those that are barred.

    `lemmas` are what bars them, an invariant of the runs that the graph is about.
    """

    open: tuple[Transition, ...]
    barred: tuple[Transition, ...] = ()
    lemmas: Invariant = Invariant(())

    def reach(
        self,
        starts: Iterable[str],
        avoiding: Collection[str] = (),
        without: Collection[str] = (),
    ) -> frozenset[str]:
        """The starts, and the states reachable from them.

        No state of `avoiding` is entered, and no event named in `without` takes part.
        """
        found = dict.fromkeys(starts)
        pending = list(found)
        for state in pending:
            for row in self.open:
                target = row.target
                if row.source != state or target is None or target in found:
                    continue
                if target not in avoiding and row.event not in without:
                    found[target] = None
                    pending.append(target)
        return frozenset(found)

    def cycles(self, states: Iterable[str], avoiding: Collection[str] = ()) -> list[frozenset[str]]:
        """The strongly connected components of two states or more among these."""
        among = frozenset(states)
        reach = {state: self.reach([state], avoiding) for state in among}
        groups = {
            frozenset(other for other in reach[state] if other in reach and state in reach[other])
            for state in among
        }
        return sorted((group for group in groups if len(group) > 1), key=sorted)


def moving_rows(specification: Specification, generation: str) -> list[Transition]:
    """The transitions of a generation that lead from one state to another."""
    return [
        row
        for row in specification.transitions
        if row.outcome == MOVES
        and row.target != row.source
        and row.generation in (None, generation)
        and not specification.state(row.source).removed
    ]


def control_graph(
    rows: Iterable[Transition],
    taken: Collection[Transition],
    asks: Induction[SymbolicMachine] | None,
    holds: Induction[SymbolicMachine] | None,
    invariant: Invariant,
) -> ControlGraph:
    """The graph of some rows. Those taken by some run are open; of others Z3 is asked.

    `asks` knows the steps that rows are part of; `holds` is where the invariant is inductive.
    Without them nothing is known to be barred. What Z3 leaves undecided is open.
    """
    open_: list[Transition] = []
    barred: list[Transition] = []
    needed: dict[Lemma, None] = {}
    for row in rows:
        reasons = None if row in taken or asks is None else _bars(asks, invariant, row)
        if reasons is None:
            open_.append(row)
        else:
            barred.append(row)
            needed.update(dict.fromkeys(reasons))
    core = Invariant(())
    if needed and holds is not None:
        core = holds.core(invariant, needed)
    return ControlGraph(tuple(open_), tuple(barred), core)


def _bars(
    induction: Induction[SymbolicMachine], invariant: Invariant, row: Transition
) -> tuple[Lemma, ...] | None:
    """The lemmas under which no run takes the row, none where none are needed; None if unknown."""
    step = induction.machine.step(row.event)
    case = next((case for case in step.cases if case.row is row), None)
    if case is None:
        return ()  # a row before it always matches
    reasons = induction.refutes(invariant, [case.condition, step.legal])
    return None if reasons is None else reasons[0]
