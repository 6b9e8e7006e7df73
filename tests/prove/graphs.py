"""What properties claim, answered by networkx on the bounded instance."""

from collections.abc import Callable, Iterator
from functools import cache
from operator import itemgetter
from typing import Any, ClassVar

import networkx

from flux_conform.language.expressions import Expression, expand
from flux_conform.language.specification import ANY_EVENT, MOVES, SILENT, STAYS, UNDEFINED, Property
from flux_conform.machine.evaluate import Moment, Unreadable, compile_expression
from flux_conform.machine.fold import reads
from flux_conform.machine.interning import applied
from flux_conform.machine.space import Edge, ReadyAction, Search, Trial
from flux_conform.prove.prover import Prover

Admits = Callable[[Edge], bool]

NEAREST: dict[str, int | None] = {
    "implied": None,
    "SHOULD": 10_000,
    "MUST": 10_000,
    "nothing": 6_000,
}
"""How many configurations are looked at: where rules may be broken there are very many, and no
property asks there for what can be reached from all of them."""


class Arrows(networkx.DiGraph):
    """A graph whose edges have no attributes: one empty dict for all saves a third of the time."""

    nothing: ClassVar[dict[str, Any]] = {}

    def edge_attr_dict_factory(self) -> dict[str, Any]:
        return self.nothing


class Graph:
    """The configurations of a search as nodes, the steps that are admitted as edges."""

    def __init__(self, search: Search, admits: Admits) -> None:
        self.search = search
        self.edges = [
            edge
            for number, edges in enumerate(search.edges)
            for edge in (*edges, *search.loops_at(number))
            if admits(edge)
        ]
        self.network = Arrows()
        self.network.add_nodes_from(range(len(search.configurations)))
        self.network.add_edges_from((edge.source, edge.target) for edge in self.edges)
        self.lengths = networkx.single_source_shortest_path_length(self.network, 0)
        """The configurations that a run comes to, with the events of the shortest."""

    def is_in(self, number: int, state: Any) -> bool:
        """Whether a configuration is in a state, if there is such a state."""
        return state is not None and self.search.state_of(number) == state.name

    def distances(self, goal: Admits, without: set[str]) -> dict[int, int]:
        """How many events lie between a configuration and the end of an edge that is a goal.

        Events `without` are not taken.
        """
        onward = Arrows()
        onward.add_nodes_from(self.network)
        for edge in self.edges:
            if self.search.steps[edge.action].action.event in without:
                continue
            onward.add_edge("goal" if goal(edge) else edge.target, edge.source)
        if "goal" not in onward:
            return {}
        return dict(networkx.single_source_shortest_path_length(onward, "goal"))


