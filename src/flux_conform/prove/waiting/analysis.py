"""What can be relied on when waiting for a set of states.

A run passes through the set, misses it, or goes on for ever without it. From each state the answer
is for runs of any length: what is unavoidable or impossible is proved, what is avoidable has a log.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from flux_conform.language.specification import Specification
from flux_conform.prove import uncollected
from flux_conform.prove.invariant import Invariant
from flux_conform.prove.measures import Progress
from flux_conform.prove.phrases import joined, lemma_texts
from flux_conform.prove.reaching import row_text
from flux_conform.prove.undecided import any_value
from flux_conform.prove.waiting.guarantees import (
    ALWAYS,
    AVOIDABLE,
    FINAL,
    IMPOSSIBLE,
    NEVER,
    REMOVED,
    SOMETIMES,
    STUCK,
    THERE,
    UNAVOIDABLE,
    UNKNOWN,
    UNREACHED,
    Barrier,
    End,
    Leaving,
    Lost,
    Proof,
    Rounds,
    Start,
    Wait,
    Waiting,
)
from flux_conform.prove.waiting.on_entry import entry
from flux_conform.prove.waiting.reachable import ReachableRegion, Region, prover_for
from flux_conform.prove.waiting.runs import CyclicRun, WaitedRun


def waiting(
    specification: Specification,
    sets: Mapping[str, Collection[str]],
    *,
    assuming: str = "implied",
    silent: bool = True,
    generation: str | None = None,
) -> Waiting:
    """What can be relied on for each of some sets of states, given by name.

    Runs obey the rules of the level `assuming` and of stronger ones ("nothing": none), and take
    silent steps or not. `generation` is that of the logs, by default today's. Where something stays
    unknown, a larger explicit instance is tried once.
    """
    name = specification.today.name if generation is None else generation
    prover = prover_for(specification, name, assuming, silent)
    with uncollected():
        reachable = ReachableRegion(prover, assuming, silent)
        waits = [_Asked(reachable, frozenset(states)).wait(title) for title, states in sets.items()]
        if not all(one.is_decided for one in waits):
            harder = ReachableRegion(prover.harder(), assuming, silent)
            waits = [
                one if one.is_decided else _Asked(harder, frozenset(one.states)).wait(one.name)
                for one in waits
            ]
    graph = reachable.whole.graph
    barrier = Barrier(tuple(map(row_text, graph.barred)), lemma_texts(graph.lemmas))
    return Waiting(specification.name, name, assuming, silent, tuple(waits), barrier)


class _Asked:
    """One set of states, and what is found of it once for all starts."""

    def __init__(self, reachable: ReachableRegion, states: frozenset[str]) -> None:
        self.reachable = reachable
        self.states = states
        specification = reachable.specification
        self.initial = specification.initial.name
        self.ends = {
            state.name: FINAL if state.final else REMOVED
            for state in specification.states
            if state.name in specification.ends - states
        }
        explored = reachable.explored
        self.inside = explored.inside(states)
        # Of what was clipped nobody knows where it leads.
        self.can = explored.before([*self.inside, *explored.search.clipped])
        self.passed = explored.after(self.inside)
        self.fresh = set() if self.initial in states else explored.after([0], states)
        self._traps: list[tuple[set[int], Invariant]] = []
        self._shared: tuple[frozenset[str], Progress | str] | None = None

    def wait(self, name: str) -> Wait:
        machine_states = self.reachable.specification.machine_states
        ordered = [s.name for s in self.reachable.specification.states if s.name in self.states]
        starts = [self._with_reasons(self._start(state.name)) for state in machine_states]
        return Wait(
            name,
            tuple(ordered),
            tuple(self._with_lost(starts)),
            self._leaving(),
            entry(self.reachable, self.states),
        )

    # From one state

    def _with_reasons(self, start: Start) -> Start:
        """What is not decided also says which expressions the proofs cannot speak of."""
        if start.answer != UNKNOWN:
            return start
        runs = self.reachable
        free = runs.prover.free_expressions(runs.assuming, runs.silent)
        reasons = (any_value(node, why) for node, why in free.items())
        return start._replace(why="; ".join((start.why, *reasons)))

    def _start(self, state: str) -> Start:
        places = self.reachable.explored.inside([state])
        if state in self.states:
            return Start(state, THERE, Proof("member"), "the state is one of them")
        if not places:
            return self._unreached(state)
        if not self.can.intersection(places):
            start = self._impossible(state, places)
        else:
            start = self._possible(state, places)
        before, by = self._before(state, places)
        rounds = start.rounds
        if start.answer != IMPOSSIBLE:
            rounds = self._rounds(state, places)
        return start._replace(before=before, before_by=by, rounds=rounds)

    def _unreached(self, state: str) -> Start:
        why = "no run comes to this state"
        if state not in self.reachable.whole.graph.reach([self.initial]):
            return Start(state, UNREACHED, self._by_graph(self.reachable.whole), why)
        lemmas = self.reachable.barred(state)
        if lemmas is not None:
            return Start(state, UNREACHED, Proof("invariant", lemma_texts(lemmas)), why)
        return Start(state, UNKNOWN, Proof(""), "no run was found that comes to this state")

    def _impossible(self, state: str, places: list[int]) -> Start:
        for runs in self._regions(state):
            if not runs.graph.reach([state]) & self.states:
                why = "no run from here ever enters it"
                return Start(state, IMPOSSIBLE, self._by_graph(runs), why)
        end = self._ending(state, places)
        why = "no log was found that enters it from here, and no invariant excludes it"
        return Start(state, UNKNOWN, Proof(""), why, end)

    def _possible(self, state: str, places: list[int]) -> Start:
        explored = self.reachable.explored
        entering = self._course(places, self.states)
        end = self._ending(state, places)
        if end is not None:
            why = f"{_ended(end)} without it"
            return Start(state, AVOIDABLE, Proof("log"), why, end, entering)
        reached = explored.after(places, self.states) - set(self.inside)
        stuck = reached - self.can
        if stuck:
            found = explored.course(places, stuck.__contains__, self.states)
            assert found is not None
            trapped = self._trapped(found[1])
            if trapped is None:
                # A bag that cannot grow beyond the instance's bounds may only look so.
                start = self._unavoidable(state, reached)
                if start.answer == UNKNOWN:
                    looks = f"{found[0].run.names} looks like a dead end, and no invariant says so"
                    start = start._replace(why=looks)
                return start._replace(entering=entering)
            end = End(STUCK, explored.state[found[1]], found[0])
            proof = Proof("log and invariant", lemma_texts(trapped))
            return Start(state, AVOIDABLE, proof, f"{_ended(end)} without it", end, entering)
        return self._unavoidable(state, reached)._replace(entering=entering)

    def _unavoidable(self, state: str, reached: set[int]) -> Start:
        why = ""
        for runs in self._regions(state):
            region = runs.graph.reach([state], self.states)
            ending = region & set(self.ends)
            if ending:
                why = f"no log ends in {joined(sorted(ending))}, and no invariant excludes it"
                continue
            proof = self._progress(runs, region, reached)
            if isinstance(proof, Progress):
                how = (
                    "graph and measure" if runs is self.reachable.whole else "invariant and measure"
                )
                lemmas = lemma_texts(
                    Invariant((*runs.graph.lemmas.lemmas, *proof.invariant.lemmas))
                )
                why = "every run from here that comes to an end passes through it"
                return Start(
                    state,
                    UNAVOIDABLE,
                    Proof(how, tuple(dict.fromkeys(lemmas)), proof.measure.text),
                    why,
                )
            why = f"no log avoids it, and {proof}"
        return Start(state, UNKNOWN, Proof(""), why)

    def _progress(self, runs: Region, region: frozenset[str], reached: set[int]) -> Progress | str:
        """That the set can be entered wherever such runs are; asked once for several states."""
        if runs is not self.reachable.whole:
            return self.reachable.progress(runs, reached, region, self.states)
        if self._shared is None:
            graph = runs.graph
            every = graph.reach([self.initial])
            sure = [
                part
                for part in (graph.reach([s], self.states) for s in every - self.states)
                if not part & set(self.ends) and self._never_stuck(part)
            ]
            whole = frozenset(state for part in sure for state in part)
            places = self.reachable.explored.inside(whole)
            self._shared = whole, self.reachable.progress(runs, places, whole, self.states)
        whole, result = self._shared
        if region <= whole and isinstance(result, Progress):
            return result
        return self.reachable.progress(
            runs, self.reachable.explored.inside(region), region, self.states
        )

    def _never_stuck(self, region: frozenset[str]) -> bool:
        return self.can.issuperset(self.reachable.explored.inside(region))

    # Runs

    def _ending(self, state: str, places: list[int]) -> End | None:
        """A shortest run from a state that ends, final or removed, without the set."""
        if not self.reachable.whole.graph.reach([state], self.states) & set(self.ends):
            return None
        explored = self.reachable.explored
        found = explored.course(places, lambda n: explored.state[n] in self.ends, self.states)
        if found is None:
            return None
        last = explored.state[found[1]]
        return End(self.ends[last], last, found[0])

    def _course(self, places: list[int], states: Collection[str]) -> WaitedRun | None:
        explored = self.reachable.explored
        found = explored.course(places, lambda n: explored.state[n] in states)
        return None if found is None else found[0]

    def _trapped(self, place: int) -> Invariant | None:
        """What keeps the set out of reach from one configuration on; None where nothing does."""
        for onward, lemmas in self._traps:
            if place in onward:
                return lemmas
        runs = self.reachable.after(place)
        if runs.graph.reach([self.reachable.explored.state[place]]) & self.states:
            return None
        self._traps.append((self.reachable.explored.after([place]), runs.graph.lemmas))
        return runs.graph.lemmas

    def _with_lost(self, starts: Sequence[Start]) -> list[Start]:
        """The starts, with a log to where the set is out of reach though the state allows it."""
        hopeless = {start.state for start in starts if start.answer in (IMPOSSIBLE, UNREACHED)}
        hopeless |= {*self.ends, *self.states}
        explored = self.reachable.explored
        completed = []
        for start in starts:
            if start.answer == AVOIDABLE and (start.end is None or start.end.kind != STUCK):
                places = explored.inside([start.state])
                lost = {
                    n
                    for n in explored.after(places, self.states) - self.can
                    if explored.state[n] not in hopeless
                }
                found = explored.course(places, lost.__contains__, self.states) if lost else None
                trapped = None if found is None else self._trapped(found[1])
                if found is not None and trapped is not None:
                    lemmas = lemma_texts(trapped)
                    start = start._replace(lost=Lost(explored.state[found[1]], found[0], lemmas))
            completed.append(start)
        return completed

    def _rounds(self, state: str, places: list[int]) -> Rounds:
        cycles: list[CyclicRun] = []
        for runs in self._regions(state):
            region = runs.graph.reach([state], self.states)
            groups = runs.graph.cycles(region, self.states)
            if not groups:
                return Rounds(NEVER, (), self._by_graph(runs))
            if runs is self.reachable.whole:
                found = [
                    self.reachable.explored.cyclic_run(places, group, self.states)
                    for group in groups
                ]
                cycles = [cycle for cycle in found if cycle is not None]
            if cycles:
                return Rounds(SOMETIMES, tuple(cycles), Proof("log"))
        return Rounds(UNKNOWN, (), Proof(""))

    # Before and after

    def _before(self, state: str, places: list[int]) -> tuple[str, Proof]:
        """Whether runs that come to the state have been in the set already."""
        here = set(places)
        if self.initial in self.states:
            return ALWAYS, Proof("member")
        some, fresh = bool(here & self.passed), bool(here & self.fresh)
        if some and fresh:
            return SOMETIMES, Proof("log")
        if some:
            for runs in self._regions(self.initial):
                if state not in runs.graph.reach([self.initial], self.states):
                    return ALWAYS, self._by_graph(runs)
            return UNKNOWN, Proof("")
        entered = self.reachable.whole.graph.reach([self.initial]) & self.states
        proof = self._never(lambda one, runs: state not in runs.graph.reach([one]), entered)
        return (UNKNOWN, Proof("")) if proof is None else (NEVER, proof)

    def _leaving(self) -> Leaving:
        whole = self.reachable.whole
        entered = whole.graph.reach([self.initial]) & self.states
        onward = [
            state.name
            for state in self.reachable.specification.states
            if state.name in whole.graph.reach(entered) - self.states
        ]
        if not self.inside:
            answer = UNKNOWN if entered else UNREACHED
            return Leaving(answer, None, (), self._by_graph(whole))
        explored = self.reachable.explored
        entries = {edge.target for edge in explored.entries(self.states)}
        if self.initial in self.states:
            entries.add(0)
        found = explored.course(
            sorted(entries), lambda n: explored.state[n] not in self.states, late=True
        )
        if found is not None:
            return Leaving(SOMETIMES, found[0], tuple(onward), Proof("log"))
        proof = self._never(lambda one, runs: runs.graph.reach([one]) <= self.states, entered)
        if proof is None:
            return Leaving(UNKNOWN, None, tuple(onward), Proof(""))
        return Leaving(NEVER, None, (), proof)

    # Proofs

    def _regions(self, state: str) -> Iterator[Region]:
        """All runs, then those alone that go on from a state without the set."""
        yield self.reachable.whole
        if self.reachable.induction is not None:
            yield self.reachable.beyond(state, self.states)

    def _never(self, holds: Callable[[str, Region], bool], entered: Iterable[str]) -> Proof | None:
        """The proof that something holds of all runs from each state entered; None if unknown."""
        states = sorted(entered)
        whole = self.reachable.whole
        if all(holds(state, whole) for state in states):
            return self._by_graph(whole)
        beyond = [self.reachable.beyond(state, frozenset()) for state in states]
        if not all(holds(state, runs) for state, runs in zip(states, beyond, strict=True)):
            return None
        texts = [text for runs in beyond for text in lemma_texts(runs.graph.lemmas)]
        return Proof("invariant", tuple(dict.fromkeys(texts)))

    def _by_graph(self, runs: Region) -> Proof:
        how = "graph" if runs is self.reachable.whole else "invariant"
        return Proof(how, lemma_texts(runs.graph.lemmas))


def _ended(end: End) -> str:
    names = ", ".join(end.course.seen) or "nothing more"
    if end.kind == STUCK:
        return f"{names}: it is out of reach in {end.state}, though the run has not ended"
    return f"{names}: the run ends in {end.state}"
