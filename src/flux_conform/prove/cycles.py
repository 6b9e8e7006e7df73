"""In which states a run may go round: the cycles of the transitions that runs can take."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

from flux_conform.language.specification import MOVES, Property, Transition
from flux_conform.machine.exploration import Exploration
from flux_conform.machine.space import Edge, Search
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.prove.argument import Argument
from flux_conform.prove.control_graph import ControlGraph
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown, Witness
from flux_conform.prove.phrases import counted, joined
from flux_conform.prove.prover import ADMITS, Prover, run_kind
from flux_conform.prove.reaching import row_barred, row_text, rows_of
from flux_conform.prove.witnesses import Run, run_of


def cycles(prover: Prover, claim: Property) -> Shown:
    """A run that comes back to a state it left stays in one of the sets named, and each has one.

    A run that goes round stays in one strongly connected component of the control graph. A
    transition is left out of the graph where no run takes it, with a proof.
    """
    graph, doubts, dead = _graph(prover, claim)
    order = [state.name for state in prover.specification.states]
    parts = sorted(graph.cycles(order), key=lambda part: min(map(order.index, part)))
    named = [frozenset(part) for part in claim.cycles]
    home_of = {state: part for part in named for state in part}
    detail = [f"{counted(len(graph.open), 'transition')} that some run may take"]
    witnesses = []
    unnamed = [part for part in parts if part not in named]
    for part in unnamed:
        run = _round(prover, claim, part, lambda state: home_of.get(state, {state}))
        if run is not None:
            text = joined(sorted(part, key=order.index))
            summary = f"a run can go round {text}"
            return Shown(REFUTED, summary, tuple(detail), counterexample=run)
    for part in named:
        text = joined(sorted(part, key=order.index))
        run = _round(prover, claim, part, lambda state: {state})
        if run is None:
            inner = ControlGraph(tuple(x for x in graph.open if {x.source, x.target} <= part))
            excluded = len(part) > 1 and inner.cycles(part) != [part]
            verdict = REFUTED if excluded else UNKNOWN
            summary = f"no run goes round {text}" if excluded else f"no log goes round {text}"
            return Shown(verdict, summary, tuple(detail))
        detail.append(f"{text}: {counted(len(run.events), 'event')}: {run.names}")
        witnesses.append(Witness(f"round-{'-'.join(sorted(part))}", f"goes round {text}", run))
    for part in unnamed:
        text = joined(sorted(part, key=order.index))
        return Shown(UNKNOWN, f"transitions lead round {text}; no log shows it", tuple(detail))
    open_ = [
        f"{row_text(row)}: no log takes it, no invariant excludes it"
        for row in doubts
        if any({row.source, row.target} <= part for part in parts)
    ]
    if open_:
        summary = "some transitions may or may not be taken"
        return Shown(UNKNOWN, summary, (*detail, *open_))
    where = joined([joined(sorted(part, key=order.index)) for part in named], "or")
    summary = f"a run goes round {where}, and nowhere else" if named else "no run goes round"
    return Shown(PROVED, summary, tuple(detail), tuple(witnesses), arguments=dead)


def _graph(
    prover: Prover, claim: Property
) -> tuple[ControlGraph, list[Transition], tuple[Argument, ...]]:
    """The transitions that may be taken, those of them that may be dead, and proofs of the dead."""
    search = prover.search(prover.strictest)
    paths = prover.paths(prover.strictest, run_kind(claim.silent))
    # Rows are compared as objects: there are many edges, and the trees of guards are deep.
    seen = {id(edge.row) for number in paths.order for edge in search.edges[number]}
    open_: list[Transition] = []
    doubts: list[Transition] = []
    dead: list[Argument] = []
    for row in rows_of(prover, claim):
        if row.outcome != MOVES or row.target is None or row.target == row.source:
            continue
        if id(row) not in seen:
            try:
                barred = row_barred(prover, claim, row)
            except Untranslatable:
                barred = None  # so it stays a doubt
            if barred is not None:
                dead += [] if barred.argument is None else [barred.argument]
                continue
            doubts.append(row)
        open_.append(row)
    return ControlGraph(tuple(open_)), doubts, tuple(dead)


def _round(
    prover: Prover,
    claim: Property,
    among: Collection[str],
    home_of: Callable[[str], Collection[str]],
) -> Run | None:
    """A shortest run that leaves a state, and those it is at home in, and comes back to it."""
    admits = ADMITS[run_kind(claim.silent)]
    search = prover.search(prover.strictest)
    runs = [_return(search, state, among, home_of(state), admits) for state in sorted(among)]
    found = [run for run in runs if run is not None]
    return min(found, key=lambda run: len(run.events), default=None)


_Node: TypeAlias = tuple[int, bool, bool]


def _return(
    search: Search,
    state: str,
    among: Collection[str],
    home: Collection[str],
    admits: Callable[[Edge], bool],
) -> Run | None:
    """The search once more: until the run has been in a state, then until it is abroad, and back.

    Abroad is among the states named, but not in `home`.
    """
    visits: Exploration[_Node, Edge] = Exploration((0, search.state_of(0) == state, False))
    for place in visits.pending():
        number, been, abroad = visits.nodes[place]
        for edge in search.edges[number]:
            if not admits(edge):
                continue
            there = search.state_of(edge.target)
            if abroad and there == state:
                return run_of(search, [*(met.label for met in visits.path(place)), edge])
            if been and there not in among:
                # It left for good; it may yet be the first visit that counts of another branch.
                continue
            onward = (edge.target, been or there == state, abroad or (been and there not in home))
            visits.add(onward, place, edge)
    return None