class Instance:
    """The bounded instance on which properties are judged: one graph for each kind of runs."""

    def __init__(self, prover: Prover) -> None:
        self.prover = prover
        self.specification = prover.specification
        self._graphs: dict[tuple[str, bool], Graph] = {}
        # Questions that are asked more than once.
        self.holds = cache(self._holds)
        self.ways = cache(self._ways)
        self._reached = cache(self._marks)

    def graph(self, claim: Property) -> Graph:
        """The runs that a property speaks of."""
        key = (claim.assuming, claim.silent)
        if key not in self._graphs:
            search = self.prover.search(claim.assuming, NEAREST[claim.assuming])
            self._graphs[key] = Graph(search, lambda edge: claim.silent or not edge.silent)
        return self._graphs[key]

    def _holds(self, claim: Property) -> bool:
        """Whether the claim holds on the instance."""
        judge: dict[str, Callable[[Property], bool]] = {
            "single": self._single,
            "reachable": self._reachable,
            "taken": self._taken,
            "disjoint": self._disjoint,
            "closed": self._closed,
            "functional": self._functional,
            "separate": self._separate,
            "cycles": self._cycles,
            "recoverable": lambda claim: not self.stuck(claim),
            "leavable": lambda claim: not self.stuck(claim),
            "always": self._always,
            "then": self._at_event,
            "never": self._at_event,
            "keeps": self._at_event,
            "reports": self._always,
            "accepts": self._accepts,
        }
        return judge[claim.kind](claim)

    def _single(self, claim: Property) -> bool:
        states = self.specification.states
        return [sum(s.initial for s in states), sum(s.final for s in states)] == [1, 1]

    def _reachable(self, claim: Property) -> bool:
        graph = self.graph(claim)
        found = {graph.search.state_of(number) for number in graph.lengths}
        return {state.name for state in self.specification.machine_states} <= found

    def _taken(self, claim: Property) -> bool:
        # What only logs of another generation take is taken all the same.
        found = set()
        for generation in self.specification.generations:
            own = generation.name == self.prover.generation
            instance = self if own else Instance(self.prover.of_generation(generation.name))
            graph = instance.graph(claim)
            found |= {edge.row for edge in graph.edges if edge.source in graph.lengths}
        outcomes = (MOVES, STAYS, SILENT) if claim.silent else (MOVES, STAYS)
        wanted = {
            row
            for row in self.specification.transitions
            if row.generation in (None, self.prover.generation)
            and row.outcome in outcomes
            and not self.specification.state(row.source).removed
        }
        return wanted <= found

    def _disjoint(self, claim: Property) -> bool:
        return all(len(trial.matching) < 2 for _, trial, _, _ in self._trials(claim))

    def _functional(self, claim: Property) -> bool:
        return all(
            len({(row.outcome, row.target) for row in trial.matching}) < 2
            for _, trial, _, _ in self._trials(claim)
        )

    def _separate(self, claim: Property) -> bool:
        search = self.graph(claim).search
        for step in search.every_step:
            moment = search.moment(search.configurations[0], step.action.name)
            moment.context = step.context
            chosen = [
                generation.name
                for generation in self.specification.generations
                if generation.on == step.action.event and self._condition(generation.when)(moment)
            ]
            if len(chosen) > 1:
                return False
        return True

    def _cycles(self, claim: Property) -> bool:
        """A run that leaves a state and comes back to it was in one of the sets all the while."""
        graph = self.graph(claim)
        state_of = graph.search.state_of
        home = {state: part for part in claim.cycles for state in part}
        states = {state_of(number) for number in graph.lengths}

        def comes_back(leaves: set[str], to: set[str], within: set[str]) -> bool:
            nodes = [n for n in graph.lengths if state_of(n) in within]
            inside = networkx.DiGraph(graph.network.subgraph(nodes))
            for source, target in graph.network.edges:
                leaving = state_of(source) in leaves and state_of(target) not in leaves
                if source in graph.lengths and target in inside and leaving:
                    inside.add_edge("left", target)
            back = {n for n in nodes if state_of(n) in to}
            return "left" in inside and bool(back & networkx.descendants(inside, "left"))

        return all(
            not comes_back(part, part, states)
            for part in ({*home.get(state, (state,))} for state in states)
        ) and all(
            any(comes_back({state}, {state}, {*part}) for state in part) for part in claim.cycles
        )

    def _closed(self, claim: Property) -> bool:
        final = self.specification.final
        search = self.graph(claim).search
        return not any(
            trial.outcome != UNDEFINED
            for number, trial, _, _ in self._trials(claim)
            if final is not None and search.state_of(number) == final.name
        )

    def _always(self, claim: Property) -> bool:
        graph = self.graph(claim)
        holds = self._condition(claim.claim)
        configurations = graph.search.configurations
        part = self._part(claim)
        one = {part(configurations[number]): configurations[number] for number in graph.lengths}
        return all(holds(graph.search.moment(each)) for each in one.values())

    def _at_event(self, claim: Property) -> bool:
        when, says = self._when(claim), self._condition(claim.claim)
        for _, _, before, after in self._trials(claim):
            if after is None or not when(before):
                continue
            after.before = before
            try:
                wrong = says(before) if claim.kind == "never" else not says(after)
            except Unreadable:
                continue  # nothing is asked of a key that cannot be read
            if wrong:
                return False
        return True

    def _accepts(self, claim: Property) -> bool:
        when, here = self._when(claim), self._condition(claim.claim)
        search = self.graph(claim).search
        for _, trial, before, _after in self._trials(claim):
            if trial.action.is_faulty or not (here(before) and when(before)):
                continue
            refused = trial.outcome == UNDEFINED or (
                trial.row is None and before.state in search.specification.ends
            )
            silent = trial.outcome == SILENT and not claim.silent
            levels = {rule.id: rule.level for rule in search.specification.rules}
            broken = [rule for rule in trial.breaks if levels.get(rule) in search.levels]
            if refused or silent or broken:
                return False
        return True

    def stuck(self, claim: Property) -> list[int]:
        """Where a run can come to, and what is claimed can never be reached from there."""
        graph, ways = self.graph(claim), self.ways(claim)
        return [n for n in graph.lengths if self.owes(claim, n) and n not in ways]

    def owes(self, claim: Property, number: int) -> bool:
        """Whether what is claimed must still be reached from a configuration."""
        graph = self.graph(claim)
        if graph.is_in(number, self.specification.removed):
            return False
        if claim.kind == "leavable":
            return not graph.is_in(number, self.specification.final)
        return not self._reached(claim)[number]

    def _ways(self, claim: Property) -> dict[int, int]:
        """How many events lie between configurations and what is claimed to be reachable."""
        graph, removed = self.graph(claim), self.specification.removed

        def goal(edge: Edge) -> bool:
            if graph.is_in(edge.target, removed):
                return False
            if claim.kind == "recoverable":
                return self._reached(claim)[edge.target]
            return graph.search.state_of(edge.source) != graph.search.state_of(edge.target)

        return graph.distances(goal, {*claim.without})

    def _marks(self, claim: Property) -> list[bool]:
        """For each configuration whether what is claimed to be reachable is reached."""
        search, holds = self.graph(claim).search, self._condition(claim.claim)
        return [bool(holds(search.moment(each))) for each in search.configurations]

    def _condition(self, expression: Expression | None) -> Callable[[Moment], Any]:
        if expression is None:
            return lambda moment: True
        tree = expand(expression.tree, self.specification.definition_table)
        return compile_expression(tree, {})

    def _when(self, claim: Property) -> Callable[[Moment], bool]:
        """Whether a claim is one of a moment; not where it reads a key that cannot be read."""
        holds = self._condition(claim.when)

        def asked(moment: Moment) -> bool:
            try:
                return bool(holds(moment))
            except Unreadable:
                return False

        return asked

    def _part(self, claim: Property) -> Callable[[tuple[int, ...]], Any]:
        """What a claim reads of a configuration."""
        trees = [each.tree for each in (claim.when, claim.claim) if each is not None]
        definitions = self.specification.definition_table
        asked = [name for tree in trees for name in reads(expand(tree, definitions))]
        return itemgetter(*self.graph(claim).search.places(asked))

    def _trials(self, claim: Property) -> Iterator[tuple[int, Trial, Moment, Moment | None]]:
        """Each action wherever a run can come to, for each part that it or the claim reads.

        With the moment before, and the one after where runs may take it.
        """
        graph = self.graph(claim)
        search = graph.search
        configurations = [search.configurations[number] for number in graph.lengths]
        also = [*map(self._part(claim), configurations)]
        for step in search.every_step:
            if claim.on not in (None, ANY_EVENT, step.action.event):
                continue
            parts = zip(map(step.part, configurations), also, strict=True)
            one = dict(zip(parts, graph.lengths, strict=True))
            for number in one.values():
                configuration = search.configurations[number]
                trial = search.trial(step, configuration)
                if trial is not None:
                    done = step.at(configuration)
                    assert done is not None
                    before = step.moment(configuration, done)
                    yield number, trial, before, self._after(claim, step, number)

    def _after(self, claim: Property, step: ReadyAction, number: int) -> Moment | None:
        search = self.graph(claim).search
        done = search.attempt(step, search.configurations[number])
        if done is None or not done.has_effect or (done.outcome == SILENT and not claim.silent):
            return None
        if any(map(search.assumes, done.breaks)):
            return None
        return search.moment(applied(search.configurations[number], done.changes))
